r"""Local SGD with heavy-ball steps on smooth non-convex functions under heterogeneity.

Setting: every f_m L-smooth, F bounded below; unbiased gradients with variance sigma^2, independent
    across workers and steps; mean_m |grad f_m - grad F|^2 <= zeta^2.
Method: u_m <- beta u_m + g_m, x_m <- x_m - eta u_m; every K steps both x_m and u_m are replaced by
    their means over workers. It is local_sgd with a heavy-ball rule whose memory is averaged.
Bounds: upper, explicit; the mean over all steps of E |grad F(x̄_t)|^2 at the mean iterate, from
    x_0.
Source: yu2019linear, Theorem 1; its form is recalled with confidence, its constants without. Runs
    on quadratics and small functions did not falsify it. Its gamma, I and kappa are eta, K and zeta
    here.
Limits: beta = 0 is Local SGD, but with K in place of K - 1: the bound is loose at K = 1.
"""

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, K, L, M, T, eta, sigma, zeta

(beta,) = symbols("momentum")
rest = 1 - beta

NONCONVEX = Bound(
    key="local_momentum_sgd.nonconvex",
    title="Local SGD with heavy ball, smooth non-convex, heterogeneous",
    algorithm="local_momentum_sgd",
    terms=(
        Term("optimisation", 2 * rest * Delta / (eta * T)),
        Term("statistical", L * eta * sigma**2 / (rest**2 * M)),
        Term("noise drift", 4 * L**2 * eta**2 * K * sigma**2 / rest**2),
        Term("heterogeneity drift", 9 * L**2 * eta**2 * K**2 * zeta**2 / rest**2),
    ),
    conditions=(eta * L * (1 + beta) / rest**2 <= 1, 6 * eta * L * K / rest <= 1),
    assumptions=STOCHASTIC - {Assumption.PLAIN_STEPS}
    | {
        Assumption.WORKERS_SMOOTH,
        Assumption.BOUNDED_HETEROGENEITY,
        Assumption.HEAVY_BALL_STEPS,
    },
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE),
    source=Source(
        key="yu2019linear",
        locator="Theorem 1",
        provenance=Provenance.RECALLED,
        note="the form with confidence, the constants without",
    ),
    standing=Standing.TRANSCRIBED,
)

BOUNDS = (NONCONVEX,)
