"""Local SGD on one smooth strongly convex function: the distance from x* after the last round.

All of 2 eta (F(x̄) - F(x*)) >= eta mu |x̄ - x*|^2 goes into the distance: V_{t+1} <= p V_t + c with
p = 1 - eta mu and V_t = E|x̄_t - x*|^2.
Bounds: V_T, the distance of x_R.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.local_sgd.local_sgd_strongly_convex import DISTANCE, p
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.geometric_sum import GeometricSum
from theory.notation.letters import B, K, L, M, T, eta, mu, sigma
from theory.proofs.convex.local_sgd_strongly_convex import STEP, STRONG
from theory.proofs.convex_lemmas.strongly_convex_descent import ADDED
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.quantities import OFFSET_NEXT, OFFSET_T, measured
from theory.proving.steps import Instance
from theory.proving.templates.conclusions import SHORT_STEPS, concluding

AT_END = measured(Measure(Quantity.SQUARED_DISTANCE, ReportPoint.LAST_ROUND))
WEIGHTS = GeometricSum(p, T)
SUMMED = scalar("sum_t p^(T-1-t) |x̄_t - x*|^2")
TERMS = (
    Term("optimisation", p**T * B**2),
    Term("statistical", eta**2 * sigma**2 * WEIGHTS / M),
    Term("noise drift", L * eta**3 * (K - 1) * (1 - 1 / M) * sigma**2 * WEIGHTS),
)

ABOVE = Instance("cut at 0", "p = max{0, 1 - eta mu}", Rule.ABOVE_CHOICE, (p, 1 - eta * mu))
SHRINKING = Combination(
    "shrinking",
    "V_{t+1} <= p V_t + c",
    p * OFFSET_T - OFFSET_NEXT + ADDED,
    ((1, STEP), (2 * eta, STRONG), (OFFSET_T, ABOVE)),
)
ADDED_UP = Averaged(
    "all steps",
    "added up with the weights p^(T-1-t) >= 0: the distances cancel but for the first and the "
    "last, and c enters 1 + p + ... + p^(T-1) times",
    SHRINKING,
    (
        (OFFSET_T, SUMMED),
        (OFFSET_NEXT, p * SUMMED - p**T * B**2 + AT_END),
        (sp.Integer(1), WEIGHTS),
    ),
)
COMMON = (SHORT_STEPS, STEP, STRONG, ABOVE, SHRINKING, ADDED_UP)


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    return concluding(
        "local_sgd_last_distance",
        "Local SGD, smooth strongly convex, homogeneous, distance after the last round",
        bound,
        TERMS,
        given=COMMON,
        parts=((1, ADDED_UP),),
    )


PROOF = proof_of(DISTANCE)
