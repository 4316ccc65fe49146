"""Local SGD on quadratics that share their Hessian: its mean iterate is that of SGD.

Method: K local steps, then the mean; x̄_{t+1} = x̄_t - eta mean_m g_m, also where a mean is taken.
    The mean of the gradients is grad F(x̄_t) + n̄_t, as all are affine with one Hessian.
Bounds: the average over all steps of E F(x̄_t) - F(x*), with the noise of M gradients.
"""

from theory.bound import Bound
from theory.bounds.local_sgd.local_sgd_quadratic import QUADRATIC, TUNED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import M, T
from theory.proving.axioms import Rule
from theory.proving.proof import Proof
from theory.proving.templates.known_variance import PLAIN, by_known_variance
from theory.proving.templates.noises import of_mean


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return by_known_variance(
        "local_sgd_quadratic",
        (bound, tuned),
        PLAIN,
        Measure(Quantity.SUBOPTIMALITY, ReportPoint.MEAN_ITERATE),
        steps=T,
        noise=of_mean(M),
        by=(Rule.UNIFORM_WEIGHTS, Rule.QUADRATIC),
    )


PROOF = proof_of(QUADRATIC, TUNED)
