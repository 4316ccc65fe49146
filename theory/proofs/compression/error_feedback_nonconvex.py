"""SGD with error feedback, the second moment of the gradients bounded."""

from theory.bound import Bound, Term
from theory.bounds.compression.compressed_error_feedback import NONCONVEX
from theory.notation import symbols
from theory.notation.letters import Delta, L, R, eta
from theory.proofs.compression_lemmas.error_feedback_descent import MOMENT
from theory.proofs.compression_lemmas.error_feedback_memory import AFTER, COMPRESSED, share
from theory.proofs.inequalities.jensen import SQUARE_OF_MEAN, SQUARES
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar
from theory.proving.citations import Lemma
from theory.proving.proof import Proof
from theory.proving.steps import Instance
from theory.proving.templates.conclusions import concluding, conditions_of

delta, G = symbols("contraction", "gradient_bound")
squared = scalar("avg mean |g_m|^2")
TERMS = (
    Term("optimisation", 2 * Delta / (eta * R)),
    Term("second moment", eta * L * G**2),
    Term("memory", 4 * eta**2 * L**2 * (1 - delta) * G**2 / delta**2),
)

CONTRACTED = Instance(
    "contraction", "of what is compressed", Rule.CONTRACTION, (COMPRESSED, AFTER, delta)
)
DESCENT = Lemma(
    "descent",
    "every round decreases F, but for what is remembered",
    "error_feedback_descent",
    ((share, delta),),
    (CONTRACTED,),
)
JENSEN = Lemma(
    "Jensen",
    "averaged over workers and rounds: |mean g_m|^2 <= mean |g_m|^2",
    "jensen",
    ((SQUARES, squared), (SQUARE_OF_MEAN, MOMENT)),
)
BOUNDED = Instance("gradients", "gradients are bounded", Rule.GRADIENT_BOUND, (squared, G))
COMMON = (CONTRACTED, DESCENT, JENSEN, BOUNDED)


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    return concluding(
        "error_feedback_nonconvex",
        "SGD with error feedback, smooth non-convex",
        bound,
        TERMS,
        given=(*COMMON, *conditions_of(bound)),
        parts=((2 / eta, DESCENT), (eta * L, JENSEN), (eta * L, BOUNDED)),
    )


PROOF = proof_of(NONCONVEX)
