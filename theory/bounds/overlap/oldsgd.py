r"""OLDSGD, gossip that overlaps with local steps, on smooth non-convex functions.

Setting: that of local_sgd_nonconvex.py: every f_m L-smooth, mean_m |grad f_m - grad F|^2 <= zeta^2;
    the mixing matrix W is symmetric with rows that add up to 1, and zeta_W < 1 is the largest
    modulus of its other eigenvalues.
Method: oldsgd with plain steps, over a topology with such a matrix, the same at every round.
Bounds: upper, explicit; the mean over all steps t < T = K R of E |grad F(x̄_t)|^2 at the mean
    iterate, which moves as in Local SGD, started from x_0.
Source: derived in proofs/nonconvex/oldsgd_nonconvex.py. zhou2026oldsgd has the method.
Limits: zeta_W = 0, the complete graph, gives CoCoD-SGD's bound; as zeta_W -> 1 the drift grows
    without bound.
"""

from theory.bounds.mixing_methods import OLDSGD
from theory.tuning.corollary import tuned

NONCONVEX = OLDSGD.bound(
    "oldsgd.nonconvex",
    source="zhou2026oldsgd",
    locator="the method",
    note="constants from Theorem G with weights W^(n-1), n rounds later",
    proof="oldsgd_nonconvex",
)
TUNED = tuned(NONCONVEX, "oldsgd.nonconvex.tuned", cap=OLDSGD.cap, proof="oldsgd_nonconvex")

BOUNDS = (NONCONVEX, TUNED)
