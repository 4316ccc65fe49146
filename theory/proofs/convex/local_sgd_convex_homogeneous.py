"""Local SGD on one smooth convex function: steps closer to x*, and drift from noise alone.

Bounds: the average over all steps of E F(x̄_t) - F(x*).
"""

from theory.bound import Bound, Term
from theory.bounds.local_sgd.local_sgd_convex import HOMOGENEOUS, HOMOGENEOUS_TUNED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import B, K, L, M, T, eta, sigma
from theory.proving.citations import Lemma
from theory.proving.proof import Proof
from theory.proving.quantities import EXCESS, measured
from theory.proving.templates.conclusions import (
    concluding_tuned,
    conditions_of,
)

MEASURE = Measure(Quantity.SUBOPTIMALITY, ReportPoint.MEAN_ITERATE)
TERMS = (
    Term("optimisation", B**2 / (2 * eta * T)),
    Term("statistical", eta * sigma**2 / (2 * M)),
    Term("noise drift", L * eta**2 * (K - 1) * (1 - 1 / M) * sigma**2 / 4),
)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    supposed = conditions_of(bound)
    closer = Lemma(
        "closer",
        "the steps come closer to x*, but for noise and drift",
        "distance_descent",
        ((EXCESS, measured(MEASURE)),),
        supposed,
        of="average",
    )
    drift = Lemma(
        "drift",
        "the drift is that of noise",
        "consensus_homogeneous",
        given=supposed,
        of="average",
    )
    return concluding_tuned(
        "local_sgd_convex_homogeneous",
        "Local SGD, smooth convex, homogeneous, and its best step size",
        (bound, tuned),
        TERMS,
        given=(*supposed, closer, drift),
        parts=((1, closer), (L / 2, drift)),
        cap=1 / L,
    )


PROOF = proof_of(HOMOGENEOUS, HOMOGENEOUS_TUNED)
