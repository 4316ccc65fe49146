"""Statistics that survive scrutiny: means, exponents, and bets against an inequality."""

from __future__ import annotations

import numpy as np
from scipy.stats import t as student

from empirical.kernels.random_streams import generator

BETS = np.geomspace(0.02, 0.9, 8)
"""Stakes of the mixture e-process: small ones find small violations, large ones find them soon."""

ERROR = 0.05
"""Level of every statistical verdict."""


def e_process(ratios: np.ndarray) -> float:
    """The largest wealth of a gambler who bets that E ratio > 1, given ratios >= 0 in order.

    If E ratio <= 1 it exceeds 1/p with probability at most p, whenever one stops (Ville). The
    wealth is a mixture over fixed stakes of prod_t (1 + stake (ratio_t - 1)).
    """
    logs = np.cumsum(np.log1p(BETS[:, None] * (ratios[None, :] - 1)), axis=1)
    return float(np.exp(np.logaddexp.reduce(logs, axis=0) - np.log(len(BETS))).max())


def student_interval(sample: np.ndarray) -> tuple[float, float]:
    """Two-sided 95 % interval of the mean; one value gives no interval."""
    if len(sample) < 2 or not np.isfinite(sample).all():
        return (np.nan, np.nan)
    half = student.ppf(1 - ERROR / 2, len(sample) - 1) * sample.std(ddof=1) / np.sqrt(len(sample))
    return (float(sample.mean() - half), float(sample.mean() + half))


def bootstrap_slope(budgets: np.ndarray, samples: list[np.ndarray]) -> tuple[float, float]:
    """Two-sided 95 % interval of the slope of log mean, resampling the seeds of every budget.

    Where all budgets have equally many values they are resampled in pairs, index by index: the
    same seeds share their draws across budgets, and for independent ones it makes no difference.
    """
    rng, repeats = generator(len(samples)), 2000
    sizes = [len(sample) for sample in samples]
    picks = [rng.integers(size, size=(repeats, size)) for size in sizes]
    if len(set(sizes)) == 1:
        picks = [picks[0]] * len(samples)
    means = [sample[pick].mean(axis=1) for sample, pick in zip(samples, picks, strict=True)]
    slopes = slope(budgets, np.log(means))
    low, high = np.quantile(slopes, [ERROR / 2, 1 - ERROR / 2])
    return float(low), float(high)


def slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Least-squares slope along the first axis of y."""
    centred = x - x.mean()
    return np.asarray(centred @ y / (centred @ centred))
