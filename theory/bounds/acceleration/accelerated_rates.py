r"""Rates of AC-SA: with large batches, on a single worker, and with local steps.

Setting: F convex and L-smooth, mu-strongly convex where a rate has mu; unbiased gradients with
    variance sigma^2, independent. With local steps every f_m is quadratic, all with one Hessian.
Method: AC-SA, N steps on one sequence. accelerated_minibatch_sgd takes N = R steps with the mean of
    M K gradients, single_machine_ac_sa N = K R steps with one gradient each, local_accelerated_sgd
    K R steps on every worker, with both sequences averaged once a round and steps counted across
    rounds.
Bounds: upper, up to constants; E F - inf F at the aggregated sequence after the last step, started
    from x_0. With mu the rule restarts in stages, and the rate starts from the gap F(x_0) - inf F.
Source: lan2012optimal, ghadimi2013optimal; woodworth2021minmax, equations 11 to 14 and Theorem 3;
    with mu woodworth2020minibatch, Theorem 2, and woodworth2020local. The bounds without .order
    have proved constants for the convex cases.
Limits: sigma = 0 gives L B^2 / N^2, the rate of accelerated gradient descent. No method with R
    rounds beats the better of the first two methods by more than a factor log^2 M if all workers
    share one function.
"""

import sympy as sp

from theory.assumptions import Assumption
from theory.bound import Provenance, Source
from theory.bounds.rates import (
    ALL_CONVEX,
    MEAN_CONVEX,
    one_worker,
    rate,
    statistical,
    statistical_curved,
)
from theory.measures import ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, Delta, L, R, T, mu, sigma

(N,) = symbols("num_steps")

_CURVED = MEAN_CONVEX | {Assumption.STRONGLY_CONVEX}
_QUADRATIC = ALL_CONVEX | {Assumption.QUADRATIC}
_LAST = ReportPoint.LAST_AGGREGATE
_EXPONENT = "a constant in the exponent is hidden and written as 1"
_STAGES = f"several stages, each of AC-SA from where the last one ended; {_EXPONENT}"

LAN = rate(
    "ac_sa.convex.order",
    "AC-SA, smooth convex, rate",
    {"optimisation": L * B**2 / N**2, "statistical": sigma * B / sp.sqrt(N)},
    assumptions=MEAN_CONVEX,
    at=_LAST,
    source=Source(
        "lan2012optimal",
        "Corollary 1",
        Provenance.RESTATED,
        "restated in woodworth2021minmax, equation 11; N steps, num_steps here",
    ),
)

MULTISTAGE = rate(
    "ac_sa.strongly_convex.multistage",
    "Multistage AC-SA, smooth and strongly convex, rate",
    {"optimisation": Delta * sp.exp(-sp.sqrt(mu / L) * N), "statistical": sigma**2 / (mu * N)},
    assumptions=_CURVED,
    at=_LAST,
    source=Source(
        "ghadimi2013optimal",
        "multistage AC-SA, for a budget of N steps",
        Provenance.RECALLED,
        f"recalled with confidence; {_STAGES}",
    ),
)

MINIBATCH = rate(
    "accelerated_minibatch_sgd.convex.order",
    "Accelerated Minibatch SGD, smooth convex, rate",
    {"optimisation": L * B**2 / R**2, "statistical": statistical},
    assumptions=MEAN_CONVEX,
    at=_LAST,
    source=Source("woodworth2021minmax", "equation 12", Provenance.READ),
)

MINIBATCH_STRONGLY_CONVEX = rate(
    "accelerated_minibatch_sgd.strongly_convex.order",
    "Accelerated Minibatch SGD, smooth and strongly convex, rate",
    {"optimisation": Delta * sp.exp(-sp.sqrt(mu / L) * R), "statistical": statistical_curved},
    assumptions=_CURVED,
    at=_LAST,
    source=Source(
        "woodworth2020minibatch",
        "Theorem 2, strongly convex",
        Provenance.RESTATED,
        f"restated in patel2024limits, Table 1; {_STAGES}",
    ),
)

ONE_WORKER = rate(
    "single_machine_ac_sa.convex.order",
    "AC-SA on one worker, smooth convex, rate",
    {"optimisation": L * B**2 / T**2, "statistical": one_worker},
    assumptions=MEAN_CONVEX | {Assumption.HOMOGENEOUS},
    at=_LAST,
    source=Source("woodworth2021minmax", "equation 13", Provenance.READ),
)

BEST = rate(
    "minimax_ac_sa.convex_homogeneous.order",
    "The better of Accelerated Minibatch SGD and AC-SA on one worker, smooth convex, rate",
    {"better of the two": sp.Min(MINIBATCH.expression, ONE_WORKER.expression)},
    assumptions=MEAN_CONVEX | {Assumption.HOMOGENEOUS},
    at=_LAST,
    source=Source(
        "woodworth2021minmax",
        "Theorem 3",
        Provenance.READ,
        "large batches where K <= sigma^2 R^3/(L B)^2, one worker elsewhere",
    ),
)

LOCAL_QUADRATIC = rate(
    "local_accelerated_sgd.quadratic.order",
    "Local Accelerated SGD, convex quadratics with one Hessian, rate",
    {"optimisation": L * B**2 / T**2, "statistical": statistical},
    assumptions=_QUADRATIC,
    at=_LAST,
    source=Source(
        "woodworth2020local",
        "Theorem 1 and Corollary 1",
        Provenance.RESTATED,
        "restated in woodworth2021minmax, equation 14",
    ),
)

LOCAL_QUADRATIC_STRONGLY_CONVEX = rate(
    "local_accelerated_sgd.strongly_convex_quadratic.order",
    "Local Accelerated SGD, strongly convex quadratics with one Hessian, rate",
    {"optimisation": Delta * sp.exp(-sp.sqrt(mu / L) * T), "statistical": statistical_curved},
    assumptions=_QUADRATIC | {Assumption.STRONGLY_CONVEX},
    at=_LAST,
    source=Source(
        "woodworth2020local",
        "Corollary 1, strongly convex",
        Provenance.RECALLED,
        f"recalled with confidence; {_STAGES}",
    ),
)

BOUNDS = (
    LAN,
    MULTISTAGE,
    MINIBATCH,
    MINIBATCH_STRONGLY_CONVEX,
    ONE_WORKER,
    BEST,
    LOCAL_QUADRATIC,
    LOCAL_QUADRATIC_STRONGLY_CONVEX,
)
