"""The weights w_ts = 1 for s < t in one round of K steps, and 0 elsewhere.

What drifts apart from the start of a round to step j < K is the sum of the j vectors so far.
"""

from theory.notation.letters import K
from theory.proving.certificates import scalar, vector
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof
from theory.proving.quantities import ENERGY, MIXED_ENERGY, SQUARED_WEIGHTS
from theory.proving.steps import Definition, Square
from theory.proving.templates.round_sums import COUNT, COUNTED, j

first, second = vector("a_l"), vector("a_l'")
ROUND, PART, REST = (
    scalar("sum_{l<K} |a_l|^2"),
    scalar("sum_{l<j} |a_l|^2"),
    scalar("sum_{l>=j} |a_l|^2"),
)
SUM_OF_STEP, SUM_OF_ROUND = scalar("|sum_{l<j} a_l|^2"), scalar("sum_{j<K} |sum_{l<j} a_l|^2")

SQUARE = Square(
    "square",
    "for any two steps",
    (first**2 + second**2) / 2 - first * second,
    (first - second) ** 2 / 2,
)
CAUCHY_SCHWARZ = Averaged(
    "Cauchy-Schwarz",
    "added up over all j^2 pairs l, l' < j: |sum_{l<j} a_l|^2 <= j sum_{l<j} |a_l|^2",
    SQUARE,
    ((first**2, j * PART), (second**2, j * PART), (first * second, SUM_OF_STEP)),
)
SPLIT = Definition(
    "split", "the round consists of the steps before j and the rest", ROUND, PART + REST
)
STEP = Combination(
    "step j",
    "the rest of the round only adds: |sum_{l<j} a_l|^2 <= j sum_{l<K} |a_l|^2",
    j * ROUND - SUM_OF_STEP,
    ((1, CAUCHY_SCHWARZ), (j, SPLIT)),
)
PER_ROUND = Averaged(
    "round", "added up over j < K", STEP, ((j, COUNT), (SUM_OF_STEP, SUM_OF_ROUND))
)
NORM_OF_ROUND = Combination(
    "norm of a round",
    "the factors j add up to K(K-1)/2",
    K * (K - 1) / 2 * ROUND - SUM_OF_ROUND,
    ((1, PER_ROUND), (-ROUND, COUNTED)),
)
NORM = Averaged(
    "norm",
    "added up over rounds, divided by T: the squared operator norm is at most K(K-1)/2",
    NORM_OF_ROUND,
    ((ROUND, ENERGY), (SUM_OF_ROUND, MIXED_ENERGY)),
)
ROW = Mean(
    "rows",
    "step j of a round has j weights of 1; on average over the K steps of a round",
    SQUARED_WEIGHTS,
    j,
    ((j, COUNT / K),),
)
SQUARES = Combination(
    "squares",
    "on average the squares of the weights add up to (K-1)/2",
    (K - 1) / 2 - SQUARED_WEIGHTS,
    ((-1, ROW), (-1 / K, COUNTED)),
)

PROOF = Proof(
    name="within_rounds",
    title="norm and squares of the weights 1 within a round",
    steps=(
        SQUARE,
        CAUCHY_SCHWARZ,
        SPLIT,
        STEP,
        COUNTED,
        PER_ROUND,
        NORM_OF_ROUND,
        NORM,
        ROW,
        SQUARES,
    ),
    proves=(NORM, SQUARES),
)
