"""DiLoCo with SGD steps inside: Theorem G with lag weights that fade from round to round.

Method: K local steps from the common point z, d = z - mean_m x_m, v <- beta v + d and
z <- z - lambda (d + beta v), a Nesterov step; then all start from z.
Bounds: the average over all steps of E|grad F(ŷ_t)|^2 at ŷ = c x̄ + (1-c) z - c beta^2 v, where
c = lambda/(1-beta).
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.mixing_methods import DILOCO, outer_momentum, outer_step
from theory.bounds.outer_steps.diloco_nonconvex import NONCONVEX, TUNED
from theory.proving.proof import Proof
from theory.proving.templates.linear_mixing import proof_by_theorem_g
from theory.proving.templates.outer_steps import OuterStep

OUTER = OuterStep(
    "DiLoCo",
    DILOCO,
    outer_step,
    outer_momentum,
    fresh=sp.Integer(1),
    remembered=outer_momentum,
)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return proof_by_theorem_g(
        "diloco_nonconvex",
        "DiLoCo with SGD steps inside, smooth non-convex, and its best step size",
        (bound, tuned),
        OUTER.in_class,
        OUTER.admissible,
    )


PROOF = proof_of(NONCONVEX, TUNED)
