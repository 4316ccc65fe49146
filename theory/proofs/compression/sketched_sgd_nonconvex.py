"""Sketched-SGD without convexity: error feedback of the workers' mean, recovered by HEAVYMIX.

Method: what is left is kept by every worker, but only its mean over workers enters: sketches are
    added up, so p is the mean of all p_m, and e and g below are means over workers.
Bounds: the average over rounds of E|grad F(x_r)|^2, where all estimates are as near as stated.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.compression.sketched_sgd import NONCONVEX
from theory.notation import symbols
from theory.notation.letters import Delta, L, R, eta
from theory.proofs.compression_lemmas.error_feedback_descent import MOMENT
from theory.proofs.compression_lemmas.error_feedback_memory import AFTER, COMPRESSED, share
from theory.proofs.compression_lemmas.heavy_coordinates import SQUARE
from theory.proofs.compression_lemmas.heavymix import ERROR, P
from theory.proving.axioms import Rule
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.steps import Instance
from theory.proving.templates.conclusions import concluding, conditions_of

d, k, q, G = symbols("dimension", "kept", "estimate_tolerance", "gradient_bound")
cut = sp.Max(0, 1 - k / d)
TERMS = (
    Term("optimisation", 2 * Delta / (eta * R)),
    Term("second moment", eta * L * G**2),
    Term("memory", 4 * eta**2 * L**2 * G**2 * cut * (d / k) ** 2),
)

BOUNDED = Instance(
    "gradients",
    "the second moment of mean_m g_m is no larger than those of the workers",
    Rule.GRADIENT_BOUND,
    (MOMENT, G),
)
CUT = Instance("cut at 0", "max{0, ...} only adds", Rule.ABOVE_CHOICE, (cut, 1 - k / d))


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    supposed = conditions_of(bound)
    short = Combination("k <= d", "so 1 - k/d >= 0", 1 - k / d, ((1, supposed[0]),))
    left_out = Lemma(
        "left out",
        "HEAVYMIX contracts by k/d",
        "heavymix",
        ((P, 1 - k / d),),
        supposed,
    )
    compressed = Averaged(
        "of what is compressed",
        "of v = e + eta g, given the past; where it is 0 nothing is left out",
        left_out,
        ((SQUARE, COMPRESSED**2), (ERROR, AFTER)),
    )
    descent = Lemma(
        "descent",
        "every round decreases F, but for what is remembered",
        "error_feedback_descent",
        ((share, k / d),),
        (short, compressed),
    )
    given = (BOUNDED, CUT, *supposed, short, left_out, compressed, descent)
    memory = 4 * eta**2 * L**2 * G**2 * (d / k) ** 2
    return concluding(
        "sketched_sgd_nonconvex",
        "Sketched-SGD, smooth non-convex",
        bound,
        TERMS,
        given=given,
        parts=((2 / eta, descent), (eta * L, BOUNDED), (memory, CUT)),
    )


PROOF = proof_of(NONCONVEX)
