"""Local SGD on one convex function: only noise drives the workers apart.

Bounds: mean_m E|x_m - x̄|^2: after j steps of a round at most j eta^2 (1 - 1/M) sigma^2, as a step
    without noise brings the workers no further apart. So at any step at most K - 1 times
    eta^2 (1 - 1/M) sigma^2, and (K-1)/2 times on average.
"""

import sympy as sp

from theory.notation.letters import K, M, eta, sigma
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof
from theory.proving.quantities import (
    CONTRACTED,
    DEVIATION,
    DISTANCE_NEXT,
    DISTANCE_T,
    NOISE_OF_DEVIATION,
)
from theory.proving.steps import Definition
from theory.proving.templates.conclusions import SHORT_STEPS
from theory.proving.templates.noises import OF_DEVIATIONS
from theory.proving.templates.round_sums import COUNT, COUNTED, j

contracted, noise = vector("u_m - ū"), vector("n_m - n̄")
TOTAL = scalar("sum_{i<j} mean |x_m,i - x̄_i|^2")
LEFT = scalar("steps of the round that are left")
added = eta**2 * (1 - 1 / M) * sigma**2

CONTRACTION = Lemma(
    "contraction",
    "a gradient step brings the workers no further apart",
    "contraction",
    given=(SHORT_STEPS,),
)
STEP = Mean(
    "step",
    "x_m - x̄ becomes (u_m - ū) - eta (n_m - n̄), u_m what is left of a step without noise",
    DISTANCE_NEXT,
    (contracted - eta * noise) ** 2,
    ((contracted**2, CONTRACTED), (contracted * noise, 0), (noise**2, NOISE_OF_DEVIATION)),
    by=(Rule.UNBIASED, Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS, Rule.HOMOGENEOUS),
)
GROWTH = Combination(
    "growth",
    "so a step drives them apart by at most eta^2 (1 - 1/M) sigma^2",
    DISTANCE_T + added - DISTANCE_NEXT,
    ((1, CONTRACTION), (-1, STEP), (eta**2, OF_DEVIATIONS)),
)
AT_STEP = Averaged(
    "after j steps",
    "added up over the steps i < j of a round, at whose start all are at the mean",
    GROWTH,
    ((DISTANCE_T, TOTAL), (DISTANCE_NEXT, TOTAL + DISTANCE_T), (sp.Integer(1), j)),
)
REST = Definition("rest", "K - 1 - j steps are left before the last of the round", LEFT, K - 1 - j)
ALWAYS = Combination(
    "always",
    "j is at most K - 1",
    (K - 1) * added - DISTANCE_T,
    ((1, AT_STEP), (-added, REST)),
)
ROUND = Averaged(
    "average over a round",
    "averaged over j < K and over rounds",
    AT_STEP,
    ((j, COUNT / K), (DISTANCE_T, DEVIATION)),
)
AVERAGE = Combination(
    "average",
    "j is (K-1)/2 on average",
    (K - 1) / 2 * added - DEVIATION,
    ((1, ROUND), (-added / K, COUNTED)),
)

PROOF = Proof(
    name="consensus_homogeneous",
    title="how far noise drives the workers apart on one convex function",
    steps=(
        SHORT_STEPS,
        CONTRACTION,
        STEP,
        OF_DEVIATIONS,
        GROWTH,
        AT_STEP,
        REST,
        ALWAYS,
        COUNTED,
        ROUND,
        AVERAGE,
    ),
    proves=(ALWAYS, AVERAGE),
)
