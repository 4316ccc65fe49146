r"""Local SGD on smooth convex functions.

Setting: every f_m convex and L-smooth, F with a minimiser x*, B = |x_0 - x*|; unbiased gradients
    with variance sigma^2, independent across workers and steps. Homogeneous: f_m = F.
    Heterogeneous: |grad f_m - grad F| <= zeta_max for every worker and x. At the optimum:
    mean_m |grad f_m(x*)|^2 <= zeta_*^2 alone.
Method: local_sgd with plain steps; K steps per worker and round, then all start from the mean.
Bounds: upper, explicit; the mean over all steps t < K R of E F(x̄_t) - F* at the mean iterate (also
    between communications), started from x_0; by convexity the same bounds hold for F at the mean
    of all iterates. A homogeneous run has two bounds: one with the noise of a single machine and no
    drift, one with the noise of M machines and drift.
Source: exponents as woodworth2020local, Theorem 2, woodworth2020minibatch, Theorem 5, and
    koloskova2020unified, Theorem 2, in this order; constants derived in theory/proofs.
Limits: K = 1 gives Minibatch SGD's bound, M = 1 without heterogeneity that of one machine; the
    bound for zeta_* gives 11/10 of these. On quadratics zeta_max is finite only if all share one
    Hessian, and then drift has no effect: see local_sgd_quadratic.py. With zeta_* the step size
    may be at most 1/(6 L K) instead of 1/L.
"""

import sympy as sp

from theory.assumptions import STOCHASTIC_CONVEX, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, K, L, M, T, eta, sigma, zeta_star
from theory.tuning.corollary import tuned

(zeta_max,) = symbols("greatest_heterogeneity")

_INCREASING = (
    "smoothness",
    "gradient_noise",
    "greatest_heterogeneity",
    "heterogeneity_at_optimum",
    "initial_distance",
)
_AT = Measure(Quantity.SUBOPTIMALITY, ReportPoint.MEAN_ITERATE)
_WORKERS = frozenset({Assumption.WORKERS_CONVEX, Assumption.WORKERS_SMOOTH})

HOMOGENEOUS = Bound(
    key="local_sgd.convex_homogeneous",
    title="Local SGD, smooth convex, homogeneous",
    algorithm="local_sgd",
    terms=(
        Term("optimisation", B**2 / (2 * eta * T)),
        Term("statistical", eta * sigma**2 / (2 * M)),
        Term("noise drift", L * eta**2 * (K - 1) * (1 - 1 / M) * sigma**2 / 4),
    ),
    conditions=(eta * L <= 1,),
    assumptions=STOCHASTIC_CONVEX | _WORKERS | {Assumption.HOMOGENEOUS},
    measure=_AT,
    source=Source(
        key="woodworth2020local",
        locator="Theorem 2, first branch, exponents only",
        provenance=Provenance.DERIVED,
    ),
    standing=Standing.PROVED,
    proof="local_sgd_convex_homogeneous",
    increasing=_INCREASING,
)
HOMOGENEOUS_TUNED = tuned(
    HOMOGENEOUS,
    "local_sgd.convex_homogeneous.tuned",
    cap=1 / L,
    proof="local_sgd_convex_homogeneous",
)

ONE_MACHINE = Bound(
    key="local_sgd.convex_homogeneous.single_machine",
    title="Local SGD, smooth convex, homogeneous, no better than one machine",
    algorithm="local_sgd",
    terms=(
        Term("optimisation", B**2 / (2 * eta * T)),
        Term("statistical", eta * sigma**2 / 2),
    ),
    conditions=(eta * L <= 1,),
    assumptions=STOCHASTIC_CONVEX - {Assumption.INDEPENDENT_WORKERS}
    | {Assumption.CONVEX, Assumption.SMOOTH, Assumption.HOMOGENEOUS},
    measure=_AT,
    source=Source(
        key="woodworth2020local",
        locator="Theorem 2, second branch, exponents only",
        provenance=Provenance.DERIVED,
        note="shown for mean_m F(x_m,t), which is at least F(x̄_t)",
    ),
    standing=Standing.PROVED,
    proof="local_sgd_convex_single_machine",
    increasing=_INCREASING,
    decreasing=("num_rounds", "local_steps"),
)
ONE_MACHINE_TUNED = tuned(
    ONE_MACHINE,
    "local_sgd.convex_homogeneous.single_machine.tuned",
    cap=1 / L,
    proof="local_sgd_convex_single_machine",
)

HETEROGENEOUS = Bound(
    key="local_sgd.convex_heterogeneous",
    title="Local SGD, smooth convex, gradients that differ by at most zeta_max",
    algorithm="local_sgd",
    terms=(
        Term("optimisation", B**2 / (2 * eta * T)),
        Term("statistical", eta * sigma**2 / (2 * M)),
        Term("noise drift", L * eta**2 * (K - 1) * (1 - 1 / M) * sigma**2 / 2),
        Term("heterogeneity drift", L * eta**2 * (K - 1) * (2 * K - 1) * zeta_max**2 / 6),
    ),
    conditions=(eta * L <= 1,),
    assumptions=STOCHASTIC_CONVEX | _WORKERS | {Assumption.GREATEST_HETEROGENEITY},
    measure=_AT,
    source=Source(
        key="woodworth2020minibatch",
        locator="Theorem 5, exponents only",
        provenance=Provenance.DERIVED,
    ),
    standing=Standing.PROVED,
    proof="local_sgd_convex_heterogeneous",
    increasing=_INCREASING,
)
HETEROGENEOUS_TUNED = tuned(
    HETEROGENEOUS,
    "local_sgd.convex_heterogeneous.tuned",
    cap=1 / L,
    proof="local_sgd_convex_heterogeneous",
)

AT_OPTIMUM = Bound(
    key="local_sgd.convex_at_optimum",
    title="Local SGD, smooth convex, heterogeneity known at the optimum",
    algorithm="local_sgd",
    terms=(
        Term("optimisation", sp.Rational(11, 20) * B**2 / (eta * T)),
        Term("statistical", sp.Rational(11, 20) * eta * sigma**2 / M),
        Term("noise drift", sp.Rational(3, 5) * L * eta**2 * (K - 1) * (1 - 1 / M) * sigma**2),
        Term(
            "heterogeneity drift",
            sp.Rational(3, 5) * L * eta**2 * (K - 1) * (2 * K - 1) * zeta_star**2,
        ),
    ),
    conditions=(6 * eta * L * K <= 1,),
    assumptions=STOCHASTIC_CONVEX | _WORKERS | {Assumption.HETEROGENEITY_AT_OPTIMUM},
    measure=_AT,
    source=Source(
        key="koloskova2020unified",
        locator="Theorem 2 (p = 1), convex, exponents only",
        provenance=Provenance.DERIVED,
    ),
    standing=Standing.PROVED,
    proof="local_sgd_convex_at_optimum",
    increasing=_INCREASING,
)
AT_OPTIMUM_TUNED = tuned(
    AT_OPTIMUM,
    "local_sgd.convex_at_optimum.tuned",
    cap=1 / (6 * L * K),
    proof="local_sgd_convex_at_optimum",
)

BOUNDS = (
    HOMOGENEOUS,
    HOMOGENEOUS_TUNED,
    ONE_MACHINE,
    ONE_MACHINE_TUNED,
    HETEROGENEOUS,
    HETEROGENEOUS_TUNED,
    AT_OPTIMUM,
    AT_OPTIMUM_TUNED,
)
