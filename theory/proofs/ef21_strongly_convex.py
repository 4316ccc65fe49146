"""EF21 where |grad F|^2 >= 2 mu (F - inf F): the lemma at s = (1 - theta)/theta."""

from theory.bound import Bound, Term
from theory.bounds.ef21 import POLYAK_LOJASIEWICZ, feedback, shrinking
from theory.letters import Delta, R, eta, mu
from theory.notation import symbols
from theory.proofs.difference_feedback import AFTER, COMPRESSED, s
from theory.proving.citations import Lemma
from theory.proving.derivation import conclude, conditions_of, same_terms
from theory.proving.inferences import Combination
from theory.proving.proof import Proof
from theory.proving.rules import Rule
from theory.proving.steps import Instance

delta, G_0 = symbols("contraction", "estimate_error")
TERMS = (
    Term("optimisation", shrinking**R * Delta),
    Term("first estimates", shrinking**R * eta * (1 + feedback) * G_0**2),
)
CONTRACTED = Instance(
    "contraction", "of what is compressed", Rule.CONTRACTION, (COMPRESSED, AFTER, delta)
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
        "estimated_contraction",
        ((s, feedback),),
        (CONTRACTED, *supposed, slow),
    )
    shown = conclude(bound, ((1, descent),))
    return Proof(
        name="ef21_strongly_convex",
        title="EF21, smooth and strongly convex",
        steps=(CONTRACTED, *supposed, slow, descent, *same_terms(bound, TERMS), *shown),
        proves=(shown[-1],),
    )


PROOF = proof_of(POLYAK_LOJASIEWICZ)
