"""Lemma L-DF: EF21's estimates follow the gradients, and steps along their mean decrease F.

Method: x+ = x - eta mean_m h_m with exact gradients, h_m+ = h_m + C(grad f_m(x+) - h_m). With
u_m = grad f_m(x) - h_m, the error of an estimate, and w_m = grad f_m(x+) - grad f_m(x), it is
u_m + w_m that is compressed, and its error is that of the next estimate. s is (1 - theta)/theta,
so that the compressor's 1 - delta is (s/(1 + s))^2.
"""

from theory.notation import symbols
from theory.notation.letters import L, eta
from theory.proofs.inequalities.jensen import SQUARE_OF_MEAN, SQUARES
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.steps import Hypothesis, Identity, Instance, Square
from theory.proving.templates.rounds import VALUE, VALUE_AFTER

(L_tilde,) = symbols("worker_smoothness")
s = scalar("s")
at_x, at_next, h, sent, u, w = (
    vector(name)
    for name in ("grad f_m(x)", "grad f_m(x+)", "h_m", "C(grad f_m(x+) - h_m)", "u_m", "w_m")
)
COMPRESSED = u + w
AFTER = scalar("E|C(u_m + w_m) - u_m - w_m|^2")
ERROR, ERROR_AFTER = scalar("mean |u_m|^2"), scalar("mean |u_m+|^2")
moved = scalar("mean |w_m|^2")
GRADIENT, STEP = vector("grad F(x)"), vector("mean h_m")

NEXT = Identity(
    "next estimate",
    "the next error is what compression leaves of u_m + w_m",
    at_next - (h + sent),
    ((at_x - h) + (at_next - at_x)) - sent,
)
CONTRACTED = Hypothesis(
    "contraction",
    "suppose E|C(v) - v|^2 <= (s/(1 + s))^2 |v|^2 for v = u_m + w_m",
    (s / (1 + s)) ** 2 * COMPRESSED**2 - AFTER,
)
YOUNG = Square(
    "Young",
    "times (1 + s)^2: the part of |u + w|^2 that is left, by |u|^2 and |w|^2",
    s * (1 + s) * u**2 + s**2 * (1 + s) * w**2 - s**2 * COMPRESSED**2,
    s * (u - s * w) ** 2,
)
ONE_WORKER = Combination(
    "one worker",
    "so E|u+|^2 <= (1 - theta) |u|^2 + (s^2/(1 + s)) |w|^2",
    s / (1 + s) * u**2 + s**2 / (1 + s) * w**2 - AFTER,
    ((1, CONTRACTED), (1 / (1 + s) ** 2, YOUNG)),
)
WORKERS = Averaged(
    "workers",
    "averaged over workers",
    ONE_WORKER,
    ((u**2, ERROR), (w**2, moved), (AFTER, ERROR_AFTER)),
)
LIPSCHITZ = Instance(
    "Lipschitz",
    "gradients move no more than the step allows",
    Rule.LIPSCHITZ_ON_AVERAGE,
    (moved, eta * STEP, L_tilde),
)
RECURSION = Combination(
    "recursion",
    "the error of the estimates shrinks, but for the step",
    s / (1 + s) * ERROR + s**2 / (1 + s) * (L_tilde * eta * STEP) ** 2 - ERROR_AFTER,
    ((1, WORKERS), (s**2 / (1 + s), LIPSCHITZ)),
)
SMOOTH = Instance(
    "smoothness",
    "F at x - eta mean h is at most its quadratic upper bound at x",
    Rule.SMOOTHNESS,
    (VALUE, VALUE_AFTER, GRADIENT, -eta * STEP, L),
)
JENSEN = Lemma(
    "Jensen",
    "averaged over workers, u_m has the mean grad F - mean h: |mean u_m|^2 <= mean |u_m|^2",
    "jensen",
    ((SQUARES, ERROR), (SQUARE_OF_MEAN, (GRADIENT - STEP) ** 2)),
    by=(Rule.NOISELESS, Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
DESCENT = Combination(
    "descent",
    "with <a, h> = |a|^2/2 + |h|^2/2 - |a - h|^2/2 for a = grad F(x) and h = mean h_m",
    VALUE
    - VALUE_AFTER
    - eta / 2 * GRADIENT**2
    - eta / 2 * (1 - L * eta) * STEP**2
    + eta / 2 * ERROR,
    ((1, SMOOTH), (eta / 2, JENSEN)),
)

PROOF = Proof(
    name="ef21_descent",
    title="EF21: estimates follow the gradients, and steps along their mean decrease F",
    steps=(
        NEXT,
        CONTRACTED,
        YOUNG,
        ONE_WORKER,
        WORKERS,
        LIPSCHITZ,
        RECURSION,
        SMOOTH,
        JENSEN,
        DESCENT,
    ),
    proves=(RECURSION, DESCENT),
)
