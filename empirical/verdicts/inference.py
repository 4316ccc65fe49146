"""The statistical tests and intervals behind verdicts, all over independent seeds.

An e-process refutes E X <= B for X >= 0 at any stopping time, Student's interval estimates a mean,
and a bootstrap over seeds estimates the slope of a mean in a log-log plot.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import t as student

from empirical.kernels.random_streams import generator

BETS = np.geomspace(0.02, 0.9, 8)
"""Stakes of the mixture e-process: small ones find small violations, large ones find them soon.

All lie below 1, so that a ratio of 0 never takes the whole wealth of a component.
"""

ERROR = 0.05
"""Error probability of the e-process, and of every two-sided interval (5 %)."""


def e_process(ratios: np.ndarray) -> float:
    """Returns the largest value that an e-process against E ratio <= 1 has reached.

    The e-process is the mean over fixed stakes of prod_t (1 + stake (ratio_t - 1)): the wealth,
    from 1, of a gambler who bets at every seed that the ratio exceeds 1. If E ratio <= 1 it is a
    nonnegative supermartingale, and by Ville's inequality it ever reaches 1/p with probability at
    most p. Hence the maximum over time may be taken, and seeds may be added until the bound falls;
    a t-test does not allow that, and assumes more of the distribution than ratio >= 0.

    Args:
        ratios: measured / promised, >= 0, one a seed, in the order of the seeds; an infinite ratio
            (a run that diverged) gives infinite wealth.
    """
    # Long products leave the range of floats, so that wealths are multiplied as logarithms.
    logs = np.cumsum(np.log1p(BETS[:, None] * (ratios[None, :] - 1)), axis=1)
    return float(np.exp(np.logaddexp.reduce(logs, axis=0) - np.log(len(BETS))).max())


def student_interval(sample: np.ndarray) -> tuple[float, float]:
    """Returns Student's two-sided 95 % interval of the mean of a sample.

    It is exact for a normal sample and close to that for the mean of many seeds. Both ends are NaN
    where the sample has one value or holds one that is not finite.
    """
    if len(sample) < 2 or not np.isfinite(sample).all():
        return (np.nan, np.nan)
    half = student.ppf(1 - ERROR / 2, len(sample) - 1) * sample.std(ddof=1) / np.sqrt(len(sample))
    return (float(sample.mean() - half), float(sample.mean() + half))


def bootstrap_slope(budgets: np.ndarray, samples: list[np.ndarray]) -> tuple[float, float]:
    """Returns the two-sided 95 % interval of the slope of log mean, by bootstrap over seeds.

    Seeds are drawn with replacement within every budget, and the ends are quantiles of the slopes
    (percentile bootstrap). The usual interval of a least-squares line would not do: it takes the
    error from how far a few means lie off the line, not from the variance over seeds.

    Where all budgets have equally many values, the same indices are drawn at every budget: equal
    seeds share their random samples across budgets, and for independent ones it changes nothing.

    Args:
        budgets: logarithm of the budgets, (budgets,).
        samples: the measure at each budget, one value a seed.
    """
    # The stream depends on nothing but the number of budgets: a verdict repeats to the digit.
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
    """Returns the least-squares slope of y over x, along the first axis of y.

    Args:
        x: abscissae, (n,).
        y: ordinates, (n, ...).
    """
    centred = x - x.mean()
    return np.asarray(centred @ y / (centred @ centred))
