"""Local SGD: Theorem G* with the weights of theory/proofs/local_sgd_nonconvex.py.

Bounds: the average over all steps of E|grad F(x̄_t)|^2.
"""

from theory.bound import Bound
from theory.bounds.local_sgd_nonconvex import SHARP
from theory.measures import Measure, Quantity, ReportPoint
from theory.proofs.local_sgd_nonconvex import COMMON, NO_LAG, NORM, NUMBERS, SQUARES
from theory.proving.proof import Proof
from theory.proving.sharp import by_theorem_g_sharp


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    measure = Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE)
    steps = by_theorem_g_sharp(bound, measure, NUMBERS, NO_LAG, (NORM, SQUARES))
    return Proof(
        name="local_sgd_nonconvex_sharp",
        title="Local SGD, smooth non-convex, with the sources of drift added as norms",
        steps=(*COMMON, *steps),
        proves=(steps[-1],),
    )


PROOF = proof_of(SHARP)
