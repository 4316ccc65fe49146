"""Minibatch SGD on smooth convex functions: R steps with the noise of M K gradients.

Bounds: the average over rounds of E F(x_r) - F(x*). Heterogeneity never enters, as a round's
    gradients are taken at one point, where their mean is grad F.
"""

from theory.bound import Bound
from theory.bounds.large_batch.minibatch_sgd_convex import MINIBATCH, MINIBATCH_TUNED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import K, M, R
from theory.proving.axioms import Rule
from theory.proving.proof import Proof
from theory.proving.templates.known_variance import PLAIN, by_known_variance
from theory.proving.templates.noises import of_mean


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return by_known_variance(
        "minibatch_sgd_convex",
        (bound, tuned),
        PLAIN,
        Measure(Quantity.SUBOPTIMALITY, ReportPoint.ROUND_START),
        steps=R,
        noise=of_mean(M * K),
        by=(Rule.UNIFORM_WEIGHTS,),
    )


PROOF = proof_of(MINIBATCH, MINIBATCH_TUNED)
