"""Lemma L-A: drift feeds on dispersion and dispersion on drift; a small step size ends the circle.

All quantities are finite, since finitely many steps with Lipschitz gradients and noise of finite
variance keep second moments finite; so the drift may be moved from one side to the other.
"""

from theory.notation.letters import M, eta, sigma, zeta
from theory.proving.axioms import Rule
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination
from theory.proving.proof import Proof
from theory.proving.quantities import DIRECTION, DISTANCE, GENERIC, SPREAD
from theory.proving.steps import Instance
from theory.proving.templates.conclusions import CONDITIONS, NUMBERS

C_w, N_w, C_m, N_m = GENERIC.C_w, GENERIC.N_w, GENERIC.C_m, GENERIC.N_m

DRIFT = Lemma("drift", "drift is at most noise, dispersion and |h|^2", "drift", given=NUMBERS)
DISPERSION = Lemma("dispersion", "dispersion is at most drift and spread", "dispersion")
HETEROGENEITY = Instance(
    "heterogeneity",
    "the workers' gradients spread by at most zeta^2; needed at the report points only",
    Rule.HETEROGENEITY,
    (SPREAD, zeta),
)
ABSORPTION = Combination(
    "absorption",
    "at most half of the drift comes back, as 8 eta^2 L^2 C_w <= 1: it is at most twice the rest",
    4 * eta**2 * sigma**2 * ((1 - 1 / M) * N_w + N_m / M)
    + 8 * eta**2 * C_w * zeta**2
    + 4 * eta**2 * C_m * DIRECTION
    - DISTANCE,
    (
        (2, DRIFT),
        (4 * eta**2 * C_w, DISPERSION),
        (8 * eta**2 * C_w, HETEROGENEITY),
        (DISTANCE, CONDITIONS[0]),
    ),
)

PROOF = Proof(
    name="absorption",
    title="drift by noise and heterogeneity, its own feedback absorbed",
    steps=(*NUMBERS, CONDITIONS[0], DRIFT, DISPERSION, HETEROGENEITY, ABSORPTION),
    proves=(ABSORPTION,),
)
