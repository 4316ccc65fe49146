"""Lemma L-H: how large a coordinate is that passes for heavy.

Estimates of squares are off by at most q |v|^2/(2k) for coordinates and q |v|^2/2 for |v|^2; heavy
is a coordinate whose estimate reaches that of |v|^2 over k.
"""

import sympy as sp

from theory.notation import symbols
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar
from theory.proving.inferences import Combination
from theory.proving.proof import Proof
from theory.proving.steps import Instance

k, q = symbols("kept", "estimate_tolerance")
SQUARE = sp.Symbol("|v|^2", positive=True)
COORDINATE = scalar("v_i^2")
estimate, estimated_square = scalar("estimate of v_i^2"), scalar("estimate of |v|^2")

PASSES = Instance(
    "passes", "the coordinate is a heavy one", Rule.HEAVY, (estimate, estimated_square, k)
)
NEAR = Instance(
    "coordinate",
    "it is not much smaller than its estimate",
    Rule.ESTIMATES,
    (estimate, COORDINATE, q, SQUARE, k),
)
NORM = Instance(
    "square",
    "nor is the estimate of |v|^2 than |v|^2",
    Rule.ESTIMATES,
    (SQUARE, estimated_square, q, SQUARE, sp.Integer(1)),
)
HEAVY = Combination(
    "heavy_coordinates",
    "together: v_i^2 >= (1 - q) |v|^2/k",
    COORDINATE - (1 - q) * SQUARE / k,
    ((1, PASSES), (1, NEAR), (1 / k, NORM)),
)

PROOF = Proof(
    name="heavy_coordinates",
    title="how large a coordinate is that passes for heavy",
    steps=(PASSES, NEAR, NORM, HEAVY),
    proves=(HEAVY,),
)
