r"""FetchSGD: momentum and error feedback inside count sketches; a bound in orders.

Setting: F L-smooth and bounded below; unbiased gradients, variance sigma^2, E|g_m|^2 <= G^2. The
    coordinates recovered from the sketched error hold at least the share tau = contraction of its
    squared norm in every step, the first of the two scenarios of the paper.
Method: fetch_sgd, M = K = 1 in the statement, R steps of a size of order
    (1 - momentum)/(L sqrt(R)).
Bounds: upper, in orders; the least over rounds of E |grad F(x_r)|^2, from x_0.
Source: rothchild2020fetchsgd, Theorem 1, recalled with little confidence. Its second scenario, of
    heavy coordinates within a sliding window, has a slower rate and is not encoded.
Limits: for large R the first two terms remain, those of SGD in terms of G.
"""

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Constants, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, L, R, sigma

delta, G = symbols("contraction", "gradient_bound")

NONCONVEX = Bound(
    key="fetch_sgd.nonconvex",
    title="FetchSGD, smooth non-convex, in orders",
    algorithm="fetch_sgd",
    terms=(
        Term("optimisation", L * Delta / sp.sqrt(R)),
        Term("second moment", (G**2 + sigma**2) / sp.sqrt(R)),
        Term("memory", G**2 / (delta**2 * R)),
    ),
    conditions=(),
    assumptions=STOCHASTIC
    | {Assumption.SMOOTH, Assumption.BOUNDED_GRADIENTS, Assumption.CONTRACTION},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.BEST_ROUND),
    source=Source(
        key="rothchild2020fetchsgd",
        locator="Theorem 1",
        provenance=Provenance.RECALLED,
        note="with little confidence, beyond the order 1/sqrt(R); the sketch has a size of order "
        "log(d R/failure)/tau, with failure the probability that it fails",
    ),
    standing=Standing.TRANSCRIBED,
    constants=Constants.ORDER,
    increasing=("smoothness", "gradient_noise", "gradient_bound", "initial_gap"),
    decreasing=("num_rounds", "contraction"),
)

BOUNDS = (NONCONVEX,)
