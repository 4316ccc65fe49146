"""Local AC-SA on quadratics that share their Hessian: its means are those of AC-SA.

Method: K local steps of AC-SA, then the means of w and ag; all weights follow from the count of
    steps, so the means over workers of w, ag and md move as one AC-SA does, with mean_m g_m. That
    is grad F + n̄ at the mean of md, as all gradients are affine with one Hessian.
Bounds: E F(ag) - F(x*) after the last round, with the noise of M gradients.
"""

from theory.bound import Bound
from theory.bounds.acceleration.ac_sa_convex import LOCAL, LOCAL_TUNED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import M, T
from theory.proving.axioms import Rule
from theory.proving.proof import Proof
from theory.proving.templates.known_variance import ACCELERATED, by_known_variance
from theory.proving.templates.noises import of_mean


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return by_known_variance(
        "local_accelerated_sgd_quadratic",
        (bound, tuned),
        ACCELERATED,
        Measure(Quantity.SUBOPTIMALITY, ReportPoint.LAST_AGGREGATE),
        steps=T,
        noise=of_mean(M),
        by=(
            Rule.UNIFORM_WEIGHTS,
            Rule.QUADRATIC,
        ),
    )


PROOF = proof_of(LOCAL, LOCAL_TUNED)
