"""Sums of powers of a rate b in [0, 1), and of their squares, stay below those of all powers.

The rate is written as zeta_W here; citations put in what theirs is.
"""

import sympy as sp

from theory.notation import symbols
from theory.proving.inferences import Combination
from theory.proving.proof import Proof
from theory.proving.quantities import POWERS, SQUARED_POWERS
from theory.proving.steps import Summation

(b,) = symbols("mixing_rate")
n, stop = sp.symbols("n r", integer=True, nonnegative=True)

SUM = Summation(
    "sum of powers", "1 + b + ... in closed form", POWERS, b**n, n, 0, stop, (1 - b**stop) / (1 - b)
)
LIMIT = Combination("powers", "it is at most 1/(1 - b)", 1 / (1 - b) - POWERS, ((-1, SUM),))
SQUARED_SUM = Summation(
    "sum of squared powers",
    "1 + b^2 + ... in closed form",
    SQUARED_POWERS,
    b ** (2 * n),
    n,
    0,
    stop,
    (1 - b ** (2 * stop)) / ((1 - b) * (1 + b)),
)
SQUARED_LIMIT = Combination(
    "squared powers",
    "it is at most 1/(1 - b^2)",
    1 / ((1 - b) * (1 + b)) - SQUARED_POWERS,
    ((-1, SQUARED_SUM),),
)

PROOF = Proof(
    name="geometric_sums",
    title="sums of powers of a rate below 1, and of their squares",
    steps=(SUM, LIMIT, SQUARED_SUM, SQUARED_LIMIT),
    proves=(LIMIT, SQUARED_LIMIT),
)
