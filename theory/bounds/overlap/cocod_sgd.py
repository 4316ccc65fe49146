r"""CoCoD-SGD on smooth non-convex functions under heterogeneity.

Setting: that of local_sgd_nonconvex.py: every f_m L-smooth, mean_m |grad f_m - grad F|^2 <= zeta^2.
Method: cocod_sgd with plain steps; a worker starts every round from the average of the starts of
    the round before, plus the steps that it took itself in that round.
Bounds: upper, explicit; the mean over all steps t < T = K R of E |grad F(x̄_t)|^2 at the mean
    iterate, which moves as in Local SGD, started from x_0.
Source: derived in proofs/nonconvex/cocod_sgd_nonconvex.py. shen2019cocod has the method; its rate
    was recalled, not read, and is not quoted.
Limits: K = 1 is D-PSGD as printed on the complete graph, where each worker takes its step from its
    own point before it receives the mean, so that drift does not vanish; sigma = 0 and zeta = 0
    give the bound of gradient descent. For large K the drift by heterogeneity is (1 + sqrt 2)^2 =
    5.8 times that of Local SGD.
"""

from theory.bounds.mixing_methods import COCOD_SGD
from theory.tuning.corollary import tuned

NONCONVEX = COCOD_SGD.bound(
    "cocod_sgd.nonconvex",
    source="shen2019cocod",
    locator="the method",
    note="constants from Theorem G with C_w = (sqrt(K(K-1)/2) + K)^2, N_w = K + (K-1)/2",
    proof="cocod_sgd_nonconvex",
)
TUNED = tuned(
    NONCONVEX, "cocod_sgd.nonconvex.tuned", cap=COCOD_SGD.cap, proof="cocod_sgd_nonconvex"
)

BOUNDS = (NONCONVEX, TUNED)
