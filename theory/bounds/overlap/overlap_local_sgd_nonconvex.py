r"""Overlap-Local-SGD on smooth non-convex functions under heterogeneity.

Setting: that of local_sgd_nonconvex.py: every f_m L-smooth, mean_m |grad f_m - grad F|^2 <= zeta^2.
Method: overlap_local_sgd with plain steps, pull-back weight alpha in (0, 1) and anchor momentum 0;
    with any anchor momentum beta in [0, 1) in the momentum variant.
Bounds: upper, explicit; the mean over all steps of E |grad F(y_t)|^2 at the virtual sequence
    y_t = (1-alpha) x̄_t + alpha z, not at x̄_t. The sequence moves with step (1-alpha) eta, so the
    optimisation term carries 1/(1-alpha); at the start of a round x̄ = z = y. With momentum the
    point is ŷ_t, which moves with step (1-alpha)/(1-alpha beta) eta.
Source: derived in proofs/nonconvex/overlap_local_sgd_nonconvex.py, and
    overlap_local_sgd_momentum.py beside it. wang2020overlap, Theorem 1, has the same shape; its
    constants were not retrieved and are not quoted.
Limits: as alpha -> 0 the drift grows without bound; as alpha -> 1 the virtual sequence no longer
    moves. beta = 0 in the momentum variant gives the bound without momentum.
"""

from dataclasses import replace

import sympy as sp

from theory.bound import Standing
from theory.bounds.mixing_methods import OVERLAP_LOCAL_SGD, OVERLAP_MOMENTUM
from theory.notation.letters import L, M, T
from theory.tuning.corollary import tuned

NONCONVEX = OVERLAP_LOCAL_SGD.bound(
    "overlap_local_sgd.nonconvex",
    source="wang2020overlap",
    locator="Theorem 1, shape only",
    note="constants from Theorem G with the four numbers of the pull-back matrix",
    proof="overlap_local_sgd_nonconvex",
)
TUNED = tuned(
    NONCONVEX,
    "overlap_local_sgd.nonconvex.tuned",
    cap=OVERLAP_LOCAL_SGD.cap,
    proof="overlap_local_sgd_nonconvex",
)
LINEAR_SPEEDUP = NONCONVEX.at(
    "overlap_local_sgd.nonconvex.linear_speedup",
    "Overlap-Local-SGD, smooth non-convex, step size (1/L) sqrt(M/T)",
    step_size=sp.sqrt(M / T) / L,
)
SHARP = OVERLAP_LOCAL_SGD.bound(
    "overlap_local_sgd.nonconvex.sharp",
    source="wang2020overlap",
    locator="Theorem 1, shape only",
    note="constants from Theorem G* with the same numbers",
    proof="overlap_local_sgd_nonconvex_sharp",
    sharp=True,
)
MOMENTUM = OVERLAP_MOMENTUM.bound(
    "overlap_local_sgd.nonconvex.momentum",
    source="wang2020overlap",
    locator="the method with anchor momentum",
    note="constants from Theorem G with the four numbers of its round map",
    proof="overlap_local_sgd_momentum",
)
# tuned() would mark the corollary PROVED as its theorem is; no derivation of this tuning exists.
MOMENTUM_TUNED = replace(
    tuned(MOMENTUM, "overlap_local_sgd.nonconvex.momentum.tuned", cap=OVERLAP_MOMENTUM.cap),
    source=replace(MOMENTUM.source, note="follows from the theorem; the tuning is not replayed"),
    standing=Standing.TRANSCRIBED,
)

BOUNDS = (NONCONVEX, TUNED, LINEAR_SPEEDUP, SHARP, MOMENTUM, MOMENTUM_TUNED)
