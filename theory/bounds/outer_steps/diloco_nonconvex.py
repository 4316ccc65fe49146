r"""DiLoCo with SGD steps inside, on smooth non-convex functions under heterogeneity.

Setting: that of local_sgd_nonconvex.py: every f_m L-smooth, mean_m |grad f_m - grad F|^2 <= zeta^2.
Method: diloco around local_sgd with plain steps, not the AdamW steps of the paper: d = x_r - mean x
    after K steps, u <- beta u + d, x_{r+1} = x_r - lambda (d + beta u).
Bounds: upper, explicit; the mean over all steps t < T = K R of E |grad F(ŷ_t)|^2 at the combination
    of the state that only gradients move, ŷ = c x̄ + (1-c) x_r - lambda beta^2/(1-beta) u with
    c = lambda/(1-beta). It moves with step c eta: 7 eta for the paper's lambda = 0.7, beta = 0.9.
Source: derived in proofs/nonconvex/diloco_nonconvex.py. douillard2023diloco has the method and no
    theorem.
Limits: lambda = 1 and beta = 0 give Local SGD's bound; as beta -> 1 at fixed lambda, c and with it
    the bound grow without end.
"""

from theory.bounds.mixing_methods import DILOCO
from theory.tuning.corollary import tuned

NONCONVEX = DILOCO.bound(
    "diloco.nonconvex",
    source="douillard2023diloco",
    locator="Algorithm 1, the method",
    note="constants from Theorem G with lag weights c beta^(n+1), n rounds later",
    proof="diloco_nonconvex",
)
TUNED = tuned(NONCONVEX, "diloco.nonconvex.tuned", cap=DILOCO.cap, proof="diloco_nonconvex")

BOUNDS = (NONCONVEX, TUNED)
