"""Lemma L-Q: the variance of rounding at random to the neighbouring levels, and of its mean.

Coordinate j of worker m lies the share f of the way from one level up to the next, h_m = |g_m|_p/s
further on; b is 1 where it is rounded up. Its error is h_m (b - f), whose mean is 0 and whose
square is at most h_m^2/4, half way between the levels. Averaged over workers, "own" is a worker's
error and "others" the sum of all others'.
"""

import sympy as sp

from theory.notation import symbols
from theory.notation.letters import M
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof
from theory.proving.quantities import ROUNDING_OF_MEAN, SQUARED_SPACING
from theory.proving.steps import Square

(d,) = symbols("dimension")
share, up, spacing = scalar("f"), sp.Symbol("b", real=True), scalar("h_m")
squared_error, squared_vector, squared = scalar("e_j^2"), scalar("|e_m|^2"), scalar("mean |e_m|^2")
own, others = vector("own"), vector("others")

VARIANCE = Mean(
    "variance",
    "b is 1 with probability f and 0 otherwise, so that b^2 = b",
    squared_error,
    (spacing * (up - share)) ** 2,
    ((up, share), (up**2, share)),
    by=(Rule.ROUNDING,),
)
HALF = Square(
    "half way",
    "f (1 - f) is greatest half way between the levels",
    sp.Rational(1, 4) - share + share**2,
    (share - sp.Rational(1, 2)) ** 2,
)
COORDINATE = Combination(
    "coordinate",
    "a coordinate's error has variance at most h_m^2/4",
    spacing**2 / 4 - squared_error,
    ((spacing**2, HALF), (-1, VARIANCE)),
)
VECTOR = Averaged(
    "vector",
    "added up over the d coordinates",
    COORDINATE,
    ((sp.Integer(1), d), (squared_error, squared_vector)),
)
WORKERS = Averaged(
    "workers",
    "averaged over workers",
    VECTOR,
    ((spacing**2, SQUARED_SPACING), (squared_vector, squared)),
)
INDEPENDENT = Mean(
    "moment of the mean",
    "the errors of different workers are uncorrelated",
    ROUNDING_OF_MEAN,
    ((own + others) / M) ** 2,
    ((own**2, squared), (others**2, (M - 1) * squared), (own * others, sp.Integer(0))),
    by=(Rule.ROUNDING,),
)
MEAN = Combination(
    "rounding",
    "the mean of M workers' errors has variance at most d mean_m h_m^2 / (4 M)",
    d * SQUARED_SPACING / (4 * M) - ROUNDING_OF_MEAN,
    ((1 / M, WORKERS), (-1, INDEPENDENT)),
)

PROOF = Proof(
    name="rounding",
    title="the variance of unbiased rounding to neighbouring levels",
    steps=(VARIANCE, HALF, COORDINATE, VECTOR, WORKERS, INDEPENDENT, MEAN),
    proves=(MEAN,),
)
