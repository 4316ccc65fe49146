r"""Local SGD on smooth strongly convex functions, homogeneous.

Setting: f_m = F L-smooth and mu-strongly convex with minimiser x*, B = |x_0 - x*|; unbiased
    gradients with variance sigma^2, independent across workers and steps.
Method: local_sgd with plain steps; K steps per worker and round, then all start from the mean.
Bounds: upper, explicit, from x_0. The first is on E F - F*, averaged over the mean iterates x̄_t,
    t < T = K R, with weights proportional to q^-t, q = 1 - eta mu/2. The second is on the squared
    distance E|x_R - x*|^2 after the last round, which shrinks by p = 1 - eta mu a step.
Source: exponents as woodworth2020local, Theorem 2, strongly convex; constants derived in
    proofs/convex/local_sgd_strongly_convex.py and local_sgd_last_distance.py.
Limits: K = 1 or M = 1 leaves no drift, and the bound is that of SGD with batches. mu -> 0 gives
    twice the bound local_sgd.convex_homogeneous, with the largest drift within a round in place of
    the mean one. The sum 1 + q + ... + q^(T-1) is at most 2/(eta mu), and 1 + p + ... + p^(T-1) at
    most 1/(eta mu).
"""

import sympy as sp

from theory.assumptions import STOCHASTIC_CONVEX, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.geometric_sum import GeometricSum
from theory.notation.letters import B, K, L, M, T, eta, mu, sigma

_INCREASING = ("smoothness", "gradient_noise", "initial_distance")
_ASSUMED = STOCHASTIC_CONVEX | {
    Assumption.WORKERS_CONVEX,
    Assumption.WORKERS_SMOOTH,
    Assumption.HOMOGENEOUS,
    Assumption.STRONGLY_CONVEX,
}
_SOURCE = Source(
    key="woodworth2020local",
    locator="Theorem 2, strongly convex, exponents only",
    provenance=Provenance.DERIVED,
    note="geometric sums left as they are",
)

q = sp.Max(0, 1 - eta * mu / 2)
"""The factor by which half of the strong convexity shrinks |x̄_t - x*|^2 in a step.

Under the condition eta L <= 1 it is 0 only where mu > L, which no function allows.
"""

p = sp.Max(0, 1 - eta * mu)
"""The factor by which the whole strong convexity shrinks |x̄_t - x*|^2 in a step."""

WEIGHTED = Bound(
    key="local_sgd.strongly_convex",
    title="Local SGD, smooth strongly convex, homogeneous, weighted average",
    algorithm="local_sgd",
    terms=(
        Term("optimisation", q**T * B**2 / (eta * GeometricSum(q, T))),
        Term("statistical", eta * sigma**2 / M),
        Term("noise drift", L * eta**2 * (K - 1) * (1 - 1 / M) * sigma**2),
    ),
    conditions=(eta * L <= 1,),
    assumptions=_ASSUMED,
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.WEIGHTED_AVERAGE),
    source=_SOURCE,
    standing=Standing.PROVED,
    proof="local_sgd_strongly_convex",
    increasing=_INCREASING,
    decreasing=("num_rounds", "strong_convexity"),
)

DISTANCE = Bound(
    key="local_sgd.strongly_convex.last_distance",
    title="Local SGD, smooth strongly convex, homogeneous, distance after the last round",
    algorithm="local_sgd",
    terms=(
        Term("optimisation", p**T * B**2),
        Term("statistical", eta**2 * sigma**2 * GeometricSum(p, T) / M),
        Term(
            "noise drift",
            L * eta**3 * (K - 1) * (1 - 1 / M) * sigma**2 * GeometricSum(p, T),
        ),
    ),
    conditions=(eta * L <= 1,),
    assumptions=_ASSUMED,
    measure=Measure(Quantity.SQUARED_DISTANCE, ReportPoint.LAST_ROUND),
    source=_SOURCE,
    standing=Standing.PROVED,
    proof="local_sgd_last_distance",
    increasing=_INCREASING,
    decreasing=("strong_convexity",),
)

BOUNDS = (WEIGHTED, DISTANCE)
