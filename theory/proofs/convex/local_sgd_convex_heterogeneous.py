"""Local SGD where gradients differ by at most zeta_max: steps closer to x*, and drift.

Bounds: the average over all steps of E F(x̄_t) - F(x*).
"""

from theory.bound import Bound, Term
from theory.bounds.local_sgd.local_sgd_convex import HETEROGENEOUS, HETEROGENEOUS_TUNED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, K, L, M, T, eta, sigma
from theory.proving.citations import Lemma
from theory.proving.proof import Proof
from theory.proving.quantities import EXCESS, measured
from theory.proving.templates.conclusions import (
    concluding_tuned,
    conditions_of,
)

(zeta,) = symbols("greatest_heterogeneity")
MEASURE = Measure(Quantity.SUBOPTIMALITY, ReportPoint.MEAN_ITERATE)
TERMS = (
    Term("optimisation", B**2 / (2 * eta * T)),
    Term("statistical", eta * sigma**2 / (2 * M)),
    Term("noise drift", L * eta**2 * (K - 1) * (1 - 1 / M) * sigma**2 / 2),
    Term("heterogeneity drift", L * eta**2 * (K - 1) * (2 * K - 1) * zeta**2 / 6),
)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    supposed = conditions_of(bound)
    at = ((EXCESS, measured(MEASURE)),)
    claim = "the steps come closer to x*, but for noise and drift"
    closer = Lemma("closer", claim, "distance_descent", at, supposed, of="average")
    claim = "the drift is that of noise and heterogeneity"
    drift = Lemma("drift", claim, "consensus_heterogeneous", given=supposed)
    return concluding_tuned(
        "local_sgd_convex_heterogeneous",
        "Local SGD, smooth convex, heterogeneous, and its best step size",
        (bound, tuned),
        TERMS,
        given=(*supposed, closer, drift),
        parts=((1, closer), (L / 2, drift)),
        cap=1 / L,
    )


PROOF = proof_of(HETEROGENEOUS, HETEROGENEOUS_TUNED)
