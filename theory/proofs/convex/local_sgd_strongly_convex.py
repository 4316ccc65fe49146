"""Local SGD on one smooth strongly convex function: F at a weighted average of the mean iterates.

Of 2 eta (F(x̄) - F(x*)) one half makes the distance shrink by q = 1 - eta mu/2 a step, the other is
what is bounded: eta e_t <= q V_t - V_{t+1} + c, V_t = E|x̄_t - x*|^2, e_t = E F(x̄_t) - F(x*).
Bounds: E F - F(x*) at the average of x̄_t, t < T, with weights q^(T-1-t) over their sum.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.local_sgd.local_sgd_strongly_convex import WEIGHTED, q
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.geometric_sum import GeometricSum
from theory.notation.letters import B, K, L, M, T, eta, mu, sigma
from theory.proofs.convex_lemmas.strongly_convex_descent import ADDED
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.quantities import EXCESS_T, OFFSET_NEXT, OFFSET_T, measured
from theory.proving.steps import Inequality, Instance
from theory.proving.templates.conclusions import SHORT_STEPS, concluding

AT_AVERAGE = measured(Measure(Quantity.SUBOPTIMALITY, ReportPoint.WEIGHTED_AVERAGE))
WEIGHTS = GeometricSum(q, T)
EXCESS, OFFSET, LAST = (
    scalar(name)
    for name in (
        "weighted average of F(x̄_t) - F(x*)",
        "weighted average of |x̄_t - x*|^2",
        "|x̄_T - x*|^2 over the sum of the weights",
    )
)
slope, move = vector("grad F(x~)"), vector("x̄_t - x~")
value, at_average, lowest = sp.symbols("F(x̄_t) F(x~) F(x*)", real=True)
TERMS = (
    Term("optimisation", q**T * B**2 / (eta * WEIGHTS)),
    Term("statistical", eta * sigma**2 / M),
    Term("noise drift", L * eta**2 * (K - 1) * (1 - 1 / M) * sigma**2),
)

STEP = Lemma(
    "step",
    "a step comes closer to x*, but for noise and drift",
    "strongly_convex_descent",
    given=(SHORT_STEPS,),
)
STRONG = Lemma(
    "strong convexity",
    "F grows with the distance",
    "strongly_convex_descent",
    given=(SHORT_STEPS,),
    of="strong convexity",
)
ABOVE = Instance("cut at 0", "q = max{0, 1 - eta mu/2}", Rule.ABOVE_CHOICE, (q, 1 - eta * mu / 2))
SHRINKING = Combination(
    "shrinking",
    "eta e_t <= q V_t - V_{t+1} + c",
    q * OFFSET_T - OFFSET_NEXT - eta * EXCESS_T + ADDED,
    ((1, STEP), (eta, STRONG), (OFFSET_T, ABOVE)),
)
AVERAGED = Averaged(
    "weighted average",
    "averaged with the weights w_t = q^(T-1-t) over their sum, so that q w_t = w_{t-1} and the "
    "distances cancel but for the first and the last",
    SHRINKING,
    (
        (OFFSET_T, OFFSET),
        (OFFSET_NEXT, q * OFFSET - q**T * B**2 / WEIGHTS + LAST),
        (EXCESS_T, EXCESS),
    ),
)
ENDS = Inequality("end", "the last distance is at least 0", sp.Integer(0), LAST)
TANGENT = Instance(
    "tangent",
    "F(x̄_t) is above the tangent at the average x~ of the x̄_t",
    Rule.CONVEX,
    (value, at_average, slope, move),
)
JENSEN = Averaged(
    "Jensen",
    "averaged with the same weights, x̄_t - x~ has mean 0",
    TANGENT,
    (
        (value, EXCESS + lowest),
        (at_average, AT_AVERAGE + lowest),
        (slope * move, sp.Integer(0)),
    ),
)
COMMON = (SHORT_STEPS, STEP, STRONG, ABOVE, SHRINKING, AVERAGED, ENDS, TANGENT, JENSEN)


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    return concluding(
        "local_sgd_strongly_convex",
        "Local SGD, smooth strongly convex, homogeneous, weighted average",
        bound,
        TERMS,
        given=COMMON,
        parts=((1 / eta, AVERAGED), (1 / eta, ENDS), (1, JENSEN)),
    )


PROOF = proof_of(WEIGHTED)
