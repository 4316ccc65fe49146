"""Lemma L-FD: SGD with error feedback decreases F at y = x - mean e, on average over rounds.

Method: x_{r+1} = x_r - mean_m C(p_m), p_m = e_m + eta g_m, e_m+ = p_m - C(p_m), e_m = 0 at first.
So y_{r+1} = y_r - eta mean_m g_m, whatever is compressed: y is SGD's sequence, with gradients taken
at x. The second moment of mean_m g_m is left open.
"""

import sympy as sp

from theory.notation import symbols
from theory.notation.letters import Delta, L, R, eta
from theory.proofs.compression_lemmas.error_feedback_memory import CONTRACTED, SHARE, share
from theory.proofs.inequalities.jensen import SQUARE_OF_MEAN, SQUARES
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.quantities import RESIDUAL
from theory.proving.steps import Definition, Identity, Instance, Square
from theory.proving.templates.rounds import AVERAGE

(G,) = symbols("gradient_bound")
x, mean_e, mean_g, mean_sent = (
    vector(name) for name in ("x", "mean e_m", "mean g_m", "mean C(p_m)")
)
at_x, at_y = vector("grad F(x)"), vector("grad F(y)")
moment, MOMENT = scalar("|mean g_m|^2"), scalar("avg |mean g_m|^2")
before, after, average_value = sp.symbols("F(y_r) F(y_r+1) avg_F(y)", real=True)
first, last, lowest = sp.symbols("F(y_0) F(y_R) inf_F", real=True)
squared_mean = scalar("|mean e_m|^2")
ZERO = sp.Integer(0)

SEQUENCE = Identity(
    "sequence",
    "y moves as if nothing had been compressed: x+ - mean e+ = x - mean e - eta mean g",
    (x - mean_sent) - (mean_e + eta * mean_g - mean_sent),
    (x - mean_e) - eta * mean_g,
)
SMOOTH = Instance(
    "smoothness",
    "F at y - eta mean g is at most its quadratic upper bound at y",
    Rule.SMOOTHNESS,
    (before, after, at_y, -eta * mean_g, L),
)
EXPECTED = Averaged(
    "given the past",
    "given the past, mean g has the mean grad F(x), while x and y are known",
    SMOOTH,
    ((mean_g, at_x), (mean_g**2, moment)),
    by=(Rule.UNBIASED, Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
PARALLELOGRAM = Square(
    "parallelogram",
    "2 <a, b> >= |a|^2 - |a - b|^2",
    2 * at_x * at_y - at_x**2 + (at_x - at_y) ** 2,
    at_y**2,
)
LIPSCHITZ = Instance(
    "Lipschitz",
    "the gradient at x is near that at y",
    Rule.GRADIENT_LIPSCHITZ,
    (at_x - at_y, mean_e, L),
)
ONE_ROUND = Combination(
    "one round",
    "F(y) falls by (eta/2) |grad F(x)|^2, but for what is remembered and the second moment",
    before - after - eta / 2 * at_x**2 + eta * L**2 / 2 * mean_e**2 + L * eta**2 / 2 * moment,
    ((1, EXPECTED), (eta / 2, PARALLELOGRAM), (eta / 2, LIPSCHITZ)),
)
JENSEN = Lemma(
    "Jensen",
    "averaged over workers and rounds: |mean e_m|^2 <= mean |e_m|^2",
    "jensen",
    ((SQUARES, RESIDUAL), (SQUARE_OF_MEAN, squared_mean)),
)
AVERAGED = Averaged(
    "average over rounds",
    "averaged over r < R, so that F(y_{r+1}) averages to avg F(y) - (F(y_0) - F(y_R))/R",
    ONE_ROUND,
    (
        (at_x**2, AVERAGE),
        (mean_e**2, squared_mean),
        (moment, MOMENT),
        (before, average_value),
        (after, average_value - (first - last) / R),
    ),
)
LOWEST = Instance(
    "below", "F at the last point is at least its infimum", Rule.BELOW, (last, lowest)
)
START = Definition("start", "Delta = F(y_0) - inf F, as y_0 = x_0", Delta, first - lowest)
REMEMBERED = Lemma(
    "remembered", "memories stay small", "error_feedback_memory", given=(SHARE, CONTRACTED)
)
RESULT = Combination(
    "error_feedback_descent",
    "the decreases cannot add up to more than Delta",
    Delta / R
    - eta / 2 * AVERAGE
    + 2 * eta**3 * L**2 * (1 - share) * G**2 / share**2
    + L * eta**2 / 2 * MOMENT,
    (
        (1, AVERAGED),
        (1 / R, LOWEST),
        (1 / R, START),
        (eta * L**2 / 2, JENSEN),
        (eta * L**2 / 2, REMEMBERED),
    ),
)

PROOF = Proof(
    name="error_feedback_descent",
    title="SGD with error feedback decreases F, but for what it remembers",
    steps=(
        SHARE,
        CONTRACTED,
        SEQUENCE,
        SMOOTH,
        EXPECTED,
        PARALLELOGRAM,
        LIPSCHITZ,
        ONE_ROUND,
        JENSEN,
        AVERAGED,
        LOWEST,
        START,
        REMEMBERED,
        RESULT,
    ),
    proves=(RESULT,),
)
