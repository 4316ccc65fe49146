"""Minibatch SGD, directly: smoothness, the noise of M K gradients, and a telescoping sum.

Setting: F L-smooth and bounded below; unbiased gradients with variance sigma^2, independent.
Method: x_{r+1} = x_r - eta (grad F(x_r) + n̄_r), n̄_r the mean noise of a round's M K gradients.
Bounds: the average over rounds of E|grad F(x_r)|^2. Heterogeneity never enters, as a round's
    gradients are taken at one point, where their mean is grad F; nor does each f_m's smoothness.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.large_batch.minibatch_sgd_nonconvex import NONCONVEX, TUNED
from theory.notation.letters import Delta, K, L, M, R, eta, sigma
from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.quantities import NOISE_OF_MEAN
from theory.proving.steps import Instance
from theory.proving.templates.conclusions import concluding_tuned, conditions_of
from theory.proving.templates.noises import of_mean
from theory.proving.templates.rounds import AVERAGE, VALUE, VALUE_AFTER, added_up

gradient, noise = vector("grad F(x_r)"), vector("n̄_r")

SMOOTH = Instance(
    "smoothness",
    "F at x_r - eta (grad F(x_r) + n̄_r) is at most its quadratic upper bound at x_r",
    Rule.SMOOTHNESS,
    (VALUE, VALUE_AFTER, gradient, -eta * (gradient + noise), L),
)
EXPECTED = Averaged(
    "given the past",
    "given the past, the noise has mean 0 while x_r is known; plain steps with uniform weights",
    SMOOTH,
    ((noise, sp.Integer(0)), (noise**2, NOISE_OF_MEAN)),
    by=(Rule.UNBIASED, Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
NOISE = of_mean(M * K)
DESCENT = Combination(
    "descent",
    "one round decreases F by eta (1 - L eta/2) |grad F(x_r)|^2, but for noise",
    VALUE
    - VALUE_AFTER
    - eta * (1 - L * eta / 2) * gradient**2
    + L * eta**2 * sigma**2 / (2 * M * K),
    ((1, EXPECTED), (L * eta**2 / 2, NOISE)),
)
ROUNDS = added_up(DESCENT, ((gradient**2, AVERAGE),))
COMMON = (SMOOTH, EXPECTED, NOISE, DESCENT, *ROUNDS)
TERMS = (
    Term("optimisation", 2 * Delta / (eta * R)),
    Term("statistical", eta * L * sigma**2 / (M * K)),
)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    supposed = conditions_of(bound)
    return concluding_tuned(
        "minibatch_sgd_nonconvex",
        "Minibatch SGD, smooth non-convex, and its best step size",
        (bound, tuned),
        TERMS,
        given=(*COMMON, *supposed),
        parts=((2 / eta, ROUNDS[-1]), *((AVERAGE, item) for item in supposed)),
        cap=1 / L,
    )


PROOF = proof_of(NONCONVEX, TUNED)
