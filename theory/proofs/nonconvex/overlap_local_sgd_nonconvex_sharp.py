"""Overlap-Local-SGD: Theorem G* with the weights of overlap_local_sgd_nonconvex.py beside it.

Bounds: the average over all steps of E|grad F(y_t)|^2.
"""

from theory.bound import Bound
from theory.bounds.overlap.overlap_local_sgd_nonconvex import SHARP
from theory.proofs.nonconvex.overlap_local_sgd_nonconvex import METHOD
from theory.proving.proof import Proof
from theory.proving.templates.linear_mixing_sharp import by_theorem_g_sharp


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    steps = by_theorem_g_sharp(bound, METHOD)
    return Proof(
        name="overlap_local_sgd_nonconvex_sharp",
        title="Overlap-Local-SGD, smooth non-convex, with the sources of drift added as norms",
        steps=(*METHOD.steps, *steps),
        proves=(steps[-1],),
    )


PROOF = proof_of(SHARP)
