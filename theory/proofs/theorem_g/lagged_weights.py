"""Weights c_0 within a round and c_n, n rounds later: their norm, and their mean square.

What step s leaves at step t is c_n u_s, n = r(t) - r(s) the rounds in between, with |u_s| <= |a_s|:
where weights are numbers, u_s is a_s up to sign and c_n the modulus of the weight; where they are
matrices on the worker index, c_n is the operator norm. Each round has K steps. A row for round r
has total weight K (c_1 + ... + c_r) on earlier rounds; a column is met in K steps of each later
one.
"""

import sympy as sp

from theory.notation.letters import K
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.quantities import (
    ENERGY,
    FIRST_ENERGY,
    FIRST_NORM,
    LATER,
    LATER_LIMIT,
    LATER_SQUARES,
    LATER_SQUARES_LIMIT,
    LOST,
    MIXED_ENERGY,
    MIXED_STEP,
    SECOND_ENERGY,
    SECOND_NORM,
    SQUARED_WEIGHTS,
    WEIGHED,
)
from theory.proving.steps import Definition, Hypothesis, Square

within = sp.sqrt(K * (K - 1) / 2)
other = vector("u_s'")
ROUND, LEFT, WEIGHTED = (
    scalar("sum_{s in q} |a_s|^2"),
    scalar("sum_s c_n |u_s|^2"),
    scalar("sum_s c_n |a_s|^2"),
)
MIXED, AVERAGE_WEIGHTED = scalar("|sum_s c_n u_s|^2"), scalar("avg sum_s c_n |a_s|^2")
SO_FAR = scalar("avg |sum of the round so far|^2")
COUNT_WITHIN, SQUARES_ACROSS = (
    scalar("avg sum_s 1 within a round"),
    scalar("avg sum_s c_n^2 over earlier rounds"),
)

NO_LONGER = Hypothesis("lengths", "suppose that |u_s| <= |a_s|", WEIGHED**2 - MIXED_STEP**2)
TOTAL = Hypothesis("total", "suppose that c_1 + ... + c_r <= S_1", LATER_LIMIT - LATER)
SQUARED = Hypothesis(
    "total of squares",
    "suppose that c_1^2 + ... + c_r^2 <= S_2",
    LATER_SQUARES_LIMIT - LATER_SQUARES,
)
SQUARE = Square(
    "square",
    "for any two steps",
    (MIXED_STEP**2 + other**2) / 2 - MIXED_STEP * other,
    (MIXED_STEP - other) ** 2 / 2,
)
CAUCHY_SCHWARZ = Averaged(
    "Cauchy-Schwarz",
    "added up over pairs of steps of earlier rounds, weighted by c_n c_n', each of total "
    "K (c_1 + ... + c_r)",
    SQUARE,
    (
        (MIXED_STEP**2, K * LATER * LEFT),
        (other**2, K * LATER * LEFT),
        (MIXED_STEP * other, MIXED),
    ),
)
SHORTER = Averaged(
    "lengths, added up",
    "added up over the steps of earlier rounds, weighted by c_n",
    NO_LONGER,
    ((WEIGHED**2, WEIGHTED), (MIXED_STEP**2, LEFT)),
)
ROW = Combination(
    "row",
    "so |sum_s c_n u_s|^2 <= K S_1 sum_s c_n |a_s|^2",
    K * LATER_LIMIT * WEIGHTED - MIXED,
    ((1, CAUCHY_SCHWARZ), (K * LATER, SHORTER), (K * WEIGHTED, TOTAL)),
)
ROWS = Averaged(
    "rows", "averaged over t < T", ROW, ((WEIGHTED, AVERAGE_WEIGHTED), (MIXED, SECOND_ENERGY))
)
COLUMN = Combination(
    "column",
    "round q is met with total weight at most S_1 per step number of the later rounds",
    LATER_LIMIT * ROUND - LATER * ROUND,
    ((ROUND, TOTAL),),
)
COLUMNS = Averaged(
    "columns",
    "added up over q, K/T times: sums over rows and columns exchanged, r the rounds after q",
    COLUMN,
    ((ROUND, K * ENERGY), (LATER * ROUND, AVERAGE_WEIGHTED)),
)
ACROSS = Combination(
    "norm across rounds",
    "together: the operator norm on earlier rounds is at most K S_1",
    (K * LATER_LIMIT) ** 2 * ENERGY - SECOND_ENERGY,
    ((1, ROWS), (K * LATER_LIMIT, COLUMNS)),
)
PLAIN = Lemma(
    "norm within rounds",
    "weights 1 within a round have squared norm at most K(K-1)/2",
    "within_rounds",
    ((MIXED_ENERGY, SO_FAR),),
    of="norm",
)
SCALED = Combination(
    "norm within rounds, scaled",
    "weights c_0 have c_0^2 times that",
    (LOST * within) ** 2 * ENERGY - LOST**2 * SO_FAR,
    ((LOST**2, PLAIN),),
)
NORM = Lemma(
    "norm",
    "the norms add up: at most c_0 sqrt(K(K-1)/2) + K S_1",
    "subadditivity",
    (
        (FIRST_NORM, LOST * within),
        (SECOND_NORM, K * LATER_LIMIT),
        (FIRST_ENERGY, LOST**2 * SO_FAR),
    ),
    (SCALED, ACROSS),
)
LIMIT = Averaged(
    "squares of a row",
    "a row's squares on earlier rounds, K of each n, averaged over t < T",
    SQUARED,
    ((LATER_SQUARES, SQUARES_ACROSS / K),),
)
COUNT = Lemma(
    "squares within rounds",
    "the squares of the weights 1 average to (K-1)/2",
    "within_rounds",
    ((SQUARED_WEIGHTS, COUNT_WITHIN),),
    of="squares",
)
DISJOINT = Definition(
    "squares together",
    "each pair s < t lies within a round or across rounds",
    SQUARED_WEIGHTS,
    LOST**2 * COUNT_WITHIN + SQUARES_ACROSS,
)
SQUARES = Combination(
    "squares",
    "so they average to at most K S_2 + c_0^2 (K-1)/2",
    K * LATER_SQUARES_LIMIT + LOST**2 * (K - 1) / 2 - SQUARED_WEIGHTS,
    ((K, LIMIT), (LOST**2, COUNT), (-1, DISJOINT)),
)

PROOF = Proof(
    name="lagged_weights",
    title="norm and squares of weights that depend on the rounds in between",
    steps=(
        NO_LONGER,
        TOTAL,
        SQUARED,
        SQUARE,
        CAUCHY_SCHWARZ,
        SHORTER,
        ROW,
        ROWS,
        COLUMN,
        COLUMNS,
        ACROSS,
        PLAIN,
        SCALED,
        NORM,
        LIMIT,
        COUNT,
        DISJOINT,
        SQUARES,
    ),
    proves=(NORM, SQUARES),
)
