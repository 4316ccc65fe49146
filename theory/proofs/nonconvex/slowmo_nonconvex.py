"""SlowMo around Local SGD: Theorem G with lag weights that fade from round to round.

Method: K local steps from the common point z, d = z - mean_m x_m, v <- beta v + d, z <- z - a v;
then all start from z. v is eta times SlowMo's u.
Bounds: the average over all steps of E|grad F(ŷ_t)|^2 at ŷ = c x̄ + (1-c) z - c beta v, where
c = a/(1-beta).
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.mixing_methods import SLOWMO, slow_momentum, slow_step
from theory.bounds.outer_steps.slowmo_nonconvex import NONCONVEX, TUNED
from theory.proving.proof import Proof
from theory.proving.templates.linear_mixing import proof_by_theorem_g
from theory.proving.templates.outer_steps import OuterStep

OUTER = OuterStep(
    "SlowMo",
    SLOWMO,
    slow_step,
    slow_momentum,
    fresh=sp.Integer(0),
    remembered=sp.Integer(1),
)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return proof_by_theorem_g(
        "slowmo_nonconvex",
        "SlowMo around Local SGD, smooth non-convex, and its best step size",
        (bound, tuned),
        OUTER.in_class,
        OUTER.admissible,
    )


PROOF = proof_of(NONCONVEX, TUNED)
