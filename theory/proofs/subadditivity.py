"""Operator norms of weights add up: Minkowski's inequality, from squares.

Let the weights be w' + w'', and x_t, y_t the mixtures of vectors a_s that w' and w'' make. From
avg |x|^2 <= f^2 avg |a|^2 and avg |y|^2 <= q^2 avg |a|^2 follows avg |x+y|^2 <= (f+q)^2 avg |a|^2.
Below, x and y are coordinates, numbers, and the average is over steps, coordinates, workers and
chance; x', y' stand for the same at a second, independent place.
"""

import sympy as sp

from theory.proving.inferences import Averaged, Combination, Mean, Root
from theory.proving.proof import Proof
from theory.proving.quantities import (
    ENERGY,
    FIRST_ENERGY,
    FIRST_NORM,
    MIXED_ENERGY,
    SECOND_ENERGY,
    SECOND_NORM,
)
from theory.proving.steps import Hypothesis, Square

x, y, x2, y2 = sp.symbols("x y x' y'", real=True)
f, q, a, X, Y = FIRST_NORM, SECOND_NORM, sp.sqrt(ENERGY), FIRST_ENERGY, SECOND_ENERGY
product = sp.Symbol("avg x y", real=True)

FIRST = Hypothesis("first norm", "suppose that w' has norm at most f", f**2 * ENERGY - X)
SECOND = Hypothesis("second norm", "suppose that w'' has norm at most q", q**2 * ENERGY - Y)
LAGRANGE = Square(
    "Lagrange",
    "a square, half of it",
    (x**2 * y2**2 + x2**2 * y**2) / 2 - x * y * x2 * y2,
    (x * y2 - x2 * y) ** 2 / 2,
)
CAUCHY_SCHWARZ = Averaged(
    "Cauchy-Schwarz, squared",
    "averaged over both places, independently: (avg x y)^2 <= avg x^2 avg y^2",
    LAGRANGE,
    ((x**2 * y2**2, X * Y), (x2**2 * y**2, X * Y), (x * y * x2 * y2, product**2)),
)
PRODUCT = Root(
    "Cauchy-Schwarz", "avg x y is at most its root", CAUCHY_SCHWARZ, product, sp.sqrt(X * Y), 2
)
FIRST_ROOT = Root("first root", "the root of what is supposed", FIRST, sp.sqrt(X), f * a, 2)
SECOND_ROOT = Root("second root", "the root of what is supposed", SECOND, sp.sqrt(Y), q * a, 2)
SUM = Mean(
    "square of the sum",
    "the mixture of w' + w'' is x + y",
    MIXED_ENERGY,
    (x + y) ** 2,
    ((x**2, X), (x * y, product), (y**2, Y)),
)
RESULT = Combination(
    "subadditivity",
    "the norm of a sum is at most the sum of the norms",
    (f + q) ** 2 * ENERGY - MIXED_ENERGY,
    (
        (1, FIRST),
        (1, SECOND),
        (2, PRODUCT),
        (2 * sp.sqrt(Y), FIRST_ROOT),
        (2 * f * a, SECOND_ROOT),
        (-1, SUM),
    ),
)

PROOF = Proof(
    name="subadditivity",
    title="the operator norm of a sum of weights is at most the sum of the norms",
    steps=(
        FIRST,
        SECOND,
        LAGRANGE,
        CAUCHY_SCHWARZ,
        PRODUCT,
        FIRST_ROOT,
        SECOND_ROOT,
        SUM,
        RESULT,
    ),
    proves=(RESULT,),
)
