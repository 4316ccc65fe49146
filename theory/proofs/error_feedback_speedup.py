"""SGD with error feedback and independent workers, whose noise averages out.

Bounds: the average over rounds of E|grad F(x_r)|^2. Of what the second moment of mean_m g_m adds,
    half of the decrease is left where eta <= 1/(2 L).
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.compressed_error_feedback import SPEEDUP, SPEEDUP_TUNED
from theory.letters import Delta, K, L, M, R, eta, sigma
from theory.notation import symbols
from theory.proofs.fed_back_descent import AVERAGE, MOMENT
from theory.proofs.residual import AFTER, COMPRESSED, share
from theory.proving.certificates import vector
from theory.proving.citations import Lemma
from theory.proving.derivation import by_tuning, conclude, conditions_of, same_terms
from theory.proving.inferences import Combination, Mean
from theory.proving.proof import Proof, Step
from theory.proving.quantities import NOISE_OF_MEAN, SAMPLES
from theory.proving.rules import Rule
from theory.proving.steps import Instance

delta, G = symbols("contraction", "gradient_bound")
gradient, noise = vector("grad F(x_r)"), vector("n̄_r")
TERMS = (
    Term("optimisation", 4 * Delta / (eta * R)),
    Term("statistical", 2 * eta * L * sigma**2 / (M * K)),
    Term("memory", 8 * eta**2 * L**2 * (1 - delta) * G**2 / delta**2),
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
SECOND = Mean(
    "second moment",
    "mean g = grad F(x_r) + n̄_r, whose noise has mean 0; on average over rounds",
    MOMENT,
    (gradient + noise) ** 2,
    ((gradient**2, AVERAGE), (gradient * noise, sp.Integer(0)), (noise**2, NOISE_OF_MEAN)),
    by=(Rule.UNBIASED,),
)
NOISE = Lemma(
    "noise of the mean",
    "the mean of M K independent noises has variance at most sigma^2/(M K)",
    "noise",
    ((SAMPLES, M * K),),
    of="mean",
)
COMMON = (CONTRACTED, DESCENT, SECOND, NOISE)


def _admissible(below: Step) -> tuple[Step, ...]:
    claim = "eta <= 1/(2 L)"
    return (Combination("condition up to 1/(2 L)", claim, 1 - 2 * eta * L, ((2 * L, below),)),)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    supposed = conditions_of(bound)
    shown = conclude(
        bound,
        (
            (4 / eta, DESCENT),
            (-2 * eta * L, SECOND),
            (2 * eta * L, NOISE),
            *((AVERAGE, item) for item in supposed),
        ),
    )
    steps = (*COMMON, *supposed, *same_terms(bound, TERMS), *shown)
    corollary = by_tuning(shown[-1], tuned, TERMS, cap=1 / (2 * L), admissible=_admissible)
    return Proof(
        name="error_feedback_speedup",
        title="SGD with error feedback and linear speed-up, and its best step size",
        steps=(*steps, *corollary),
        proves=(shown[-1], corollary[-1]),
    )


PROOF = proof_of(SPEEDUP, SPEEDUP_TUNED)
