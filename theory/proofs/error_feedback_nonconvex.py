"""SGD with error feedback, the second moment of the gradients bounded."""

from theory.bound import Bound, Term
from theory.bounds.compressed_error_feedback import NONCONVEX
from theory.letters import Delta, L, R, eta
from theory.notation import symbols
from theory.proofs.fed_back_descent import MOMENT
from theory.proofs.residual import AFTER, COMPRESSED, share
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.derivation import conclude, conditions_of, same_terms
from theory.proving.inferences import Averaged
from theory.proving.proof import Proof
from theory.proving.rules import Rule
from theory.proving.steps import Instance, Square

delta, G = symbols("contraction", "gradient_bound")
own, mean = vector("g_m"), vector("mean g_m")
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
    "fed_back_descent",
    ((share, delta),),
    (CONTRACTED,),
)
SPREAD = Square("spread", "squares are nonnegative", (own - mean) ** 2, (own - mean) ** 2)
JENSEN = Averaged(
    "Jensen",
    "averaged over workers and rounds: |mean g_m|^2 <= mean |g_m|^2",
    SPREAD,
    ((own**2, squared), (own * mean, MOMENT), (mean**2, MOMENT)),
)
BOUNDED = Instance("gradients", "gradients are bounded", Rule.GRADIENT_BOUND, (squared, G))
COMMON = (CONTRACTED, DESCENT, SPREAD, JENSEN, BOUNDED)


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    shown = conclude(bound, ((2 / eta, DESCENT), (eta * L, JENSEN), (eta * L, BOUNDED)))
    return Proof(
        name="error_feedback_nonconvex",
        title="SGD with error feedback, smooth non-convex",
        steps=(*COMMON, *conditions_of(bound), *same_terms(bound, TERMS), *shown),
        proves=(shown[-1],),
    )


PROOF = proof_of(NONCONVEX)
