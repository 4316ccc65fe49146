"""AC-SA on one machine, smooth convex: K R steps with the noise of one gradient.

Bounds: E F(ag) - F(x*) after the last step.
"""

from theory.bound import Bound
from theory.bounds.acceleration.ac_sa_convex import SINGLE, SINGLE_TUNED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import T
from theory.proving.proof import Proof
from theory.proving.templates.known_variance import ACCELERATED, by_known_variance
from theory.proving.templates.noises import ONE_GRADIENT


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return by_known_variance(
        "single_machine_ac_sa_convex",
        (bound, tuned),
        ACCELERATED,
        Measure(Quantity.SUBOPTIMALITY, ReportPoint.LAST_AGGREGATE),
        steps=T,
        noise=ONE_GRADIENT,
    )


PROOF = proof_of(SINGLE, SINGLE_TUNED)
