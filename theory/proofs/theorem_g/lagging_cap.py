"""A step size up to which Theorem G's conditions hold for methods whose mean lags.

Their workers meet every round, so that C_w = K(K-1)/2, and sqrt(C_m) = K S_1 + c_0 sqrt(K(K-1)/2)
with c_0 >= |1 - c|, c = eta_hat/eta. The step size is 1/(2 L K (c + c_0 + S_1)).
"""

import sympy as sp

from theory.notation.letters import K, L, eta
from theory.proving.inferences import Combination, Root
from theory.proving.proof import Proof
from theory.proving.quantities import GENERIC, LATER_LIMIT, LOST
from theory.proving.steps import Hypothesis, Inequality

c, lost, later = GENERIC.effective_step, LOST, LATER_LIMIT
within = sp.sqrt(K * (K - 1) / 2)
total = c + lost + later
cap = 1 / (2 * L * K * total)
norm = K * later + lost * within

BELOW = Hypothesis("below the cap", "suppose that eta is at most the step size named", cap - eta)
LEAST = Hypothesis("lost", "suppose that c_0 >= 1 - c", lost - (1 - c))
TOTAL = Combination("total", "so c + c_0 + S_1 >= 1", total - 1, ((1, LEAST),))
DEVIATION = Combination(
    "condition i",
    "4 eta^2 L^2 K(K-1) <= (K-1)/K",
    1 - 4 * eta**2 * L**2 * K * (K - 1),
    (
        (4 * L**2 * K * (K - 1) * (cap + eta), BELOW),
        ((K - 1) * (total + 1) / (K * total**2), TOTAL),
    ),
)
SQUARED = Inequality("K squared", "K(K-1)/2 <= K^2", within**2, K**2)
ROOT = Root("K", "sqrt(K(K-1)/2) <= K", SQUARED, within, K, 2)
SHARE = Combination(
    "shares",
    "c/(2K) of c + c_0 + S_1, and the square of the root of C_m over K, leave something",
    (K * total) ** 2 - K * c * total / 2 - norm**2,
    ((2 * K * lost * later, ROOT),),
)
LAG = Combination(
    "condition ii",
    "L c eta and 4 eta^2 L^2 C_m together are at most 1",
    1 - (L * c * eta + 4 * eta**2 * L**2 * norm**2),
    ((L * c + 4 * L**2 * norm**2 * (cap + eta), BELOW), (1 / (K * total) ** 2, SHARE)),
)

PROOF = Proof(
    name="lagging_cap",
    title="a step size that Theorem G admits for methods whose mean lags",
    steps=(BELOW, LEAST, TOTAL, DEVIATION, SQUARED, ROOT, SHARE, LAG),
    proves=(DEVIATION, LAG),
)
