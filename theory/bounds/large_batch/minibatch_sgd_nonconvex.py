r"""Minibatch SGD on smooth non-convex functions.

Setting: F L-smooth and bounded below; unbiased gradients with variance sigma^2, independent.
Method: minibatch_sgd, R steps, each with the mean of M K gradients at one point.
Bounds: upper, explicit; the mean over rounds of E |grad F(x_r)|^2 at round starts, started from
    x_0. Heterogeneity does not enter: only the mean gradient is used. Both constants are attained
    on quadratics, so that neither can be lowered.
Source: ghadimi2013stochastic, Theorem 2.1 and Corollary 2.2, with variance sigma^2/(M K) and
    N = R; derived again in proofs/nonconvex/minibatch_sgd_nonconvex.py.
Limits: sigma = 0 gives gradient descent, 2 Delta/(eta R); K = M = 1 gives SGD.
"""

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import Delta, K, L, M, R, eta, sigma
from theory.tuning.corollary import tuned

NONCONVEX = Bound(
    key="minibatch_sgd.nonconvex",
    title="Minibatch SGD, smooth non-convex",
    algorithm="minibatch_sgd",
    terms=(
        Term("optimisation", 2 * Delta / (eta * R)),
        Term("statistical", eta * L * sigma**2 / (M * K)),
    ),
    conditions=(eta * L <= 1,),
    assumptions=STOCHASTIC | {Assumption.SMOOTH},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START),
    source=Source(
        key="ghadimi2013stochastic",
        locator="Theorem 2.1, Corollary 2.2",
        provenance=Provenance.DERIVED,
        note="batch of M K gradients: variance sigma^2/(M K), N = R",
    ),
    standing=Standing.PROVED,
    proof="minibatch_sgd_nonconvex",
)

TUNED = tuned(
    NONCONVEX, "minibatch_sgd.nonconvex.tuned", cap=1 / L, proof="minibatch_sgd_nonconvex"
)

BOUNDS = (NONCONVEX, TUNED)
