"""Local SGD where heterogeneity is known at the optimum alone: drift feeds on itself and on F.

At most 1/12 of the drift comes back, as 6 eta L K <= 1, and F at most by the share 1/11 that makes
10/11 of the bound on it 1: the constants 11/10 and 12/11.
Bounds: the average over all steps of E F(x̄_t) - F(x*).
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.local_sgd.local_sgd_convex import AT_OPTIMUM, AT_OPTIMUM_TUNED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import B, K, L, M, T, eta, sigma, zeta_star
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination
from theory.proving.proof import Proof
from theory.proving.quantities import DEVIATION, EXCESS, measured
from theory.proving.templates.conclusions import concluding_tuned, conditions_of

AVERAGE = measured(Measure(Quantity.SUBOPTIMALITY, ReportPoint.MEAN_ITERATE))
eleven, three = sp.Rational(11, 20), sp.Rational(3, 5)
TERMS = (
    Term("optimisation", eleven * B**2 / (eta * T)),
    Term("statistical", eleven * eta * sigma**2 / M),
    Term("noise drift", three * L * eta**2 * (K - 1) * (1 - 1 / M) * sigma**2),
    Term("heterogeneity drift", three * L * eta**2 * (K - 1) * (2 * K - 1) * zeta_star**2),
)
DRIFT = Lemma(
    "drift",
    "the drift, by noise, heterogeneity, itself and F",
    "consensus_at_optimum",
    ((EXCESS, AVERAGE),),
)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    supposed = conditions_of(bound)
    parts = tuple((1, item) for item in supposed)
    short = Combination("short steps", "as supposed, K >= 1", 1 - eta * L, parts)
    squared = Combination(
        "squared",
        "(6 eta L K)^2 <= 1",
        1 - 36 * eta**2 * L**2 * K**2,
        tuple((1 + 6 * eta * L * K, item) for item in supposed),
    )
    claim = "the steps come closer to x*, but for noise and drift"
    closer = Lemma(
        "closer", claim, "distance_descent", ((EXCESS, AVERAGE),), (short,), of="average"
    )
    return concluding_tuned(
        "local_sgd_convex_at_optimum",
        "Local SGD, smooth convex, heterogeneity at the optimum, and its best step size",
        (bound, tuned),
        TERMS,
        given=(*supposed, short, squared, closer, DRIFT),
        parts=(
            (sp.Rational(11, 10), closer),
            (three * L, DRIFT),
            (L * DEVIATION / 20 + AVERAGE / 10, squared),
        ),
        cap=1 / (6 * L * K),
    )


PROOF = proof_of(AT_OPTIMUM, AT_OPTIMUM_TUNED)
