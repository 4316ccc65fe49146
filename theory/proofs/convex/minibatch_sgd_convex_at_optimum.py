"""Minibatch SGD on convex losses: noise away from x* is paid for by the losses' own curvature.

With d = g(x) - g(x*) for the gradient g of one sample, its noise is d - E d and its noise at x*.
The losses lie above their tangents by |d|^2/(2L), which takes up the first.
Bounds: the average over rounds of E F(x_r) - F(x*), with the noise at x* alone.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.large_batch.minibatch_sgd_convex import AT_OPTIMUM, AT_OPTIMUM_TUNED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, K, L, M, R, eta
from theory.proofs.inequalities.jensen import SQUARE_OF_MEAN, SQUARES
from theory.proofs.theorem_g.noise import s2
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof
from theory.proving.quantities import (
    FIRST_ENERGY,
    MIXED_ENERGY,
    NOISE_OF_MEAN,
    SAMPLES,
    SECOND_ENERGY,
    measured,
)
from theory.proving.steps import Instance
from theory.proving.templates.conclusions import concluding_tuned, conditions_of

(sigma_star,) = symbols("noise_at_optimum")
N = M * K
AVERAGE = measured(Measure(Quantity.SUBOPTIMALITY, ReportPoint.ROUND_START))
gradient, noise, offset = vector("grad F(x_r)"), vector("n̄_r"), vector("x_r - x*")
own, change, mean_change = vector("g(x_r)"), vector("d"), vector("E d")
loss, lowest_loss, value, lowest = sp.symbols("f(x_r) f(x*) F(x_r) F(x*)", real=True)
VARIANCE, CHANGE, MEAN_CHANGE, CENTRED, AT_OPTIMUM_VARIANCE, after, last, mean_distance = (
    scalar(name)
    for name in (
        "mean variance of g(x_r)",
        "mean |d|^2",
        "mean |E d|^2",
        "mean |d - E d|^2",
        "mean variance of g(x*)",
        "|x_r+1 - x*|^2",
        "|x_R - x*|^2",
        "avg |x_r - x*|^2",
    )
)

TANGENT = Instance(
    "tangent",
    "the loss of a sample at x* is above the tangent at x_r, by |d|^2/(2L)",
    Rule.SAMPLES_CONVEX_SMOOTH,
    (lowest_loss, loss, own, -offset, change, L),
)
EXPECTED = Averaged(
    "mean tangent",
    "averaged over samples, whose gradients have mean grad F(x_r)",
    TANGENT,
    (
        (lowest_loss, lowest),
        (loss, value),
        (own * offset, gradient * offset),
        (change**2, CHANGE),
    ),
    by=(Rule.UNBIASED, Rule.UNIFORM_WEIGHTS),
)
CENTRING = Mean(
    "centring",
    "removing E d, each worker's own, lowers the mean square",
    CENTRED,
    (change - mean_change) ** 2,
    ((change**2, CHANGE), (change * mean_change, MEAN_CHANGE), (mean_change**2, MEAN_CHANGE)),
)
HALVES = Lemma(
    "Young",
    "the noise of a gradient is d - E d and its noise at x*",
    "young",
    ((FIRST_ENERGY, CENTRED), (SECOND_ENERGY, AT_OPTIMUM_VARIANCE), (MIXED_ENERGY, VARIANCE)),
    by=(Rule.UNBIASED,),
)
LIMITED = Instance(
    "noise at the optimum",
    "it is limited at x*",
    Rule.VARIANCE_AT_OPTIMUM,
    (AT_OPTIMUM_VARIANCE, sigma_star),
)
MOMENT = Lemma(
    "noise of the mean",
    "the variance of the mean of M K independent gradients is theirs over M K",
    "noise",
    (
        (SAMPLES, N),
        (s2, VARIANCE),
    ),
    of="moment of the mean",
)
JENSEN = Lemma(
    "Jensen",
    "averaged over workers: grad F(x_r) is the mean of E d, as grad F(x*) = 0",
    "jensen",
    ((SQUARES, MEAN_CHANGE), (SQUARE_OF_MEAN, gradient**2)),
    by=(Rule.UNIFORM_WEIGHTS, Rule.MINIMISER),
)
STEP = Mean(
    "step",
    "the squared distance from x* after a round; the noise has mean 0 given the past",
    after,
    (offset - eta * (gradient + noise)) ** 2,
    ((noise, sp.Integer(0)), (noise**2, NOISE_OF_MEAN)),
    by=(Rule.UNBIASED, Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
COMMON = (
    TANGENT,
    EXPECTED,
    CENTRING,
    HALVES,
    LIMITED,
    MOMENT,
    JENSEN,
    STEP,
)
TERMS = (
    Term("optimisation", B**2 / (2 * eta * R)),
    Term("statistical", eta * sigma_star**2 / N),
)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    supposed = conditions_of(bound)
    closer = Combination(
        "closer",
        "what the tangents leave takes up |grad F|^2 and the noise of d, as 2 eta L <= 1",
        offset**2 - after - 2 * eta * (value - lowest) + 2 * eta**2 * sigma_star**2 / N,
        (
            (-1, STEP),
            (2 * eta, EXPECTED),
            (-(eta**2), MOMENT),
            (eta**2 / N, HALVES),
            (2 * eta**2 / N, LIMITED),
            (eta**2, JENSEN),
            (-eta / L, CENTRING),
            *((eta / L * (CENTRED + MEAN_CHANGE), item) for item in supposed),
        ),
    )
    averaged = Averaged(
        "average over rounds",
        "averaged over r < R, so that |x_{r+1} - x*|^2 averages to avg |x_r - x*|^2 less "
        "(|x_0 - x*|^2 - |x_R - x*|^2)/R",
        closer,
        (
            (offset**2, mean_distance),
            (after, mean_distance - (B**2 - last) / R),
            (value, AVERAGE + lowest),
        ),
    )
    return concluding_tuned(
        "minibatch_sgd_convex_at_optimum",
        "Minibatch SGD, convex losses, noise at the optimum, and its best step size",
        (bound, tuned),
        TERMS,
        given=(*COMMON, *supposed, closer, averaged),
        parts=((1 / (2 * eta), averaged),),
        cap=1 / (2 * L),
    )


PROOF = proof_of(AT_OPTIMUM, AT_OPTIMUM_TUNED)
