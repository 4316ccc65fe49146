"""DQ-SGD without convexity: the descents of all rounds added up, with 2 - L eta kept.

Setting: F L-smooth and bounded below; unbiased gradients, unbiased rounding.
Bounds: the average over rounds of E|grad F(x_r)|^2. The levels of a round may depend on its
    gradients; h^2 is the mean of E mean_m (|g_m|_p/s)^2 over rounds.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.compression.dq_sgd import NONCONVEX, SIMPLER, TUNED
from theory.notation import symbols
from theory.notation.letters import Delta, K, L, M, R, eta, sigma
from theory.proofs.compression_lemmas.quantised_descent import GRADIENT
from theory.proving.citations import Lemma
from theory.proving.proof import Proof
from theory.proving.quantities import SQUARED_SPACING
from theory.proving.templates.rounds import AVERAGE, added_up, proof_by_rounds

d, h = symbols("dimension", "level_spacing")
TERMS = (
    Term("optimisation", 2 * Delta / (eta * R)),
    Term("statistical", eta * L * sigma**2 / (M * K)),
    Term("quantisation", eta * L * d * h**2 / (4 * M)),
)

DESCENT = Lemma("descent", "every round decreases F, but for noise", "quantised_descent")
ROUNDS = added_up(DESCENT, ((GRADIENT**2, AVERAGE), (SQUARED_SPACING, h**2)))


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return proof_by_rounds(
        "dq_sgd_nonconvex",
        "DQ-SGD, smooth non-convex, and its best step size",
        (bound, tuned),
        (TERMS, SIMPLER),
        growth=sp.Integer(1),
        given=(DESCENT, *ROUNDS),
        parts=((2 / eta, ROUNDS[-1]),),
    )


PROOF = proof_of(NONCONVEX, TUNED)
