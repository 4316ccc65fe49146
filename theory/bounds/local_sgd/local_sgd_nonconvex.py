r"""Local SGD on smooth non-convex functions under heterogeneity.

Setting: every f_m L-smooth, F bounded below; unbiased gradients with variance sigma^2, independent
    across workers and steps; mean_m |grad f_m - grad F|^2 <= zeta^2.
Method: local_sgd with plain steps; K steps per worker and round, then all start from the mean.
Bounds: upper, explicit; the mean over all steps t < T = K R of E |grad F(x̄_t)|^2 at the mean
    iterate (also between communications), started from x_0. The sharp form adds the sources of
    drift as norms: up to eta = 1/(2 L K), its drift is at least 40% smaller with noise alone, and
    at least 70% smaller with heterogeneity alone.
Source: derived in proofs/nonconvex/local_sgd_nonconvex.py; exponents as koloskova2020unified,
    Theorem 2 with p = 1. The literature's constants differ.
Limits: K = 1 gives the bound of Minibatch SGD; sigma = 0 and zeta = 0 that of gradient descent.
"""

import sympy as sp

from theory.bounds.mixing_methods import LOCAL_SGD
from theory.notation.letters import L, M, T
from theory.tuning.corollary import tuned

NONCONVEX = LOCAL_SGD.bound(
    "local_sgd.nonconvex",
    source="koloskova2020unified",
    locator="Theorem 2 (p = 1), exponents only",
    note="constants from Theorem G with C_w = K(K-1)/2, N_w = (K-1)/2",
    proof="local_sgd_nonconvex",
)
TUNED = tuned(
    NONCONVEX, "local_sgd.nonconvex.tuned", cap=LOCAL_SGD.cap, proof="local_sgd_nonconvex"
)
LINEAR_SPEEDUP = NONCONVEX.at(
    "local_sgd.nonconvex.linear_speedup",
    "Local SGD, smooth non-convex, step size (1/L) sqrt(M/T)",
    step_size=sp.sqrt(M / T) / L,
)
SHARP = LOCAL_SGD.bound(
    "local_sgd.nonconvex.sharp",
    source="koloskova2020unified",
    locator="Theorem 2 (p = 1), exponents only",
    note="constants from Theorem G* with the same numbers",
    proof="local_sgd_nonconvex_sharp",
    sharp=True,
)

BOUNDS = (NONCONVEX, TUNED, LINEAR_SPEEDUP, SHARP)
