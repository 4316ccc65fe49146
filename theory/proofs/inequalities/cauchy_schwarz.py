"""The Cauchy-Schwarz inequality, from squares: (avg x y)^2 <= avg x^2 avg y^2.

x and y are numbers, such as the coordinates of vectors or the terms of a sum, and avg is any mean
or sum of them; x', y' stand for the same at a second, independent place.
"""

import sympy as sp

from theory.proving.inferences import Averaged, Root
from theory.proving.proof import Proof
from theory.proving.quantities import FIRST_ENERGY, SECOND_ENERGY
from theory.proving.steps import Square

x, y, x2, y2 = sp.symbols("x y x' y'", real=True)
PRODUCT = sp.Symbol("avg x y", real=True)
energies = FIRST_ENERGY * SECOND_ENERGY

LAGRANGE = Square(
    "Lagrange",
    "a square, half of it",
    (x**2 * y2**2 + x2**2 * y**2) / 2 - x * y * x2 * y2,
    (x * y2 - x2 * y) ** 2 / 2,
)
SQUARED = Averaged(
    "cauchy_schwarz",
    "averaged over both places, independently",
    LAGRANGE,
    ((x**2 * y2**2, energies), (x2**2 * y**2, energies), (x * y * x2 * y2, PRODUCT**2)),
)
ROOT = Root("root", "avg x y is at most its root", SQUARED, PRODUCT, sp.sqrt(energies), 2)

PROOF = Proof(
    name="cauchy_schwarz",
    title="the mean of a product is at most the root of the mean squares",
    steps=(LAGRANGE, SQUARED, ROOT),
    proves=(SQUARED, ROOT),
)
