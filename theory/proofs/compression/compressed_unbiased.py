"""SGD compressed without bias: the descents of all rounds added up, with 2 - growth L eta kept.

Bounds: the average over rounds of E|grad F(x_r)|^2. Heterogeneity enters through the errors of
    compression alone, and is needed on average over rounds.
"""

from theory.bound import Bound, Term
from theory.bounds.compression.compressed_unbiased import NONCONVEX, SIMPLER, TUNED, growth
from theory.notation import symbols
from theory.notation.letters import Delta, K, L, M, R, eta, sigma, zeta
from theory.proofs.compression_lemmas.compressed_descent import GRADIENT, SPREAD
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar
from theory.proving.citations import Lemma
from theory.proving.proof import Proof
from theory.proving.steps import Instance
from theory.proving.templates.rounds import AVERAGE, added_up, proof_by_rounds

omega, omega_down = symbols("compression_variance", "down_compression_variance")
average_spread = scalar("avg mean |grad f_m - grad F|^2")
TERMS = (
    Term("optimisation", 2 * Delta / (eta * R)),
    Term("statistical", eta * L * (1 + omega_down) * (1 + omega) * sigma**2 / (M * K)),
    Term("heterogeneity", eta * L * (1 + omega_down) * omega * zeta**2 / M),
)

DESCENT = Lemma("descent", "every round decreases F, but for noise", "compressed_descent")
ROUNDS = added_up(DESCENT, ((GRADIENT**2, AVERAGE), (SPREAD, average_spread)))
HETEROGENEITY = Instance(
    "heterogeneity", "at the points visited", Rule.HETEROGENEITY, (average_spread, zeta)
)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return proof_by_rounds(
        "compressed_unbiased",
        "SGD compressed without bias, smooth non-convex, and its best step size",
        (bound, tuned),
        (TERMS, SIMPLER),
        growth=growth,
        given=(DESCENT, *ROUNDS, HETEROGENEITY),
        parts=(
            (2 / eta, ROUNDS[-1]),
            (eta * L * (1 + omega_down) * omega / M, HETEROGENEITY),
        ),
    )


PROOF = proof_of(NONCONVEX, TUNED)
