"""EF21 where |grad F|^2 >= 2 mu (F - inf F): the lemma at s = (1 - theta)/theta."""

from theory.bound import Bound, Term
from theory.bounds.compression.ef21 import POLYAK_LOJASIEWICZ, feedback, shrinking
from theory.notation.letters import Delta, R, eta, mu
from theory.proofs.compression.ef21_nonconvex import CONTRACTED, G_0
from theory.proofs.compression_lemmas.ef21_descent import s
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination
from theory.proving.proof import Proof
from theory.proving.templates.conclusions import concluding, conditions_of

TERMS = (
    Term("optimisation", shrinking**R * Delta),
    Term("first estimates", shrinking**R * eta * (1 + feedback) * G_0**2),
)


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    supposed = conditions_of(bound)
    slow = Combination(
        "slow steps",
        "2 mu eta/theta <= 1, as 1/theta = 1 + s",
        1 - 2 * mu * eta * (1 + feedback),
        tuple((1 + feedback, item) for item in supposed[1:2]),
    )
    descent = Lemma(
        "descent",
        "value and error of the estimates shrink together",
        "ef21_contraction",
        ((s, feedback),),
        (CONTRACTED, *supposed, slow),
    )
    return concluding(
        "ef21_strongly_convex",
        "EF21, smooth and strongly convex",
        bound,
        TERMS,
        given=(CONTRACTED, *supposed, slow, descent),
        parts=((1, descent),),
    )


PROOF = proof_of(POLYAK_LOJASIEWICZ)
