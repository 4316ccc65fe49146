r"""Decentralized SGD with local steps on smooth non-convex functions.

Setting: that of local_sgd_nonconvex.py: every f_m L-smooth, mean_m |grad f_m - grad F|^2 <= zeta^2;
    the mixing matrix W is symmetric with rows that add up to 1, and zeta_W < 1 is the largest
    modulus of its other eigenvalues.
Method: decentralized_sgd with plain steps, over a topology with such a matrix, the same at every
    communication; workers mix once after every K steps.
Bounds: upper, explicit; the mean over all steps t < T = K R of E |grad F(x̄_t)|^2 at the mean
    iterate, from x_0.
Source: derived in proofs/nonconvex/decentralized_sgd_nonconvex.py. wang2021cooperative, Theorem 2,
    bounds the same method by twice its homogeneous bound plus a term in zeta^2.
Limits: zeta_W = 0, the complete graph, gives Local SGD's bound; as zeta_W -> 1 the drift grows
    without bound. With zeta_W = 1 - alpha deviations have the weights of Overlap-Local-SGD, whose
    mean iterate lags in addition.
"""

from theory.bounds.mixing_methods import DECENTRALIZED_SGD
from theory.tuning.corollary import tuned

NONCONVEX = DECENTRALIZED_SGD.bound(
    "decentralized_sgd.nonconvex",
    source="wang2021cooperative",
    locator="A(tau, W, v) at v = 0, the method",
    note="constants from Theorem G with weights W^n, n rounds later",
    proof="decentralized_sgd_nonconvex",
)
TUNED = tuned(
    NONCONVEX,
    "decentralized_sgd.nonconvex.tuned",
    cap=DECENTRALIZED_SGD.cap,
    proof="decentralized_sgd_nonconvex",
)

BOUNDS = (NONCONVEX, TUNED)
