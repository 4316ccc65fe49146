"""Minibatch SGD, directly: smoothness, the noise of M K gradients, and a telescoping sum.

Setting: F L-smooth and bounded below; unbiased gradients with variance sigma^2, independent.
Method: x_{r+1} = x_r - eta (grad F(x_r) + n̄_r), n̄_r the mean noise of a round's M K gradients.
Bounds: the average over rounds of E|grad F(x_r)|^2. Heterogeneity never enters, as a round's
    gradients are taken at one point, where their mean is grad F; nor does each f_m's smoothness.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.minibatch_sgd_nonconvex import NONCONVEX, TUNED
from theory.letters import Delta, K, L, M, R, eta, sigma
from theory.measures import Measure, Quantity, ReportPoint
from theory.proving.certificates import vector
from theory.proving.citations import Lemma
from theory.proving.derivation import by_tuning, conclude, conditions_of, same_terms
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof, Step
from theory.proving.quantities import NOISE_OF_MEAN, SAMPLES, measured
from theory.proving.rules import Rule
from theory.proving.steps import Definition, Instance

AVERAGE = measured(Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START))
gradient, noise = vector("grad F(x_r)"), vector("n̄_r")
value, after, average_value = sp.symbols("F(x_r) F(x_r+1) avg_F", real=True)
first, last, lowest = sp.symbols("F(x_0) F(x_R) inf_F", real=True)

SMOOTH = Instance(
    "smoothness",
    "F at x_r - eta (grad F(x_r) + n̄_r) is at most its quadratic upper bound at x_r",
    Rule.SMOOTHNESS,
    (value, after, gradient, -eta * (gradient + noise), L),
)
EXPECTED = Averaged(
    "given the past",
    "given the past, the noise has mean 0 while x_r is known; plain steps with uniform weights",
    SMOOTH,
    ((noise, sp.Integer(0)), (noise**2, NOISE_OF_MEAN)),
    by=(Rule.UNBIASED, Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
NOISE = Lemma(
    "noise of the mean",
    "the mean of M K independent noises has variance at most sigma^2/(M K)",
    "noise",
    ((SAMPLES, M * K),),
    of="mean",
)
DESCENT = Combination(
    "descent",
    "one round decreases F by eta (1 - L eta/2) |grad F(x_r)|^2, but for noise",
    value - after - eta * (1 - L * eta / 2) * gradient**2 + L * eta**2 * sigma**2 / (2 * M * K),
    ((1, EXPECTED), (L * eta**2 / 2, NOISE)),
)
AVERAGED = Averaged(
    "average over rounds",
    "averaged over r < R, so that F(x_{r+1}) averages to avg F - (F(x_0) - F(x_R))/R",
    DESCENT,
    (
        (gradient**2, AVERAGE),
        (value, average_value),
        (after, average_value - (first - last) / R),
    ),
)
LOWEST = Instance(
    "below", "F at the last point is at least its infimum", Rule.BELOW, (last, lowest)
)
START = Definition("start", "Delta = F(x_0) - inf F", Delta, first - lowest)
COMMON = (SMOOTH, EXPECTED, NOISE, DESCENT, AVERAGED, LOWEST, START)

TERMS = (
    Term("optimisation", 2 * Delta / (eta * R)),
    Term("statistical", eta * L * sigma**2 / (M * K)),
)


def _admissible(below: Step) -> tuple[Step, ...]:
    return (Combination("condition up to 1/L", "eta <= 1/L", 1 - eta * L, ((L, below),)),)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    supposed = conditions_of(bound)
    shown = conclude(
        bound,
        (
            (2 / eta, AVERAGED),
            (2 / (eta * R), LOWEST),
            (2 / (eta * R), START),
            *((AVERAGE, item) for item in supposed),
        ),
    )
    steps = (*COMMON, *supposed, *same_terms(bound, TERMS), *shown)
    corollary = by_tuning(shown[-1], tuned, TERMS, cap=1 / L, admissible=_admissible)
    return Proof(
        name="minibatch_sgd_nonconvex",
        title="Minibatch SGD, smooth non-convex, and its best step size",
        steps=(*steps, *corollary),
        proves=(shown[-1], corollary[-1]),
    )


PROOF = proof_of(NONCONVEX, TUNED)
