"""Operator norms of weights add up: Minkowski's inequality, from squares.

Let the weights be w' + w'', and x_t, y_t the mixtures of vectors a_s that w' and w'' make. From
avg |x|^2 <= f^2 avg |a|^2 and avg |y|^2 <= q^2 avg |a|^2 follows avg |x+y|^2 <= (f+q)^2 avg |a|^2.
Below, x and y are coordinates, numbers, and the average is over steps, coordinates, workers and
chance.
"""

import sympy as sp

from theory.proofs.inequalities.cauchy_schwarz import PRODUCT, x, y
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination, Mean, Root
from theory.proving.proof import Proof
from theory.proving.quantities import (
    ENERGY,
    FIRST_ENERGY,
    FIRST_NORM,
    MIXED_ENERGY,
    SECOND_ENERGY,
    SECOND_NORM,
)
from theory.proving.steps import Hypothesis

f, q, a, X, Y = FIRST_NORM, SECOND_NORM, sp.sqrt(ENERGY), FIRST_ENERGY, SECOND_ENERGY

FIRST = Hypothesis("first norm", "suppose that w' has norm at most f", f**2 * ENERGY - X)
SECOND = Hypothesis("second norm", "suppose that w'' has norm at most q", q**2 * ENERGY - Y)
MIXED = Lemma("Cauchy-Schwarz", "avg x y is at most its root", "cauchy_schwarz", of="root")
FIRST_ROOT = Root("first root", "the root of what is supposed", FIRST, sp.sqrt(X), f * a, 2)
SECOND_ROOT = Root("second root", "the root of what is supposed", SECOND, sp.sqrt(Y), q * a, 2)
SUM = Mean(
    "square of the sum",
    "the mixture of w' + w'' is x + y",
    MIXED_ENERGY,
    (x + y) ** 2,
    ((x**2, X), (x * y, PRODUCT), (y**2, Y)),
)
RESULT = Combination(
    "subadditivity",
    "the norm of a sum is at most the sum of the norms",
    (f + q) ** 2 * ENERGY - MIXED_ENERGY,
    (
        (1, FIRST),
        (1, SECOND),
        (2, MIXED),
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
        MIXED,
        FIRST_ROOT,
        SECOND_ROOT,
        SUM,
        RESULT,
    ),
    proves=(RESULT,),
)
