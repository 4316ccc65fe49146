"""EF21 without convexity: the lemma at s = (1 - theta)/theta, theta = 1 - sqrt(1 - delta)."""

from theory.bound import Bound, Term
from theory.bounds.compression.ef21 import NONCONVEX, feedback
from theory.notation import symbols
from theory.notation.letters import Delta, R, eta
from theory.proofs.compression_lemmas.ef21_descent import AFTER, COMPRESSED, s
from theory.proving.axioms import Rule
from theory.proving.citations import Lemma
from theory.proving.proof import Proof
from theory.proving.steps import Instance
from theory.proving.templates.conclusions import concluding, conditions_of

delta, G_0 = symbols("contraction", "estimate_error")
TERMS = (
    Term("optimisation", 2 * Delta / (eta * R)),
    Term("first estimates", (1 + feedback) * G_0**2 / R),
)
CONTRACTED = Instance(
    "contraction", "of what is compressed", Rule.CONTRACTION, (COMPRESSED, AFTER, delta)
)


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    supposed = conditions_of(bound)
    descent = Lemma(
        "descent",
        "value and error of the estimates fall together",
        "ef21_potential",
        ((s, feedback),),
        (CONTRACTED, *supposed),
    )
    return concluding(
        "ef21_nonconvex",
        "EF21, smooth non-convex",
        bound,
        TERMS,
        given=(CONTRACTED, *supposed, descent),
        parts=((1, descent),),
    )


PROOF = proof_of(NONCONVEX)
