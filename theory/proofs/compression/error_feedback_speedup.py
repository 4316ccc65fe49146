"""SGD with error feedback and independent workers, whose noise averages out.

Bounds: the average over rounds of E|grad F(x_r)|^2. Of what the second moment of mean_m g_m adds,
    half of the decrease is left where eta <= 1/(2 L).
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.compression.compressed_error_feedback import SPEEDUP, SPEEDUP_TUNED
from theory.notation.letters import Delta, K, L, M, R, eta, sigma
from theory.proofs.compression.error_feedback_nonconvex import CONTRACTED, DESCENT, G, delta
from theory.proofs.compression_lemmas.error_feedback_descent import MOMENT
from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.inferences import Mean
from theory.proving.proof import Proof
from theory.proving.quantities import NOISE_OF_MEAN
from theory.proving.templates.conclusions import concluding_tuned, conditions_of
from theory.proving.templates.noises import of_mean
from theory.proving.templates.rounds import AVERAGE

gradient, noise = vector("grad F(x_r)"), vector("n̄_r")
TERMS = (
    Term("optimisation", 4 * Delta / (eta * R)),
    Term("statistical", 2 * eta * L * sigma**2 / (M * K)),
    Term("memory", 8 * eta**2 * L**2 * (1 - delta) * G**2 / delta**2),
)

SECOND = Mean(
    "second moment",
    "mean g = grad F(x_r) + n̄_r, whose noise has mean 0; on average over rounds",
    MOMENT,
    (gradient + noise) ** 2,
    ((gradient**2, AVERAGE), (gradient * noise, sp.Integer(0)), (noise**2, NOISE_OF_MEAN)),
    by=(Rule.UNBIASED,),
)
NOISE = of_mean(M * K)
COMMON = (CONTRACTED, DESCENT, SECOND, NOISE)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    supposed = conditions_of(bound)
    return concluding_tuned(
        "error_feedback_speedup",
        "SGD with error feedback and linear speed-up, and its best step size",
        (bound, tuned),
        TERMS,
        given=(*COMMON, *supposed),
        parts=(
            (4 / eta, DESCENT),
            (-2 * eta * L, SECOND),
            (2 * eta * L, NOISE),
            *((AVERAGE, item) for item in supposed),
        ),
        cap=1 / (2 * L),
    )


PROOF = proof_of(SPEEDUP, SPEEDUP_TUNED)
