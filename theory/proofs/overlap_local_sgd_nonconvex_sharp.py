"""Overlap-Local-SGD: Theorem G* with the weights of theory/proofs/overlap_local_sgd_nonconvex.py.

Bounds: the average over all steps of E|grad F(y_t)|^2.
"""

from theory.bound import Bound
from theory.bounds.overlap_local_sgd_nonconvex import SHARP
from theory.measures import Measure, Quantity, ReportPoint
from theory.proofs.overlap_local_sgd_nonconvex import COUNTED, FACTS, IN_CLASS, NUMBERS
from theory.proving.proof import Proof
from theory.proving.sharp import by_theorem_g_sharp


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    measure = Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ANCHORED_MEAN)
    steps = by_theorem_g_sharp(bound, measure, NUMBERS, (), FACTS)
    return Proof(
        name="overlap_local_sgd_nonconvex_sharp",
        title="Overlap-Local-SGD, smooth non-convex, with the sources of drift added as norms",
        steps=(*IN_CLASS, *COUNTED, *steps),
        proves=(steps[-1],),
    )


PROOF = proof_of(SHARP)
