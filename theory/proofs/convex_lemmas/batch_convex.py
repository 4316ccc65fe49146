"""SGD on a smooth convex function, from any unbiased gradient of known variance.

Method: x_{t+1} = x_t - eta (grad F(x_t) + n_t), S steps, E|n_t|^2 <= v given the past.
Bounds: the average over t < S of E F(x_t) - F(x*), from the distance B = |x_0 - x*|.
"""

import sympy as sp

from theory.notation.letters import B, L, eta
from theory.proofs.convex_lemmas.interpolation import MOVE, SLOPE_X, SLOPE_Y, VALUE_X, VALUE_Y
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof
from theory.proving.quantities import EXCESS, INCREMENT_LIMIT, NOISE_OF_MEAN, STEPS
from theory.proving.steps import Hypothesis
from theory.proving.templates.conclusions import SHORT_STEPS

gradient, noise, offset = vector("grad F(x_t)"), vector("n_t"), vector("x_t - x*")
after, last, mean_distance = (
    scalar(name) for name in ("|x_t+1 - x*|^2", "|x_S - x*|^2", "avg |x_t - x*|^2")
)
value, lowest = sp.symbols("F(x_t) F(x*)", real=True)

LIMITED = Hypothesis(
    "variance", "suppose that the noise has variance at most v", INCREMENT_LIMIT - NOISE_OF_MEAN
)
STEP = Mean(
    "step",
    "the squared distance from x* after a step; the noise has mean 0 given the past",
    after,
    (offset - eta * (gradient + noise)) ** 2,
    ((noise, sp.Integer(0)), (noise**2, NOISE_OF_MEAN)),
    by=(Rule.UNBIASED, Rule.PLAIN_STEPS),
)
TANGENT = Lemma(
    "tangent",
    "F(x*) is above the tangent at x_t, by more as the gradient is larger",
    "interpolation",
    (
        (VALUE_X, value),
        (VALUE_Y, lowest),
        (SLOPE_X, gradient),
        (SLOPE_Y, sp.Integer(0)),
        (MOVE, -offset),
    ),
    of="of F",
    by=(Rule.MINIMISER,),
)
CLOSER = Combination(
    "closer",
    "a step comes closer to x* by 2 eta (F(x_t) - F(x*)), but for noise",
    offset**2 - after - 2 * eta * (value - lowest) + eta**2 * INCREMENT_LIMIT,
    (
        (-1, STEP),
        (2 * eta, TANGENT),
        (eta**2, LIMITED),
        (eta * gradient**2 / L, SHORT_STEPS),
    ),
)
AVERAGED = Averaged(
    "average over steps",
    "averaged over t < S, so that |x_{t+1} - x*|^2 averages to avg |x_t - x*|^2 less "
    "(|x_0 - x*|^2 - |x_S - x*|^2)/S",
    CLOSER,
    (
        (offset**2, mean_distance),
        (after, mean_distance - (B**2 - last) / STEPS),
        (value, EXCESS + lowest),
    ),
)
RESULT = Combination(
    "batch_convex",
    "the distances cannot fall below 0",
    B**2 / (2 * eta * STEPS) + eta * INCREMENT_LIMIT / 2 - EXCESS,
    ((1 / (2 * eta), AVERAGED),),
)

PROOF = Proof(
    name="batch_convex",
    title="SGD on a smooth convex function, by distance and variance",
    steps=(LIMITED, SHORT_STEPS, STEP, TANGENT, CLOSER, AVERAGED, RESULT),
    proves=(CLOSER, RESULT),
)
