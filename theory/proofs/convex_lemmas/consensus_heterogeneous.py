"""Local SGD where gradients differ by at most zeta_max: noise and that drive the workers apart.

With b_m = grad f_m(x_m) - grad F(x_m), a step is one of F's gradient, which brings the workers no
further apart, and one of b_m and noise.
Bounds: mean_m E|x_m - x̄|^2 after j steps of a round, by induction: at most
    2 j^2 eta^2 zeta_max^2 + 2 j eta^2 (1 - 1/M) sigma^2. The squared root sum
    eta^2 (j zeta_max + (j (1 - 1/M))^(1/2) sigma)^2 would do, which is at most that.
"""

import sympy as sp

from theory.notation import symbols
from theory.notation.letters import K, M, eta, sigma
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.induction import Induction
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof
from theory.proving.quantities import (
    CONTRACTED,
    DEVIATION,
    DISTANCE_NEXT,
    DISTANCE_T,
    NOISE_OF_DEVIATION,
)
from theory.proving.steps import Hypothesis, Instance, Square
from theory.proving.templates.conclusions import SHORT_STEPS
from theory.proving.templates.noises import OF_DEVIATIONS
from theory.proving.templates.round_sums import COUNT, COUNTED, SQUARED, SQUARES, j

(zeta,) = symbols("greatest_heterogeneity")
contracted, noise = vector("u_m - ū"), vector("n_m - n̄")
own, mean = vector("b_m"), vector("b̄")
centred = vector("b_m - b̄")
squares, square_of_mean, spread = (
    scalar(name) for name in ("mean |b_m|^2", "|b̄|^2", "mean |b_m - b̄|^2")
)
aligned = sp.Symbol("mean <u_m - ū, b_m - b̄>", real=True)
weight = 2 * j + 1
by_noise, by_spread = eta**2 * (1 - 1 / M) * sigma**2, eta**2 * zeta**2


def limit(steps: sp.Expr) -> sp.Expr:
    """How far apart the workers may be after so many steps of a round."""
    return 2 * steps**2 * by_spread + 2 * steps * by_noise


CONTRACTION = Lemma(
    "contraction",
    "a step of F's gradient brings the workers no further apart",
    "contraction",
    given=(SHORT_STEPS,),
)
HETEROGENEITY = Instance(
    "heterogeneity", "b_m is limited at every x", Rule.GREATEST_HETEROGENEITY, (own**2, zeta)
)
MEAN_SQUARE = Averaged("mean square", "averaged over workers", HETEROGENEITY, ((own**2, squares),))
CENTRING = Mean(
    "centring",
    "removing the mean over workers lowers the mean square",
    spread,
    (own - mean) ** 2,
    ((own**2, squares), (own * mean, square_of_mean), (mean**2, square_of_mean)),
    by=(Rule.UNIFORM_WEIGHTS,),
)
SQUARE = Square(
    "square",
    "for any weight w, here 2 j + 1",
    (contracted + weight * eta * centred) ** 2,
    (contracted + weight * eta * centred) ** 2,
)
YOUNG = Combination(
    "Young",
    "|a - eta b|^2 <= (1 + 1/w) |a|^2 + (1 + w) eta^2 |b|^2",
    (1 + 1 / weight) * contracted**2
    + (1 + weight) * eta**2 * centred**2
    - (contracted - eta * centred) ** 2,
    ((1 / weight, SQUARE),),
)
MOMENTS = ((contracted**2, CONTRACTED), (contracted * centred, aligned), (centred**2, spread))
AVERAGED = Averaged("Young, averaged", "averaged over workers", YOUNG, MOMENTS)
STEP = Mean(
    "step",
    "x_m - x̄ becomes (u_m - ū) - eta (b_m - b̄) - eta (n_m - n̄), u_m after a step of grad F(x_m)",
    DISTANCE_NEXT,
    (contracted - eta * centred - eta * noise) ** 2,
    (*MOMENTS, (contracted * noise, 0), (centred * noise, 0), (noise**2, NOISE_OF_DEVIATION)),
    by=(Rule.UNBIASED, Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
GROWTH = Combination(
    "growth",
    "so a step drives the workers apart by no more",
    (1 + 1 / weight) * DISTANCE_T + (1 + weight) * by_spread + by_noise - DISTANCE_NEXT,
    (
        (1, AVERAGED),
        (-1, STEP),
        (1 + 1 / weight, CONTRACTION),
        (eta**2, OF_DEVIATIONS),
        ((1 + weight) * eta**2, MEAN_SQUARE),
        (-(1 + weight) * eta**2, CENTRING),
    ),
)
SUPPOSED = Hypothesis("so far", "suppose the claim after j steps", limit(j) - DISTANCE_T)
ONWARD = Combination(
    "onward",
    "then it holds after j + 1",
    limit(j + 1) - DISTANCE_NEXT,
    ((1, GROWTH), (1 + 1 / weight, SUPPOSED)),
)
AT_STEP = Induction(
    "after j steps",
    "all workers start a round at the mean, so it holds after any j < K",
    SUPPOSED,
    ONWARD,
    j,
    ((DISTANCE_T, sp.Integer(0)),),
    ((DISTANCE_T, DISTANCE_NEXT),),
    by=(Rule.UNIFORM_WEIGHTS,),
)
ROUND = Averaged(
    "average over a round",
    "averaged over j < K and over rounds",
    AT_STEP,
    ((j, COUNT / K), (j**2, SQUARES / K), (DISTANCE_T, DEVIATION)),
)
AVERAGE = Combination(
    "consensus_heterogeneous",
    "j is (K-1)/2 and j^2 is (K-1)(2K-1)/6 on average",
    (K - 1) * (2 * K - 1) / 3 * by_spread + (K - 1) * by_noise - DEVIATION,
    ((1, ROUND), (-2 * by_noise / K, COUNTED), (-2 * by_spread / K, SQUARED)),
)

PROOF = Proof(
    name="consensus_heterogeneous",
    title="how far noise and bounded heterogeneity drive the workers apart",
    steps=(
        SHORT_STEPS,
        CONTRACTION,
        HETEROGENEITY,
        MEAN_SQUARE,
        CENTRING,
        SQUARE,
        YOUNG,
        AVERAGED,
        STEP,
        OF_DEVIATIONS,
        GROWTH,
        SUPPOSED,
        ONWARD,
        AT_STEP,
        COUNTED,
        SQUARED,
        ROUND,
        AVERAGE,
    ),
    proves=(AVERAGE,),
)
