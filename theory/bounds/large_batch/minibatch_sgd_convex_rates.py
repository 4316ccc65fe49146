r"""Rates of SGD whose gradients of a step are all taken at one point, on convex functions.

Setting: F convex and L-smooth, mu-strongly convex where a rate has mu; unbiased gradients with
    variance sigma^2, independent. Where a rate has sigma_* the variance is bounded at x* only, and
    the loss of every sample is convex and smooth.
Method: minibatch_sgd, R steps with the mean of M K gradients; thumb_twiddling_sgd, R steps with the
    mean of M, one from each worker; single_machine_sgd, K R steps with one gradient each.
Bounds: upper, up to constants; E F - inf F at an average of the iterates, started from x_0, at a
    tuned step size. Heterogeneity does not enter.
Source: as patel2024limits restates woodworth2020local and woodworth2020minibatch, whose texts were
    not read. The bounds without .order have proved constants for the convex cases.
Limits: for M K = 1 all three are the same; sigma = 0 gives L B^2 / steps, the rate of gradient
    descent.
"""

import sympy as sp

from theory.assumptions import Assumption
from theory.bound import Provenance, Source
from theory.bounds.rates import (
    MEAN_CONVEX,
    one_worker,
    one_worker_curved,
    rate,
    statistical,
    statistical_curved,
)
from theory.measures import ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, K, L, M, R, T, mu, sigma

(sigma_star,) = symbols("noise_at_optimum")

_CURVED = MEAN_CONVEX | {Assumption.STRONGLY_CONVEX}
_AT_OPTIMUM = (MEAN_CONVEX - {Assumption.BOUNDED_VARIANCE}) | {
    Assumption.SAMPLES_CONVEX_SMOOTH,
    Assumption.VARIANCE_AT_OPTIMUM,
}
_TABLE = "restated in patel2024limits, Table 1"


def _base(provenance: Provenance, note: str) -> Source:
    return Source("woodworth2020local", "baselines that it compares with", provenance, note)


CONVEX = rate(
    "minibatch_sgd.convex.order",
    "Minibatch SGD, smooth convex, rate",
    {"optimisation": L * B**2 / R, "statistical": statistical},
    assumptions=MEAN_CONVEX,
    at=ReportPoint.AVERAGE_ROUND,
    step_size=sp.Min(1 / L, B * sp.sqrt(M * K / R) / sigma, evaluate=False),
    source=_base(Provenance.RESTATED, _TABLE),
)

STRONGLY_CONVEX = rate(
    "minibatch_sgd.strongly_convex.order",
    "Minibatch SGD, smooth and strongly convex, rate",
    {
        "optimisation": L * B**2 * sp.exp(-mu * R / (4 * L)),
        "statistical": statistical_curved,
    },
    assumptions=_CURVED,
    at=ReportPoint.WEIGHTED_AVERAGE,
    source=_base(Provenance.RESTATED, f"{_TABLE}; step sizes that fall, weights that rise"),
)

THUMB_TWIDDLING = rate(
    "thumb_twiddling_sgd.convex.order",
    "Thumb-twiddling SGD, smooth convex, rate",
    {"optimisation": L * B**2 / R, "statistical": sigma * B / sp.sqrt(M * R)},
    assumptions=MEAN_CONVEX,
    at=ReportPoint.AVERAGE_ROUND,
    step_size=sp.Min(1 / L, B * sp.sqrt(M / R) / sigma, evaluate=False),
    source=_base(
        Provenance.RESTATED,
        "Minibatch SGD's with M gradients a step, as the released code of the paper runs it",
    ),
)

SINGLE_MACHINE = rate(
    "single_machine_sgd.convex.order",
    "SGD on one worker, smooth convex, rate",
    {"optimisation": L * B**2 / T, "statistical": one_worker},
    assumptions=MEAN_CONVEX | {Assumption.HOMOGENEOUS},
    at=ReportPoint.AVERAGE_ITERATE,
    step_size=sp.Min(1 / L, B / (sigma * sp.sqrt(T)), evaluate=False),
    source=_base(Provenance.RESTATED, _TABLE),
)

SINGLE_MACHINE_STRONGLY_CONVEX = rate(
    "single_machine_sgd.strongly_convex.order",
    "SGD on one worker, smooth and strongly convex, rate",
    {
        "optimisation": L * B**2 * sp.exp(-mu * T / (4 * L)),
        "statistical": one_worker_curved,
    },
    assumptions=_CURVED | {Assumption.HOMOGENEOUS},
    at=ReportPoint.WEIGHTED_AVERAGE,
    source=_base(
        Provenance.RESTATED, "one branch of the minimum in Theorem 2, as others restate that"
    ),
)

NOISE_AT_OPTIMUM = rate(
    "minibatch_sgd.convex_at_optimum.order",
    "Minibatch SGD, smooth convex samples, noise at the optimum only, rate",
    {"optimisation": L * B**2 / R, "statistical": sigma_star * B / sp.sqrt(M * T)},
    assumptions=_AT_OPTIMUM,
    at=ReportPoint.AVERAGE_ROUND,
    step_size=sp.Min(1 / (4 * L), B * sp.sqrt(M * K / R) / sigma_star, evaluate=False),
    source=Source(
        "woodworth2020minibatch",
        "Theorem 1, convex",
        Provenance.RESTATED,
        f"{_TABLE}, with sigma; that sigma_* may stand in its place is recalled, with confidence",
    ),
)

NOISE_AT_OPTIMUM_STRONGLY_CONVEX = rate(
    "minibatch_sgd.strongly_convex_at_optimum.order",
    "Minibatch SGD, strongly convex, smooth convex samples, noise at the optimum only, rate",
    {
        "optimisation": L * B**2 * sp.exp(-mu * R / L),
        "statistical": sigma_star**2 / (mu * M * T),
    },
    assumptions=_AT_OPTIMUM | {Assumption.STRONGLY_CONVEX},
    at=ReportPoint.WEIGHTED_AVERAGE,
    source=Source(
        "woodworth2020minibatch",
        "Theorem 1, strongly convex",
        Provenance.RESTATED,
        f"{_TABLE}, with sigma; that sigma_* may stand in its place is recalled, with confidence; "
        "a constant in the exponent is hidden and written as 1",
    ),
)

BOUNDS = (
    CONVEX,
    STRONGLY_CONVEX,
    THUMB_TWIDDLING,
    SINGLE_MACHINE,
    SINGLE_MACHINE_STRONGLY_CONVEX,
    NOISE_AT_OPTIMUM,
    NOISE_AT_OPTIMUM_STRONGLY_CONVEX,
)
