r"""Local SGD on convex functions: bounds of the literature, with the constants that they state.

Setting: every f_m convex and L-smooth; unbiased gradients, independent. Either homogeneous with
    variance sigma^2 everywhere, or heterogeneous with zeta_* at x*; where the loss of every sample
    is convex and smooth, only the variance sigma_*^2 at x* is needed. Strongly convex with mu where
    a bound has mu; second moments of gradients at most G^2 where a bound has G.
Method: local_sgd, K steps per worker and round, then all start from the mean; one constant step
    size, except in stich2019local, where it is 4/(mu (a + t)) at step t.
Bounds: upper, explicit, from x_0. E F - inf F at the mean of all iterates over workers and steps;
    or E |x_R - x*|^2 after the last round. In stich2019local the mean has weights (a + t)^2.
Source: khaled2020tighter, khaled2019first, stich2019local, Theorem 2.2. None was read: the
    heterogeneous ones are restated in slides of their authors, the others recalled with confidence.
Limits: K = 1 or sigma = 0 removes the drift of the homogeneous bounds. The homogeneous convex bound
    is four times local_sgd.convex_homogeneous in its first two terms.
"""

from dataclasses import replace

import sympy as sp

from theory.assumptions import Assumption
from theory.bound import Constants, Provenance, Source
from theory.bounds.rates import ORACLE, PLAIN_CONVEX, rate
from theory.measures import Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, K, L, M, T, eta, mu, sigma, zeta_star

sigma_star, a, G = symbols("noise_at_optimum", "step_shift", "gradient_bound")

_RECALLED = "recalled with confidence"
_SLIDES = "restated in slides of its authors"
_SAME = PLAIN_CONVEX | {Assumption.HOMOGENEOUS}
_AT_OPTIMUM = PLAIN_CONVEX | {Assumption.HETEROGENEITY_AT_OPTIMUM}


def _khaled(theorem: str, provenance: Provenance, note: str) -> Source:
    return Source("khaled2020tighter", theorem, provenance, note)


HOMOGENEOUS = rate(
    "local_sgd.convex_homogeneous.khaled2020",
    "Local SGD, smooth convex, homogeneous, with the constants of the literature",
    {
        "optimisation": 2 * B**2 / (eta * T),
        "statistical": 2 * eta * sigma**2 / M,
        "noise drift": 4 * eta**2 * L * (K - 1) * sigma**2,
    },
    conditions=(4 * eta * L <= 1,),
    assumptions=_SAME,
    at=ReportPoint.AVERAGE_ITERATE,
    constants=Constants.EXPLICIT,
    source=_khaled("identical data, convex", Provenance.RECALLED, _RECALLED),
    unordered=("local_steps",),
)

shrinkage = sp.Max(0, 1 - eta * mu)
"""The factor of the squared distance of the mean iterate from x* in a step.

It is kept at 0 or above. Where the conditions of the bounds hold it is above 0 anyway.
"""

STRONGLY_CONVEX = rate(
    "local_sgd.strongly_convex_homogeneous.khaled2020",
    "Local SGD, smooth and strongly convex, homogeneous, distance after the last round",
    {
        "optimisation": shrinkage**T * B**2,
        "statistical": eta * sigma**2 / (mu * M),
        "noise drift": 2 * L * eta**2 * (K - 1) * sigma**2 / mu,
    },
    conditions=(4 * eta * L <= 1,),
    assumptions=_SAME | {Assumption.STRONGLY_CONVEX},
    at=ReportPoint.LAST_ROUND,
    quantity=Quantity.SQUARED_DISTANCE,
    constants=Constants.EXPLICIT,
    source=_khaled("identical data, strongly convex", Provenance.RECALLED, _RECALLED),
    unordered=("local_steps",),
)

sigma_dif_squared = zeta_star**2 + sigma_star**2
"""The second moment mean_m E|g_m(x*)|^2, which the source calls sigma_dif^2."""

HETEROGENEOUS = rate(
    "local_sgd.convex_at_optimum.khaled2020",
    "Local SGD, smooth convex samples, heterogeneous at the optimum",
    {
        "optimisation": 4 * B**2 / (eta * T),
        "statistical": 20 * eta * sigma_dif_squared / M,
        "drift": 16 * eta**2 * L * (K - 1) ** 2 * sigma_dif_squared,
    },
    conditions=(8 * eta * L * K <= 1,),
    assumptions=(_AT_OPTIMUM - {Assumption.BOUNDED_VARIANCE})
    | {Assumption.SAMPLES_CONVEX_SMOOTH, Assumption.VARIANCE_AT_OPTIMUM},
    at=ReportPoint.AVERAGE_ITERATE,
    constants=Constants.EXPLICIT,
    source=_khaled(
        "heterogeneous data, convex",
        Provenance.RESTATED,
        f"{_SLIDES}; sigma_dif^2 = zeta_*^2 + sigma_*^2",
    ),
    unordered=("local_steps",),
)

HETEROGENEOUS_LINEAR_SPEEDUP = replace(
    HETEROGENEOUS.at(
        "local_sgd.convex_at_optimum.khaled2020_linear_speedup",
        "Local SGD, smooth convex samples, heterogeneous at x*, step size sqrt(M/T)/(8 L)",
        step_size=sp.sqrt(M / T) / (8 * L),
    ),
    increasing=("noise_at_optimum", "heterogeneity_at_optimum", "initial_distance"),
    decreasing=("num_rounds",),
)

NOISELESS = rate(
    "local_sgd.convex_at_optimum.khaled2019_noiseless",
    "Local gradient descent, smooth convex, heterogeneous at the optimum",
    {
        "optimisation": 2 * B**2 / (eta * T),
        "heterogeneity drift": 24 * eta**2 * zeta_star**2 * L * K**2,
    },
    conditions=(4 * eta * L * K <= 1,),
    assumptions=_AT_OPTIMUM | {Assumption.NOISELESS},
    at=ReportPoint.AVERAGE_ITERATE,
    constants=Constants.EXPLICIT,
    source=Source("khaled2019first", "convex", Provenance.RESTATED, _SLIDES),
    unordered=("local_steps",),
)

weights = T * a**2 + a * T * (T - 1) + T * (T - 1) * (2 * T - 1) / 6
"""The sum of (a + t)^2 over steps t < T."""

FALLING_STEPS = rate(
    "local_sgd.strongly_convex_homogeneous.stich2019",
    "Local SGD, strongly convex, homogeneous, bounded gradients, steps 4/(mu (a + t))",
    {
        "optimisation": mu * a**3 * B**2 / (2 * weights),
        "statistical": 4 * T * (T + 2 * a) * sigma**2 / (mu * M * weights),
        "drift": 256 * T * G**2 * K**2 * L / (mu**2 * weights),
    },
    conditions=(16 * L / mu <= a, sp.Le(K, a)),
    # Not PLAIN_CONVEX, since step sizes decrease over time.
    assumptions=ORACLE
    | {
        Assumption.SMOOTH,
        Assumption.STRONGLY_CONVEX,
        Assumption.HOMOGENEOUS,
        Assumption.BOUNDED_GRADIENTS,
    },
    at=ReportPoint.WEIGHTED_AVERAGE,
    constants=Constants.EXPLICIT,
    source=Source(
        "stich2019local",
        "Theorem 2.2",
        Provenance.RECALLED,
        f"{_RECALLED}; the sum of the weights, at least T^3/3, is written out; as recalled a is "
        "above both limits, not on them",
    ),
    unordered=("local_steps", "strong_convexity"),
)

BOUNDS = (
    HOMOGENEOUS,
    STRONGLY_CONVEX,
    HETEROGENEOUS,
    HETEROGENEOUS_LINEAR_SPEEDUP,
    NOISELESS,
    FALLING_STEPS,
)
