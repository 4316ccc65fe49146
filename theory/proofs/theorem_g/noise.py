"""Lemma L-N: the noise of means, of deviations from the mean, and of weighted sums over time.

The noise of a step has mean 0 given the past, and the noises of its N samples (one a worker, or all
samples of a batch) are independent. Averaged over the samples, "own" is a sample's noise and
"others" the sum of all the other noises: mean |own|^2 = s^2 and mean |others|^2 = (N-1) s^2, since
each noise is among the others of N - 1 samples; unequal variances need no separate treatment.

Weights over time may be matrices that act on the worker index: then c_s is the operator norm of
one, and c_s u_s what it makes of the noise of step s, averaged over workers; u_s is no longer than
that noise, and orthogonal to what was known before it.
"""

import sympy as sp

from theory.notation.letters import sigma
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof
from theory.proving.quantities import (
    INCREMENT,
    INCREMENT_LIMIT,
    NOISE_OF_DEVIATION,
    NOISE_OF_MEAN,
    SQUARED_SUM,
    SUM_OF_SQUARES,
)
from theory.proving.quantities import SAMPLES as N
from theory.proving.steps import Hypothesis, Instance

s2 = scalar("s^2")
own, others = vector("own"), vector("others")
mean = (own + others) / N
NOISES = ((own**2, s2), (others**2, (N - 1) * s2), (own * others, sp.Integer(0)))

VARIANCE = Instance(
    "variance", "s^2, the variance averaged over samples, is limited", Rule.VARIANCE, (s2, sigma)
)
MEAN_MOMENT = Mean(
    "moment of the mean",
    "the noises of different samples are uncorrelated",
    NOISE_OF_MEAN,
    mean**2,
    NOISES,
    by=(Rule.UNBIASED, Rule.INDEPENDENT),
)
MEAN = Combination(
    "mean",
    "the mean of N independent noises has variance at most sigma^2/N",
    sigma**2 / N - NOISE_OF_MEAN,
    ((1 / N, VARIANCE), (-1, MEAN_MOMENT)),
)
DEVIATION_MOMENT = Mean(
    "moment of the deviations",
    "so a deviation from the mean keeps the share 1 - 1/N of the variance",
    NOISE_OF_DEVIATION,
    (own - mean) ** 2,
    NOISES,
    by=(Rule.UNBIASED, Rule.INDEPENDENT),
)
DEVIATIONS = Combination(
    "deviations",
    "deviations of N independent noises from their mean have variance at most (1 - 1/N) sigma^2",
    (1 - 1 / N) * sigma**2 - NOISE_OF_DEVIATION,
    ((1 - 1 / N, VARIANCE), (-1, DEVIATION_MOMENT)),
)

past, fresh = vector("p_s"), vector("u_s")
weight = sp.Symbol("c_s", real=True)
before, after = scalar("|p_s|^2"), scalar("|p_s+1|^2")
TOTAL = scalar("sum_s |p_s|^2")

LIMITED = Hypothesis(
    "increments",
    "suppose noises u_s with E|u_s|^2 <= v at every step s",
    INCREMENT_LIMIT - INCREMENT,
)
GROWTH = Mean(
    "growth",
    "p_s, the sum of c_q u_q over q < s, is known before step s, hence orthogonal to u_s",
    after,
    (past + weight * fresh) ** 2,
    ((past**2, before), (past * fresh, sp.Integer(0)), (fresh**2, INCREMENT)),
    by=(Rule.UNBIASED,),
)
ONE_STEP = Combination(
    "one step",
    "so step s adds at most v c_s^2 to the squared norm of the sum",
    INCREMENT_LIMIT * weight**2 + before - after,
    ((weight**2, LIMITED), (-1, GROWTH)),
)
WEIGHTED = Averaged(
    "weighted",
    "added up over s < t, from p_0 = 0: E|sum_s c_s u_s|^2 <= v sum_s c_s^2",
    ONE_STEP,
    ((weight**2, SUM_OF_SQUARES), (before, TOTAL), (after, TOTAL + SQUARED_SUM)),
)

PROOF = Proof(
    name="noise",
    title="the noise of means, of deviations and of weighted sums",
    steps=(
        VARIANCE,
        MEAN_MOMENT,
        MEAN,
        DEVIATION_MOMENT,
        DEVIATIONS,
        LIMITED,
        GROWTH,
        ONE_STEP,
        WEIGHTED,
    ),
    proves=(MEAN, DEVIATIONS, WEIGHTED, MEAN_MOMENT),
)
