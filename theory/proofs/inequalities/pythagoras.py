"""Lemma L-P: the distance from the virtual point splits into deviation and lag."""

import sympy as sp

from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.inferences import Mean
from theory.proving.proof import Proof
from theory.proving.quantities import DEVIATION, DISTANCE, LAG

deviation, lag = vector("x_m - x̄"), vector("x̄ - y")

PYTHAGORAS = Mean(
    "pythagoras",
    "x_m - y = (x_m - x̄) + (x̄ - y), and the deviations x_m - x̄ average to 0 over workers",
    DISTANCE,
    (deviation + lag) ** 2,
    ((deviation**2, DEVIATION), (deviation * lag, sp.Integer(0)), (lag**2, LAG)),
    by=(Rule.UNIFORM_WEIGHTS,),
)

PROOF = Proof(
    name="pythagoras",
    title="the distance from the virtual point splits into deviation and lag",
    steps=(PYTHAGORAS,),
    proves=(PYTHAGORAS,),
)
