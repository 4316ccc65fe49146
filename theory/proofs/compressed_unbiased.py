"""SGD compressed without bias: the descents of all rounds added up, with 2 - growth L eta kept.

Bounds: the average over rounds of E|grad F(x_r)|^2. Heterogeneity enters through the errors of
    compression alone, and is needed on average over rounds.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.compressed_unbiased import NONCONVEX, SIMPLER, TUNED, growth, slack
from theory.letters import Delta, K, L, M, R, eta, sigma, zeta
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.proofs.compressed_descent import AFTER, GRADIENT, SPREAD, VALUE
from theory.proving.certificates import scalar
from theory.proving.citations import Lemma, Theorem
from theory.proving.derivation import by_tuning, conditions_of, same_terms
from theory.proving.inferences import Averaged, Combination
from theory.proving.orders import Least, Quotient
from theory.proving.proof import Proof, Step
from theory.proving.quantities import measured
from theory.proving.rules import Rule
from theory.proving.steps import Definition, Instance

omega, omega_down = symbols("compression_variance", "down_compression_variance")
AVERAGE = measured(Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START))
average_spread = scalar("avg mean |grad f_m - grad F|^2")
average_value = sp.Symbol("avg_F", real=True)
first, last, lowest = sp.symbols("F(x_0) F(x_R) inf_F", real=True)
least = sp.Min(1, growth * eta * L)
total = sp.Add(*(term.expression for term in SIMPLER))
TERMS = (
    Term("optimisation", 2 * Delta / (eta * R) / slack),
    Term("statistical", eta * L * (1 + omega_down) * (1 + omega) * sigma**2 / (M * K) / slack),
    Term("heterogeneity", eta * L * (1 + omega_down) * omega * zeta**2 / M / slack),
)

DESCENT = Lemma("descent", "every round decreases F, but for noise", "compressed_descent")
AVERAGED = Averaged(
    "average over rounds",
    "averaged over r < R, so that F(x_{r+1}) averages to avg F - (F(x_0) - F(x_R))/R",
    DESCENT,
    (
        (GRADIENT**2, AVERAGE),
        (SPREAD, average_spread),
        (VALUE, average_value),
        (AFTER, average_value - (first - last) / R),
    ),
)
HETEROGENEITY = Instance(
    "heterogeneity", "at the points visited", Rule.HETEROGENEITY, (average_spread, zeta)
)
LOWEST = Instance(
    "below", "F at the last point is at least its infimum", Rule.BELOW, (last, lowest)
)
START = Definition("start", "Delta = F(x_0) - inf F", Delta, first - lowest)
ONE = Instance(
    "at most 1",
    "min{1, growth L eta} <= 1",
    Rule.BELOW_CHOICE,
    (least, least, sp.Tuple(1, 1, 1)),
)
COMMON = (DESCENT, AVERAGED, HETEROGENEITY, LOWEST, START, ONE)
PARTS = (
    (2 / eta, AVERAGED),
    (2 / (eta * R), LOWEST),
    (2 / (eta * R), START),
    (eta * L * (1 + omega_down) * omega / M, HETEROGENEITY),
)


def _admissible(below: Step) -> tuple[Step, ...]:
    claim = "growth L eta <= 1"
    gap = 1 - growth * eta * L
    return (Combination("condition up to the cap", claim, gap, ((growth * L, below),)),)


def _scaled(supposed: tuple[Step, ...]) -> tuple[Step, Step]:
    """That the minimum is its second, and the sum of the descents."""
    claim = "so min{1, growth L eta} is its second"
    reached = Least("within the condition", claim, least, growth * eta * L, supposed)
    return reached, Combination(
        "scaled",
        "the descents cannot add up to more than Delta",
        total - slack * AVERAGE,
        (*PARTS, (AVERAGE, reached)),
    )


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    supposed = conditions_of(bound)
    reached, scaled = _scaled(supposed)
    shown = Quotient(
        f"{bound.key}, derived",
        f"divided by 2 - growth L eta: the sum of the terms is at least the {bound.measure}",
        bound.expression - AVERAGE,
        slack,
        scaled,
        ONE,
        sp.Integer(1),
    )
    theorem = Theorem(bound.key, f"{bound.title}: what {bound.key} states", bound, shown)
    simpler = Combination(
        "without the factor",
        "2 - growth L eta >= 1 is left out, so that every term is a power of eta",
        total - AVERAGE,
        ((1, scaled), (AVERAGE, ONE)),
    )
    steps = (
        *COMMON,
        *supposed,
        reached,
        scaled,
        *same_terms(bound, TERMS),
        shown,
        theorem,
        simpler,
    )
    corollary = by_tuning(simpler, tuned, SIMPLER, cap=1 / (growth * L), admissible=_admissible)
    return Proof(
        name="compressed_unbiased",
        title="SGD compressed without bias, smooth non-convex, and its best step size",
        steps=(*steps, *corollary),
        proves=(theorem, corollary[-1]),
    )


PROOF = proof_of(NONCONVEX, TUNED)
