"""DQ-SGD where |grad F|^2 >= 2 mu (F - inf F): the descents of all rounds, weighted.

Bounds: E F(x_R) - inf F. With alpha = 1 - 2 mu eta + L mu eta^2 a round gives
    e_{r+1} <= alpha e_r + c_r for e_r = F(x_r) - inf F; the rounds are added up with the weights
    alpha^(R-1-r), under which h^2 is the mean of E mean_m (|g_m|_p/s)^2.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.compression.dq_sgd import STRONGLY_CONVEX, alpha
from theory.notation import symbols
from theory.notation.geometric_sum import GeometricSum
from theory.notation.letters import Delta, K, L, M, R, eta, sigma
from theory.proofs.compression_lemmas.quantised_descent import GRADIENT
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.least_and_greatest import Least, Product
from theory.proving.proof import Proof
from theory.proving.quantities import SQUARED_SPACING, measured
from theory.proving.steps import Definition, Instance
from theory.proving.templates.conclusions import concluding, conditions_of
from theory.proving.templates.rounds import VALUE, VALUE_AFTER

d, h, mu = symbols("dimension", "level_spacing", "strong_convexity")
excess, excess_after, weighted = (
    scalar(name) for name in ("F(x_r) - inf F", "F(x_r+1) - inf F", "sum_r alpha^(R-1-r) e_r")
)
first, lowest = sp.symbols("F(x_0) inf_F", real=True)
END = measured(STRONGLY_CONVEX.measure)
WEIGHTS = GeometricSum(alpha, R)
shrunk = 1 - 2 * mu * eta + L * mu * eta**2
least = sp.Min(1, shrunk)
ADDED = L * eta**2 / 2 * (sigma**2 / (M * K) + d * SQUARED_SPACING / (4 * M))
TERMS = (
    Term("optimisation", alpha**R * Delta),
    Term("statistical", L * eta**2 * sigma**2 * WEIGHTS / (2 * M * K)),
    Term("quantisation", L * eta**2 * d * h**2 * WEIGHTS / (8 * M)),
)

DESCENT = Lemma(
    "descent",
    "every round decreases F, but for noise and rounding",
    "quantised_descent",
    ((VALUE, excess + lowest), (VALUE_AFTER, excess_after + lowest)),
)
BELOW = Instance("below", "F is at least its infimum", Rule.BELOW, (excess + lowest, lowest))
STEEP = Instance(
    "steepness", "the gradient is large where F is", Rule.STEEP, (GRADIENT, excess, mu)
)
ABOVE = Instance("cut at 0", "alpha = max{0, min{...}}", Rule.ABOVE_CHOICE, (alpha, least))
KEPT = Product("cut at 0, times e_r", "so cutting off at 0 only adds", ABOVE, BELOW)
START = Definition("start", "Delta = F(x_0) - inf F", Delta, first - lowest)
COMMON = (DESCENT, BELOW, STEEP, ABOVE, KEPT, START)


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    supposed = conditions_of(bound)
    parts = tuple((1, item) for item in supposed)
    short = Combination("short steps", "as supposed", 2 - L * eta, parts)
    steep = Product("steepness, scaled", "times 2 - L eta >= 0", short, STEEP)
    small = Combination("shrinks", "min{...} takes its second", 1 - shrunk, ((mu * eta, short),))
    reached = Least(
        "not cut at 1", "min{1, ...} is 1 - 2 mu eta + L mu eta^2", least, shrunk, (small,)
    )
    one_round = Combination(
        "one round",
        "e_{r+1} <= alpha e_r + c_r",
        alpha * excess - excess_after + ADDED,
        ((1, DESCENT), (eta / 2, steep), (1, KEPT), (excess, reached)),
    )
    summed = Averaged(
        "all rounds",
        "added up with the weights alpha^(R-1-r) >= 0, so that alpha e_r - e_{r+1} adds up to "
        "alpha^R e_0 - e_R, and 1 to 1 + alpha + ... + alpha^(R-1)",
        one_round,
        (
            (excess, weighted),
            (excess_after, alpha * weighted + END - alpha**R * (first - lowest)),
            (sp.Integer(1), WEIGHTS),
            (SQUARED_SPACING, WEIGHTS * h**2),
        ),
    )
    return concluding(
        "dq_sgd_strongly_convex",
        "DQ-SGD, smooth and strongly convex",
        bound,
        TERMS,
        given=(*COMMON, *supposed, short, steep, small, reached, one_round, summed),
        parts=((1, summed), (alpha**R, START)),
    )


PROOF = proof_of(STRONGLY_CONVEX)
