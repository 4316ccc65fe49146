r"""Overlap-Local-SGD (no anchor momentum) on smooth non-convex functions under heterogeneity.

Setting: as local_sgd_nonconvex.
Method: overlap_local_sgd with plain steps and anchor momentum 0; pull-back weight alpha in (0, 1).
Bounds: upper, explicit; the mean over all steps of E |grad F(y_t)|^2 at the virtual sequence
    y_t = (1-alpha) x̄_t + alpha z, not at x̄_t. The sequence moves with step (1-alpha) eta, so the
    optimisation term carries 1/(1-alpha); at the start of a round x̄ = z = y.
Source: derived in theory/proofs/overlap_local_sgd_nonconvex.py. wang2020overlap, Theorem 1, has the
    same shape; its constants were not retrieved and are not quoted.
Limits: alpha -> 0 loses consensus (drift grows without bound), alpha -> 1 stands still.
"""

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.letters import Delta, K, L, M, T, eta, sigma, zeta
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.tuning import tuned

(alpha,) = symbols("pullback")
rho = 1 - alpha
C_w = (sp.sqrt(K * (K - 1) / 2) + K * rho / alpha) ** 2
noise_weight = (1 - 1 / M) * (K * (1 + rho**2) / (1 - rho**2) - 1) + alpha**2 * (K - 1) / M

NONCONVEX = Bound(
    key="overlap_local_sgd.nonconvex",
    title="Overlap-Local-SGD, smooth non-convex, heterogeneous",
    algorithm="overlap_local_sgd",
    terms=(
        Term("optimisation", 2 * Delta / ((1 - alpha) * eta * T)),
        Term("statistical", (1 - alpha) * eta * L * sigma**2 / M),
        Term("noise drift", 2 * L**2 * eta**2 * noise_weight * sigma**2),
        Term("heterogeneity drift", 8 * L**2 * eta**2 * C_w * zeta**2),
    ),
    conditions=(
        8 * eta**2 * L**2 * C_w <= 1,
        (1 - alpha) * eta * L + 2 * alpha**2 * eta**2 * L**2 * K * (K - 1) <= 1,
    ),
    assumptions=STOCHASTIC | {Assumption.WORKERS_SMOOTH, Assumption.HETEROGENEITY_AT_REPORT_POINT},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ANCHORED_MEAN),
    source=Source(
        key="wang2020overlap",
        locator="Theorem 1, shape only",
        provenance=Provenance.DERIVED,
        note="constants from Theorem G with the four numbers of the pull-back matrix",
    ),
    standing=Standing.PROVED,
    fixes=(("anchor_momentum", 0.0),),
    proof="overlap_local_sgd_nonconvex",
)

TUNED = tuned(
    NONCONVEX,
    "overlap_local_sgd.nonconvex.tuned",
    cap=alpha / (3 * L * K),
    proof="overlap_local_sgd_nonconvex",
)
LINEAR_SPEEDUP = NONCONVEX.at(
    "overlap_local_sgd.nonconvex.linear_speedup",
    "Overlap-Local-SGD, smooth non-convex, step size (1/L) sqrt(M/T)",
    step_size=sp.sqrt(M / T) / L,
)

BOUNDS = (NONCONVEX, TUNED, LINEAR_SPEEDUP)
