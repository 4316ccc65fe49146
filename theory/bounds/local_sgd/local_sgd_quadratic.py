r"""Local SGD on convex quadratics that share their Hessian.

Setting: every f_m quadratic, all with one Hessian; F convex and L-smooth with a minimiser x*,
    B = |x_0 - x*|; unbiased gradients with variance sigma^2, independent across workers and steps.
Method: local_sgd with plain steps; K steps per worker and round, then all start from the mean.
Bounds: upper, explicit; the mean over all steps t < K R of E F(x̄_t) - F* at the mean iterate. It
    is the bound of SGD with K R steps and batches of M. Neither heterogeneity nor K by itself
    enters, since the mean of the gradients is the gradient at the mean iterate.
Source: woodworth2020local, Theorem 1, which states this of every method that is linear in iterates
    and gradients; derived in proofs/convex/local_sgd_quadratic.py.
Limits: M = 1 gives the bound of one machine; K = 1 that of Minibatch SGD.
"""

from theory.assumptions import STOCHASTIC_CONVEX, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import B, L, M, T, eta, sigma
from theory.tuning.corollary import tuned

QUADRATIC = Bound(
    key="local_sgd.quadratic",
    title="Local SGD, convex quadratics with one Hessian",
    algorithm="local_sgd",
    terms=(
        Term("optimisation", B**2 / (2 * eta * T)),
        Term("statistical", eta * sigma**2 / (2 * M)),
    ),
    conditions=(eta * L <= 1,),
    assumptions=STOCHASTIC_CONVEX | {Assumption.SMOOTH, Assumption.CONVEX, Assumption.QUADRATIC},
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.MEAN_ITERATE),
    source=Source(
        key="woodworth2020local",
        locator="Theorem 1 and Corollary 1, exponents only",
        provenance=Provenance.DERIVED,
        note="SGD with variance sigma^2/M, K R steps",
    ),
    standing=Standing.PROVED,
    proof="local_sgd_quadratic",
    increasing=("smoothness", "gradient_noise", "initial_distance"),
    decreasing=("num_rounds", "num_workers", "local_steps"),
)
TUNED = tuned(QUADRATIC, "local_sgd.quadratic.tuned", cap=1 / L, proof="local_sgd_quadratic")

BOUNDS = (QUADRATIC, TUNED)
