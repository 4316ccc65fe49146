"""HEAVYMIX: no more coordinates pass for heavy than |v|^2 has room for."""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.compression.sketched_sgd import SELECTED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.proofs.compression_lemmas.heavy_coordinates import COORDINATE, SQUARE
from theory.proving.certificates import scalar
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged
from theory.proving.proof import Proof
from theory.proving.quantities import measured
from theory.proving.steps import Definition
from theory.proving.templates.conclusions import concluding, conditions_of

k, q = symbols("kept", "estimate_tolerance")
COUNT = measured(Measure(Quantity.SELECTED, ReportPoint.ONE_VECTOR))
heavy, light = scalar("sum of v_i^2, heavy"), scalar("sum of v_i^2, others")
TERMS = (Term("heavy", k / (1 - q)),)

SPLIT = Definition("split", "heavy coordinates and others", SQUARE, heavy + light)
LARGE = Lemma("large", "a heavy coordinate has its share of |v|^2", "heavy_coordinates")
ALL = Averaged(
    "all of them",
    "added up over the heavy ones",
    LARGE,
    ((sp.Integer(1), COUNT), (COORDINATE, heavy)),
)


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    factor = k / ((1 - q) * SQUARE)
    return concluding(
        "heavymix_selected",
        "HEAVYMIX, how many coordinates are taken for heavy",
        bound,
        TERMS,
        given=(SPLIT, LARGE, ALL, *conditions_of(bound)),
        parts=((factor, ALL), (factor, SPLIT)),
    )


PROOF = proof_of(SELECTED)
