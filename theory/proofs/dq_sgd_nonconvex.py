"""DQ-SGD without convexity: the descents of all rounds added up, with 2 - L eta kept.

Setting: F L-smooth and bounded below; unbiased gradients, unbiased rounding.
Bounds: the average over rounds of E|grad F(x_r)|^2. The levels of a round may depend on its
    gradients; h^2 is the mean of E mean_m (|g_m|_p/s)^2 over rounds.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.dq_sgd import NONCONVEX, SIMPLER, TUNED, slack
from theory.letters import Delta, K, L, M, R, eta, sigma
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.proofs.quantised_descent import AFTER, GRADIENT, VALUE
from theory.proving.citations import Lemma, Theorem
from theory.proving.derivation import by_tuning, conditions_of, same_terms
from theory.proving.inferences import Averaged, Combination
from theory.proving.orders import Least, Quotient
from theory.proving.proof import Proof, Step
from theory.proving.quantities import SQUARED_SPACING, measured
from theory.proving.rules import Rule
from theory.proving.steps import Definition, Instance

AVERAGE = measured(Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START))
d, h = symbols("dimension", "level_spacing")
average_value = sp.Symbol("avg_F", real=True)
first, last, lowest = sp.symbols("F(x_0) F(x_R) inf_F", real=True)
least = sp.Min(1, eta * L)
TERMS = (
    Term("optimisation", 2 * Delta / (eta * R) / slack),
    Term("statistical", eta * L * sigma**2 / (M * K) / slack),
    Term("quantisation", eta * L * d * h**2 / (4 * M) / slack),
)

DESCENT = Lemma("descent", "every round decreases F, but for noise", "quantised_descent")
AVERAGED = Averaged(
    "average over rounds",
    "averaged over r < R, so that F(x_{r+1}) averages to avg F - (F(x_0) - F(x_R))/R",
    DESCENT,
    (
        (GRADIENT**2, AVERAGE),
        (VALUE, average_value),
        (AFTER, average_value - (first - last) / R),
        (SQUARED_SPACING, h**2),
    ),
)
LOWEST = Instance(
    "below", "F at the last point is at least its infimum", Rule.BELOW, (last, lowest)
)
START = Definition("start", "Delta = F(x_0) - inf F", Delta, first - lowest)
ONE = Instance(
    "at most 1", "min{1, L eta} <= 1", Rule.BELOW_CHOICE, (least, least, sp.Tuple(1, 1, 1))
)
COMMON = (DESCENT, AVERAGED, LOWEST, START, ONE)
PARTS = ((2 / eta, AVERAGED), (2 / (eta * R), LOWEST), (2 / (eta * R), START))


def _admissible(below: Step) -> tuple[Step, ...]:
    return (Combination("condition up to 1/L", "eta <= 1/L", 1 - eta * L, ((L, below),)),)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    supposed = conditions_of(bound)
    total = sp.Add(*(term.expression for term in SIMPLER))
    reached = Least("within the condition", "so min{1, L eta} = L eta", least, eta * L, supposed)
    scaled = Combination(
        "scaled",
        "the descents cannot add up to more than Delta",
        total - slack * AVERAGE,
        (*PARTS, (AVERAGE, reached)),
    )
    shown = Quotient(
        f"{bound.key}, derived",
        f"divided by 2 - L eta: the sum of the terms is at least the {bound.measure}",
        bound.expression - AVERAGE,
        slack,
        scaled,
        ONE,
        sp.Integer(1),
    )
    theorem = Theorem(bound.key, f"{bound.title}: what {bound.key} states", bound, shown)
    simpler = Combination(
        "without the factor",
        "2 - L eta >= 1 is left out, so that every term is a power of eta",
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
    corollary = by_tuning(simpler, tuned, SIMPLER, cap=1 / L, admissible=_admissible)
    return Proof(
        name="dq_sgd_nonconvex",
        title="DQ-SGD, smooth non-convex, and its best step size",
        steps=(*steps, *corollary),
        proves=(theorem, corollary[-1]),
    )


PROOF = proof_of(NONCONVEX, TUNED)
