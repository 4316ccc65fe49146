"""HEAVYMIX: the share of a vector that it leaves out, where k < d."""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.compression.sketched_sgd import CONTRACTION
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.proofs.compression_lemmas.heavy_coordinates import SQUARE
from theory.proofs.compression_lemmas.heavymix import ERROR, P
from theory.proving.axioms import Rule
from theory.proving.citations import Lemma
from theory.proving.proof import Proof
from theory.proving.quantities import measured
from theory.proving.steps import Definition, Instance
from theory.proving.templates.conclusions import concluding, conditions_of

d, k, q = symbols("dimension", "kept", "estimate_tolerance")
SHARE = measured(Measure(Quantity.RELATIVE_ERROR, ReportPoint.ONE_VECTOR))
greatest = sp.Max(1 - k / d, q)
TERMS = (Term("left out", greatest),)

RELATIVE = Definition("share", "what is left out, over |v|^2", SHARE, ERROR / SQUARE)
CHANCE = Instance("above chance", "at least 1 - k/d", Rule.ABOVE_CHOICE, (greatest, 1 - k / d))
TOLERANCE = Instance("above tolerance", "and at least q", Rule.ABOVE_CHOICE, (greatest, q))


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    supposed = conditions_of(bound)
    given = (*supposed, CHANCE, TOLERANCE)
    mixed = Lemma("mixed", "what HEAVYMIX leaves out", "heavymix", ((P, greatest),), given)
    return concluding(
        "heavymix_contraction",
        "HEAVYMIX, the share of a vector that is left out",
        bound,
        TERMS,
        given=(RELATIVE, *given, mixed),
        parts=((1 / SQUARE, mixed), (-1, RELATIVE)),
    )


PROOF = proof_of(CONTRACTION)
