"""Accelerated Minibatch SGD on smooth convex functions: R steps with the noise of M K gradients.

Bounds: E F(ag) - F(x*) after the last round. Heterogeneity never enters, as in Minibatch SGD.
"""

from theory.bound import Bound
from theory.bounds.acceleration.ac_sa_convex import MINIBATCH, MINIBATCH_TUNED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import K, M, R
from theory.proving.axioms import Rule
from theory.proving.proof import Proof
from theory.proving.templates.known_variance import ACCELERATED, by_known_variance
from theory.proving.templates.noises import of_mean


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return by_known_variance(
        "accelerated_minibatch_sgd_convex",
        (bound, tuned),
        ACCELERATED,
        Measure(Quantity.SUBOPTIMALITY, ReportPoint.LAST_AGGREGATE),
        steps=R,
        noise=of_mean(M * K),
        by=(Rule.UNIFORM_WEIGHTS,),
    )


PROOF = proof_of(MINIBATCH, MINIBATCH_TUNED)
