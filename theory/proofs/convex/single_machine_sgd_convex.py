"""SGD on one machine, smooth convex: K R steps with the noise of one gradient.

Bounds: the average over steps of E F(x_t) - F(x*).
"""

from theory.bound import Bound
from theory.bounds.large_batch.minibatch_sgd_convex import SINGLE, SINGLE_TUNED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import T
from theory.proving.proof import Proof
from theory.proving.templates.known_variance import PLAIN, by_known_variance
from theory.proving.templates.noises import ONE_GRADIENT


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return by_known_variance(
        "single_machine_sgd_convex",
        (bound, tuned),
        PLAIN,
        Measure(Quantity.SUBOPTIMALITY, ReportPoint.MEAN_ITERATE),
        steps=T,
        noise=ONE_GRADIENT,
    )


PROOF = proof_of(SINGLE, SINGLE_TUNED)
