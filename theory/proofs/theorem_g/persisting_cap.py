"""A step size that Theorem G admits where deviations outlive a round and the mean lags.

sqrt(C_w) = F + K (1-alpha)/alpha with F = sqrt(K(K-1)/2), and sqrt(C_m) = K S_1 + c_0 F, with c_0
and c = eta_hat/eta at most 1. The step size is alpha/(3 L K (1 + alpha S_1)).
"""

import sympy as sp

from theory.notation.letters import K, L, eta
from theory.proving.inferences import Combination, Root
from theory.proving.proof import Proof
from theory.proving.quantities import GENERIC, LATER_LIMIT, LOST, alpha
from theory.proving.steps import Hypothesis, Inequality

c, lost, later = GENERIC.effective_step, LOST, LATER_LIMIT
within = sp.sqrt(K * (K - 1) / 2)
norm, lag_norm = within + K * (1 - alpha) / alpha, K * later + lost * within
total = 1 + alpha * later
cap = alpha / (3 * L * K * total)

BELOW = Hypothesis("below the cap", "suppose that eta is at most the step size named", cap - eta)
SLOWER = Hypothesis("slower", "suppose that c <= 1", 1 - c)
LOSS = Hypothesis("loss", "suppose that c_0 <= 1", 1 - lost)
SQUARED = Inequality("K squared", "K(K-1)/2 <= K^2", within**2, K**2)
ROOT = Root("K", "F <= K", SQUARED, within, K, 2)
WEIGHTS = Combination(
    "norm",
    "C_w <= (K/alpha)^2",
    (K / alpha) ** 2 - norm**2,
    ((K / alpha + norm, ROOT),),
)
LAGS = Combination(
    "lag norm",
    "c_0 F <= K/alpha, so that sqrt(C_m) <= K (1 + alpha S_1)/alpha",
    K * total / alpha - lag_norm,
    ((within, LOSS), (1, ROOT)),
)
LAGS_SQUARED = Combination(
    "lag norm squared",
    "so are the squares",
    (K * total / alpha) ** 2 - lag_norm**2,
    ((K * total / alpha + lag_norm, LAGS),),
)
SQUARES = Combination(
    "cap squared",
    "eta^2 <= cap^2",
    cap**2 - eta**2,
    ((cap + eta, BELOW),),
)
DEVIATION = Combination(
    "condition i",
    "8 eta^2 L^2 C_w <= 8/9",
    1 - 8 * eta**2 * L**2 * norm**2,
    ((8 * eta**2 * L**2, WEIGHTS), (8 * L**2 * (K / alpha) ** 2, SQUARES)),
)
LAG = Combination(
    "condition ii",
    "L c eta <= 1/3 and 4 eta^2 L^2 C_m <= 4/9",
    1 - (L * c * eta + 4 * eta**2 * L**2 * lag_norm**2),
    (
        (L * eta, SLOWER),
        (L, BELOW),
        (4 * eta**2 * L**2, LAGS_SQUARED),
        (4 * L**2 * (K * total / alpha) ** 2, SQUARES),
    ),
)

PROOF = Proof(
    name="persisting_cap",
    title="a step size that Theorem G admits where deviations persist and the mean lags",
    steps=(
        BELOW,
        SLOWER,
        LOSS,
        SQUARED,
        ROOT,
        WEIGHTS,
        LAGS,
        LAGS_SQUARED,
        SQUARES,
        DEVIATION,
        LAG,
    ),
    proves=(DEVIATION, LAG),
)
