"""A weighted form of Young's inequality that needs no division."""

from theory.proving.proof import Proof
from theory.proving.quantities import FED_BACK, GAIN, SOURCES
from theory.proving.steps import Square

a, b, h = SOURCES, GAIN, FED_BACK

YOUNG = Square(
    "weighted_young",
    "(a + b h)^2 <= (1 + b) a^2 + b (1 + b) h^2",
    (1 + b) * a**2 + b * (1 + b) * h**2 - (a + b * h) ** 2,
    b * (a - h) ** 2,
)

PROOF = Proof(
    name="weighted_young",
    title="the square of a sum, split by the weight of one of its parts",
    steps=(YOUNG,),
    proves=(YOUNG,),
)
