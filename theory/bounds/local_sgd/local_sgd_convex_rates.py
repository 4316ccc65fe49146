r"""Local SGD on convex functions: rates, that is, bounds up to constant factors.

Setting: every f_m convex and L-smooth, F mu-strongly convex where a rate has mu; unbiased gradients
    with variance sigma^2, independent. Workers share one function (homogeneous), have gradients
    that differ from grad F by at most zeta_max everywhere (heterogeneous) or by zeta_* at x*
    (at_optimum), or have quadratics with one Hessian (quadratic).
Method: local_sgd with plain steps; K steps per worker and round, then all start from the mean. Step
    sizes are tuned for the horizon; with mu they decrease over time in some of the sources.
Bounds: upper, up to constants; E F - inf F at the mean of all iterates over workers and steps, or
    with mu at a weighted mean of them, started from x_0.
Source: woodworth2020local (homogeneous, quadratic), woodworth2020minibatch (heterogeneous),
    koloskova2020unified (at_optimum), mostly as patel2024limits restates them; their texts were not
    read. The bounds without .order have proved constants for the convex cases.
Limits: the homogeneous rate is never below the smaller of those of Minibatch SGD and one worker,
    since (noise drift)^3 = (L B^2/R) (sigma^2 B^2/(K R)). Drift is written with K, not K - 1, so
    that some of it remains at K = 1.
"""

import sympy as sp

from theory.assumptions import Assumption
from theory.bound import Provenance, Source
from theory.bounds.rates import (
    PLAIN_CONVEX,
    THIRD,
    noise_drift,
    noise_drift_curved,
    one_worker,
    one_worker_curved,
    rate,
    statistical,
    statistical_curved,
    zeta_drift,
    zeta_drift_curved,
)
from theory.measures import ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, K, L, M, R, T, mu, sigma, zeta_star

(zeta_max,) = symbols("greatest_heterogeneity")

_SAME = PLAIN_CONVEX | {Assumption.HOMOGENEOUS}
_BOUNDED = PLAIN_CONVEX | {Assumption.GREATEST_HETEROGENEITY}
_AT_OPTIMUM = PLAIN_CONVEX | {Assumption.HETEROGENEITY_AT_OPTIMUM}
_CURVED = frozenset({Assumption.STRONGLY_CONVEX})
_FALLING = frozenset({Assumption.PLAIN_STEPS})
"""The assumption of one constant step size, removed where step sizes decrease over time."""
_MEAN, _WEIGHTED = ReportPoint.AVERAGE_ITERATE, ReportPoint.WEIGHTED_AVERAGE
_TABLE = "restated in the tables of patel2024limits"
_EXPONENT = "a constant in the exponent is hidden and written as 1"

# Each of these step sizes balances the optimisation term with one of the terms in eta or eta^2.
_drift_step = (B**2 / (L * sigma**2 * K * T)) ** THIRD
_steps = (B * sp.sqrt(M / T) / sigma, _drift_step)

HOMOGENEOUS = rate(
    "local_sgd.convex_homogeneous.order",
    "Local SGD, smooth convex, homogeneous, rate",
    {
        "optimisation": L * B**2 / T,
        "noise": sp.Min(statistical + noise_drift, one_worker),
    },
    assumptions=_SAME,
    at=_MEAN,
    # Unevaluated, as in all rates: sympy may compare symbols wrongly (notation/substitution.py).
    step_size=sp.Min(1 / (4 * L), *_steps, evaluate=False),
    source=Source(
        "woodworth2020local",
        "Theorem 2, convex",
        Provenance.RESTATED,
        f"{_TABLE}; the step size is recalled, has its third entry where K, M > 1 only, and gives "
        "the first branch; one worker's takes B/(sigma sqrt(T)) where that is larger",
    ),
)

HOMOGENEOUS_STRONGLY_CONVEX = rate(
    "local_sgd.strongly_convex_homogeneous.order",
    "Local SGD, smooth and strongly convex, homogeneous, rate",
    {
        "optimisation": L * B**2 * sp.exp(-mu * T / (4 * L)),
        "noise": sp.Min(
            statistical_curved + noise_drift_curved * sp.log(9 + mu * T / L), one_worker_curved
        ),
    },
    assumptions=(_SAME | _CURVED) - _FALLING,
    at=_WEIGHTED,
    source=Source(
        "woodworth2020local",
        "Theorem 2, strongly convex",
        Provenance.RESTATED,
        "the rate as later work restates it; the form of the logarithm is recalled; steps of "
        "1/(4 L) for the first half, then 2/(8 L + mu (t - T/2))",
    ),
)

QUADRATIC = rate(
    "local_sgd.quadratic.order",
    "Local SGD, convex quadratics with one Hessian, rate",
    {"optimisation": L * B**2 / T, "statistical": statistical},
    assumptions=PLAIN_CONVEX | {Assumption.QUADRATIC},
    at=_MEAN,
    step_size=sp.Min(1 / L, _steps[0], evaluate=False),
    source=Source(
        "woodworth2020local",
        "Theorem 1 and Corollary 1",
        Provenance.RESTATED,
        "restated in woodworth2021minmax, equation 14, and patel2024limits, Remark 14: K R steps "
        "of SGD with variance sigma^2/M, as for every method that is linear in its gradients",
    ),
)

QUADRATIC_STRONGLY_CONVEX = rate(
    "local_sgd.strongly_convex_quadratic.order",
    "Local SGD, strongly convex quadratics with one Hessian, rate",
    {"optimisation": L * B**2 * sp.exp(-mu * T / L), "statistical": statistical_curved},
    assumptions=(PLAIN_CONVEX | {Assumption.QUADRATIC} | _CURVED) - _FALLING,
    at=_WEIGHTED,
    source=Source(
        "woodworth2020local",
        "Corollary 1, strongly convex",
        Provenance.RECALLED,
        f"recalled with confidence; {_EXPONENT}",
    ),
)

HETEROGENEOUS = rate(
    "local_sgd.convex_heterogeneous.order",
    "Local SGD, smooth convex, heterogeneous, rate",
    {
        "optimisation": L * B**2 / T,
        "statistical": statistical,
        "noise drift": noise_drift,
        "heterogeneity drift": zeta_drift(zeta_max),
    },
    assumptions=_BOUNDED,
    at=_MEAN,
    step_size=sp.Min(
        1 / (4 * L),
        *_steps,
        (B**2 / (L * zeta_max**2 * K**2 * T)) ** THIRD,
        evaluate=False,
    ),
    source=Source(
        "woodworth2020minibatch",
        "Theorem 5, convex",
        Provenance.RESTATED,
        f"{_TABLE}; the step size is the one that balances these terms",
    ),
)

HETEROGENEOUS_STRONGLY_CONVEX = rate(
    "local_sgd.strongly_convex_heterogeneous.order",
    "Local SGD, smooth and strongly convex, heterogeneous, rate",
    {
        "optimisation": L**2 * B**2 / (L * T + mu * T**2),
        "statistical": statistical_curved,
        "noise drift": noise_drift_curved,
        "heterogeneity drift": zeta_drift_curved(zeta_max),
    },
    assumptions=(_BOUNDED | _CURVED) - _FALLING,
    at=_WEIGHTED,
    source=Source(
        "woodworth2020minibatch",
        "Theorem 5, strongly convex",
        Provenance.RESTATED,
        "restated in patel2024limits, Table 2, as read with L B^2/(L K R + mu K^2 R^2), whose "
        "units do not balance: one factor of L added; logarithms of both drifts are hidden",
    ),
)

AT_OPTIMUM = rate(
    "local_sgd.convex_at_optimum.order",
    "Local SGD, smooth convex, heterogeneous at the optimum, rate",
    {
        "optimisation": L * B**2 / R,
        "statistical": statistical,
        "noise drift": noise_drift,
        "heterogeneity drift": zeta_drift(zeta_star),
    },
    assumptions=_AT_OPTIMUM,
    at=_MEAN,
    step_size=sp.Min(
        1 / (6 * L * K),
        *_steps,
        (B**2 / (L * zeta_star**2 * K**2 * T)) ** THIRD,
        evaluate=False,
    ),
    source=Source(
        "koloskova2020unified",
        "Theorem 2 (p = 1), convex",
        Provenance.RESTATED,
        f"{_TABLE}; the step size is the one that balances these terms",
    ),
)

AT_OPTIMUM_STRONGLY_CONVEX = rate(
    "local_sgd.strongly_convex_at_optimum.order",
    "Local SGD, smooth and strongly convex, heterogeneous at the optimum, rate",
    {
        "optimisation": L * K * B**2 * sp.exp(-mu * R / L),
        "statistical": statistical_curved,
        "noise drift": noise_drift_curved,
        "heterogeneity drift": zeta_drift_curved(zeta_star),
    },
    assumptions=_AT_OPTIMUM | _CURVED,
    at=_WEIGHTED,
    source=Source(
        "koloskova2020unified",
        "Theorem 2 (p = 1), strongly convex",
        Provenance.RECALLED,
        f"recalled with confidence; logarithms are hidden; {_EXPONENT}; steps of the order of "
        "1/(L K) at most",
    ),
    unordered=("local_steps",),
)

BOUNDS = (
    HOMOGENEOUS,
    HOMOGENEOUS_STRONGLY_CONVEX,
    QUADRATIC,
    QUADRATIC_STRONGLY_CONVEX,
    HETEROGENEOUS,
    HETEROGENEOUS_STRONGLY_CONVEX,
    AT_OPTIMUM,
    AT_OPTIMUM_STRONGLY_CONVEX,
)
