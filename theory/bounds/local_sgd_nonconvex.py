r"""Local SGD on smooth non-convex functions under heterogeneity.

Setting: every f_m L-smooth, F bounded below; unbiased gradients with variance sigma^2, independent
    across workers and steps; mean_m |grad f_m - grad F|^2 <= zeta^2.
Method: local_sgd with plain steps; K steps per worker and round, then all start from the mean.
Bounds: upper, explicit; the mean over all steps t < T = K R of E |grad F(x̄_t)|^2 at the mean
    iterate (also between communications), from x_0.
Source: derived in theory/proofs/local_sgd_nonconvex.py; exponents as koloskova2020unified,
    Theorem 2 with p = 1. The literature's constants differ.
Limits: K = 1 gives Minibatch SGD's bound; sigma = 0 and zeta = 0 give gradient descent's.
"""

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.letters import Delta, K, L, M, T, eta, sigma, zeta
from theory.measures import Measure, Quantity, ReportPoint
from theory.tuning import tuned

NONCONVEX = Bound(
    key="local_sgd.nonconvex",
    title="Local SGD, smooth non-convex, heterogeneous",
    algorithm="local_sgd",
    terms=(
        Term("optimisation", 2 * Delta / (eta * T)),
        Term("statistical", eta * L * sigma**2 / M),
        Term("noise drift", 2 * L**2 * eta**2 * (K - 1) * (1 - 1 / M) * sigma**2),
        Term("heterogeneity drift", 4 * L**2 * eta**2 * K * (K - 1) * zeta**2),
    ),
    conditions=(eta * L <= 1, 4 * eta**2 * L**2 * K * (K - 1) <= 1),
    assumptions=STOCHASTIC | {Assumption.WORKERS_SMOOTH, Assumption.HETEROGENEITY_AT_REPORT_POINT},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE),
    source=Source(
        key="koloskova2020unified",
        locator="Theorem 2 (p = 1), exponents only",
        provenance=Provenance.DERIVED,
        note="constants from Theorem G with C_w = K(K-1)/2, N_w = (K-1)/2",
    ),
    standing=Standing.PROVED,
    proof="local_sgd_nonconvex",
)

TUNED = tuned(
    NONCONVEX, "local_sgd.nonconvex.tuned", cap=1 / (2 * L * K), proof="local_sgd_nonconvex"
)
LINEAR_SPEEDUP = NONCONVEX.at(
    "local_sgd.nonconvex.linear_speedup",
    "Local SGD, smooth non-convex, step size (1/L) sqrt(M/T)",
    step_size=sp.sqrt(M / T) / L,
)

BOUNDS = (NONCONVEX, TUNED, LINEAR_SPEEDUP)
