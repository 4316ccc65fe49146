"""Lemma L-E: what error feedback remembers stays small, on average over rounds.

In a round p = e + eta g is compressed and e+ = p - C(p) remembered, e = 0 at first. Means are over
workers and rounds, of what each of them remembers; one worker's p may as well be the mean of all.
The share is that of the square which a compression keeps at least.
"""

import sympy as sp

from theory.notation import symbols
from theory.notation.letters import R, eta
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.inferences import Averaged, Combination
from theory.proving.least_and_greatest import Product
from theory.proving.proof import Proof
from theory.proving.quantities import RESIDUAL
from theory.proving.steps import Hypothesis, Instance, Square

(G,) = symbols("gradient_bound")
share = sp.Symbol("delta", positive=True)
e, gradient = vector("e"), vector("g")
COMPRESSED = e + eta * gradient
AFTER = scalar("E|e+|^2")
squared, last = scalar("avg mean |g_m|^2"), scalar("mean |e_m,R|^2")

SHARE = Hypothesis("share", "suppose delta <= 1", 1 - share)
CONTRACTED = Hypothesis(
    "contraction",
    "suppose E|C(p) - p|^2 <= (1 - delta) |p|^2",
    (1 - share) * COMPRESSED**2 - AFTER,
)
YOUNG = Square(
    "Young",
    "(1 - delta) |e + eta g|^2 <= (1 - delta/2) |e|^2 + (1 - delta)(2/delta - 1) |eta g|^2",
    (1 - share / 2) * e**2
    + (1 - share) * (2 / share - 1) * (eta * gradient) ** 2
    - (1 - share) * COMPRESSED**2,
    (share * e - 2 * (1 - share) * eta * gradient) ** 2 / (2 * share),
)
ONE_ROUND = Combination(
    "one round",
    "a round keeps less than all of |e|^2, and adds the gradient",
    (1 - share / 2) * e**2 + (1 - share) * (2 / share - 1) * eta**2 * gradient**2 - AFTER,
    ((1, YOUNG), (1, CONTRACTED)),
)
AVERAGED = Averaged(
    "average over rounds",
    "averaged over workers and r < R, so that |e+|^2 averages to that of |e|^2 + |e_R|^2/R",
    ONE_ROUND,
    ((e**2, RESIDUAL), (gradient**2, squared), (AFTER, RESIDUAL + last / R)),
)
BOUNDED = Instance("gradients", "gradients are bounded", Rule.GRADIENT_BOUND, (squared, G))
ONCE = Product("gradients, once", "times 1 - delta", SHARE, BOUNDED)
TWICE = Product("gradients, twice", "and once more", SHARE, ONCE)
RESULT = Combination(
    "error_feedback_memory",
    "so avg mean |e_m|^2 <= 4 (1 - delta) eta^2 G^2/delta^2",
    4 * (1 - share) * eta**2 * G**2 / share**2 - RESIDUAL,
    (
        (2 / share, AVERAGED),
        (2 * eta**2 / share**2, ONCE),
        (2 * eta**2 / share**2, TWICE),
        (2 * eta**2 * G**2 / share, SHARE),
    ),
)

PROOF = Proof(
    name="error_feedback_memory",
    title="what error feedback remembers, on average over rounds",
    steps=(
        SHARE,
        CONTRACTED,
        YOUNG,
        ONE_ROUND,
        AVERAGED,
        BOUNDED,
        ONCE,
        TWICE,
        RESULT,
    ),
    proves=(RESULT,),
)
