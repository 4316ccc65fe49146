"""Young's inequality for mean squares: avg |a + b|^2 <= 2 avg |a|^2 + 2 avg |b|^2."""

import sympy as sp

from theory.proving.certificates import vector
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof
from theory.proving.quantities import FIRST_ENERGY, MIXED_ENERGY, SECOND_ENERGY
from theory.proving.steps import Square

first, second = vector("a"), vector("b")
mixed = sp.Symbol("avg <a, b>", real=True)
MOMENTS = ((first**2, FIRST_ENERGY), (first * second, mixed), (second**2, SECOND_ENERGY))

SQUARE = Square(
    "square",
    "|a + b|^2 <= 2|a|^2 + 2|b|^2",
    2 * first**2 + 2 * second**2 - (first + second) ** 2,
    (first - second) ** 2,
)
AVERAGED = Averaged("average", "averaged", SQUARE, MOMENTS)
SUM = Mean("square of the sum", "of a + b", MIXED_ENERGY, (first + second) ** 2, MOMENTS)
RESULT = Combination(
    "young",
    "so the mean square of a sum is at most twice those of both parts",
    2 * FIRST_ENERGY + 2 * SECOND_ENERGY - MIXED_ENERGY,
    ((1, AVERAGED), (-1, SUM)),
)

PROOF = Proof(
    name="young",
    title="the mean square of a sum is at most twice those of its parts",
    steps=(SQUARE, AVERAGED, SUM, RESULT),
    proves=(RESULT,),
)
