r"""SlowMo around Local SGD on smooth non-convex functions under heterogeneity.

Setting: that of local_sgd_nonconvex.py: every f_m L-smooth, mean_m |grad f_m - grad F|^2 <= zeta^2.
Method: slowmo around local_sgd with plain steps; u <- beta u + (x_r - mean_m x_m)/eta and
    x_{r+1} = x_r - a eta u after K steps from x_r. a = 1 is BMUF (chen2016bmuf), beta = 0 with one
    worker and a <= 1 is Lookahead (zhang2019lookahead).
Bounds: upper, explicit; the mean over all steps t < T = K R of E |grad F(ŷ_t)|^2 at the combination
    of the state that only gradients move, ŷ = c x̄ + (1-c) x_r - c beta eta u with
    c = a/(1-beta). It moves with step c eta, so the optimisation term carries 1/c.
Source: derived in proofs/nonconvex/slowmo_nonconvex.py. wang2020slowmo, Theorem 1, has the same
    shape, at the mean iterate.
Limits: a = 1 and beta = 0 give Local SGD's bound; as beta -> 1 at fixed a, c and with it the bound
    grow without end.
"""

from theory.bounds.mixing_methods import BMUF, LOOKAHEAD, SLOWMO
from theory.tuning.corollary import tuned

_NOTE = "constants from Theorem G with lag weights c beta^n, n rounds later"

NONCONVEX = SLOWMO.bound(
    "slowmo.nonconvex",
    source="wang2020slowmo",
    locator="Algorithm 1, the method",
    note=_NOTE,
    proof="slowmo_nonconvex",
)
TUNED = tuned(NONCONVEX, "slowmo.nonconvex.tuned", cap=SLOWMO.cap, proof="slowmo_nonconvex")
BLOCKWISE = BMUF.bound(
    "slowmo.nonconvex.bmuf",
    source="chen2016bmuf",
    locator="the method",
    note=f"slowmo.nonconvex at one value; {_NOTE}",
)
AHEAD = LOOKAHEAD.bound(
    "slowmo.nonconvex.lookahead",
    source="zhang2019lookahead",
    locator="the method",
    note=f"slowmo.nonconvex at one value; {_NOTE}",
)

BOUNDS = (NONCONVEX, TUNED, BLOCKWISE, AHEAD)
