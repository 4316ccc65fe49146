r"""Lower bounds for Local SGD on convex functions.

Setting: every f_m convex and L-smooth, F mu-strongly convex where a bound has mu; unbiased
    gradients with variance sigma^2, independent. Workers share one function (homogeneous) or have
    heterogeneity zeta_* at x* (at_optimum); the last bound holds without noise and with zeta_* = 0.
Method: local_sgd with plain steps of any constant size; the last bound is for inner_outer_local_sgd
    with any pair of step sizes, which includes Local SGD.
Bounds: lower, up to constants; for every step size there is such a problem on which E F - inf F at
    the common iterate after the last round is at least this. Averages over time, which the upper
    bounds are about, are not covered.
Source: glasgow2022sharp; patel2024limits, Proposition 7 and Theorem 9; woodworth2020local,
    Theorem 3; woodworth2020minibatch, Theorem 3. The older two have K^(2/3) where glasgow2022sharp
    has K^(1/3); the caps of their drift are recalled without confidence.
Limits: the homogeneous bound equals local_sgd.convex_homogeneous.order up to a factor of two;
    lower_patel2024 equals local_sgd.convex_at_optimum.order. Bounds with drift need K >= 2, since
    K = 1 is Minibatch SGD, whose upper bound is smaller; those with heterogeneity need M >= 2. No
    term can exceed the error at the start, L B^2, or Delta with mu; such caps are written only
    where a source has them.
"""

import sympy as sp

from theory.assumptions import Assumption
from theory.bound import Provenance, Side, Source
from theory.bounds.rates import (
    ALL_CONVEX,
    PLAIN_CONVEX,
    THIRD,
    noise_drift,
    one_worker,
    rate,
    statistical,
    statistical_curved,
    zeta_drift,
    zeta_drift_curved,
)
from theory.measures import ReportPoint
from theory.notation.letters import B, Delta, K, L, M, R, T, mu, sigma, zeta_star

_SAME = PLAIN_CONVEX | {Assumption.HOMOGENEOUS}
_AT_OPTIMUM = PLAIN_CONVEX | {Assumption.HETEROGENEITY_AT_OPTIMUM}
_CURVED = frozenset({Assumption.STRONGLY_CONVEX})
_LAST = ReportPoint.LAST_ROUND
# sp.Le keeps the form left <= right; Python would turn 2 <= K into K >= 2.
_LOCAL = (sp.Le(2, K),)
_LOCAL_UNLIKE = (sp.Le(2, K), sp.Le(2, M))
_CAPS = "exponents recalled with confidence, caps without"
_TABLES = "restated in the tables of patel2024limits"

older_noise_drift = (L * sigma**2 * B**4) ** THIRD / T ** (2 * THIRD)
"""The drift of the first lower bound, smaller by K^(1/3) than the tight one."""
older_noise_drift_curved = L * sigma**2 / (mu**2 * T**2)
"""The drift of the first lower bound under mu-strong convexity."""

HOMOGENEOUS = rate(
    "local_sgd.convex_homogeneous.lower",
    "Local SGD, smooth convex, homogeneous: no step size is better",
    {
        "optimisation": L * B**2 / T,
        "statistical": statistical,
        "noise drift": sp.Min(noise_drift, one_worker),
    },
    conditions=_LOCAL,
    assumptions=_SAME,
    at=_LAST,
    side=Side.LOWER,
    source=Source("glasgow2022sharp", "homogeneous", Provenance.RESTATED, _TABLES),
)

AT_OPTIMUM = rate(
    "local_sgd.convex_at_optimum.lower",
    "Local SGD, smooth convex, heterogeneous at the optimum: no step size is better",
    {
        "optimisation": L * B**2 / T,
        "statistical": statistical,
        "noise drift": sp.Min(noise_drift, one_worker),
        "heterogeneity drift": sp.Min(zeta_drift(zeta_star), zeta_star**2 / L),
    },
    conditions=_LOCAL_UNLIKE,
    assumptions=_AT_OPTIMUM,
    at=_LAST,
    side=Side.LOWER,
    source=Source("glasgow2022sharp", "heterogeneous", Provenance.RESTATED, _TABLES),
    unordered=("smoothness",),
)

AT_OPTIMUM_2024 = rate(
    "local_sgd.convex_at_optimum.lower_patel2024",
    "Local SGD, smooth convex, heterogeneous at the optimum: the upper bound is tight",
    {
        "optimisation": L * B**2 / R,
        "statistical": statistical,
        "noise drift": noise_drift,
        "heterogeneity drift": zeta_drift(zeta_star),
    },
    conditions=_LOCAL_UNLIKE,
    assumptions=_AT_OPTIMUM,
    at=_LAST,
    side=Side.LOWER,
    source=Source(
        "patel2024limits",
        "Theorem 9",
        Provenance.READ,
        "no cap is transcribed, so it cannot hold where a term passes L B^2",
    ),
)

HOMOGENEOUS_2020 = rate(
    "local_sgd.convex_homogeneous.lower_woodworth2020",
    "Local SGD, smooth convex, homogeneous: no step size is better, the first of these bounds",
    {
        "statistical": statistical,
        "noise drift": sp.Min(older_noise_drift, one_worker, L * B**2),
    },
    conditions=_LOCAL,
    assumptions=_SAME,
    at=_LAST,
    side=Side.LOWER,
    source=Source("woodworth2020local", "Theorem 3, convex", Provenance.RECALLED, _CAPS),
)

HOMOGENEOUS_STRONGLY_CONVEX_2020 = rate(
    "local_sgd.strongly_convex_homogeneous.lower_woodworth2020",
    "Local SGD, smooth and strongly convex, homogeneous: no step size is better",
    {
        "statistical": statistical_curved,
        "noise drift": sp.Min(older_noise_drift_curved, Delta),
    },
    conditions=_LOCAL,
    assumptions=_SAME | _CURVED,
    at=_LAST,
    side=Side.LOWER,
    source=Source("woodworth2020local", "Theorem 3, strongly convex", Provenance.RECALLED, _CAPS),
)

AT_OPTIMUM_2020 = rate(
    "local_sgd.convex_at_optimum.lower_woodworth2020",
    "Local SGD, smooth convex, heterogeneous at x*: no step size is better, the first such bound",
    {
        "statistical": statistical,
        "noise drift": sp.Min(older_noise_drift, one_worker),
        "heterogeneity drift": sp.Min(zeta_drift(zeta_star), zeta_star**2 / L),
    },
    conditions=_LOCAL_UNLIKE,
    assumptions=_AT_OPTIMUM,
    at=_LAST,
    side=Side.LOWER,
    source=Source("woodworth2020minibatch", "Theorem 3, convex", Provenance.RECALLED, _CAPS),
    unordered=("smoothness",),
)

AT_OPTIMUM_STRONGLY_CONVEX_2020 = rate(
    "local_sgd.strongly_convex_at_optimum.lower_woodworth2020",
    "Local SGD, smooth and strongly convex, heterogeneous at x*: no step size is better",
    {
        "statistical": statistical_curved,
        "noise drift": sp.Min(older_noise_drift_curved, Delta),
        "heterogeneity drift": sp.Min(zeta_drift_curved(zeta_star), Delta),
    },
    conditions=_LOCAL_UNLIKE,
    assumptions=_AT_OPTIMUM | _CURVED,
    at=_LAST,
    side=Side.LOWER,
    source=Source(
        "woodworth2020minibatch",
        "Theorem 3, strongly convex",
        Provenance.RECALLED,
        f"{_CAPS}; the noise drift is capped like the other",
    ),
)

TWO_STEP_SIZES = rate(
    "inner_outer_local_sgd.convex_at_optimum.lower",
    "Local gradient descent with two step sizes, convex, workers that share x*: K does not help",
    {"optimisation": L * B**2 / R},
    conditions=(sp.Le(2, M),),
    assumptions=ALL_CONVEX
    | {
        Assumption.PLAIN_STEPS,
        Assumption.NOISELESS,
        Assumption.WORKERS_QUADRATIC,
        Assumption.HETEROGENEITY_AT_OPTIMUM,
    },
    at=_LAST,
    side=Side.LOWER,
    source=Source(
        "patel2024limits",
        "Proposition 7",
        Provenance.READ,
        "zeta_* = 0; on two camps of quadratics of rank one, for every K and every two step sizes",
    ),
)

BOUNDS = (
    HOMOGENEOUS,
    AT_OPTIMUM,
    AT_OPTIMUM_2024,
    HOMOGENEOUS_2020,
    HOMOGENEOUS_STRONGLY_CONVEX_2020,
    AT_OPTIMUM_2020,
    AT_OPTIMUM_STRONGLY_CONVEX_2020,
    TWO_STEP_SIZES,
)
