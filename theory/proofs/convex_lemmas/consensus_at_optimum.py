"""Local SGD: how far workers drift apart when heterogeneity is known at the optimum alone.

x_m - x̄ = -eta (a + b), a the sum over the round so far of the noises n_m - n̄, b that of the
gradients grad f_m(x_m) - h; and grad f_m(x_m) is what standing at x_m and not at x̄ changes in it,
what standing at x̄ and not at x* does, and grad f_m(x*).
Bounds: the mean over workers and steps of E|x_m - x̄|^2, by noise, heterogeneity, itself, and
    E F(x̄) - F(x*).
"""

import sympy as sp

from theory.notation.letters import K, L, M, eta, sigma, zeta_star
from theory.proofs.convex_lemmas.interpolation import MOVE, SLOPE_X, SLOPE_Y, VALUE_X, VALUE_Y
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof, Step
from theory.proving.quantities import (
    DEVIATION,
    ENERGY,
    EXCESS,
    FIRST_ENERGY,
    MIXED_ENERGY,
    NOISE_OF_DEVIATION,
    SECOND_ENERGY,
    SQUARED_WEIGHTS,
)
from theory.proving.steps import Instance, Square
from theory.proving.templates.noises import OF_DEVIATIONS, weighted
from theory.proving.templates.round_sums import SQUARED, SQUARES, j

whole, mean = vector("sum grad f_m(x_m)"), vector("sum h")
by_drift, by_offset, at_optimum = (
    vector("sum grad f_m(x_m) - grad f_m(x̄)"),
    vector("sum grad f_m(x̄) - grad f_m(x*)"),
    vector("grad f_m(x*)"),
)
NOISES, GRADIENTS, WHOLE, OF_MEAN, BY_DRIFT, BY_OFFSET = (
    scalar(f"avg mean |{name}|^2")
    for name in ("a", "b", "sum grad f_m(x_m)", "sum h", by_drift.name, by_offset.name)
)
DRIFT_OF_ONE, OFFSET_OF_ONE, AT_OPTIMUM = (
    scalar(f"avg mean |{name}|^2")
    for name in (
        "grad f_m(x_m) - grad f_m(x̄)",
        "grad f_m(x̄) - grad f_m(x*)",
        "grad f_m(x*)",
    )
)
MIXED = tuple(sp.Symbol(f"avg mean <{name}>", real=True) for name in ("1", "2", "3"))

HALVES = Lemma(
    "Young",
    "x_m - x̄ is -eta (a + b)",
    "young",
    ((FIRST_ENERGY, NOISES), (SECOND_ENERGY, GRADIENTS), (MIXED_ENERGY, DEVIATION / eta**2)),
    by=(Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
NOISE = weighted("noise", OF_DEVIATIONS, NOISE_OF_DEVIATION, SQUARED_WEIGHTS, NOISES)
STEPS_SO_FAR = Lemma(
    "steps so far",
    "a step has (K-1)/2 before it in its round, on average",
    "within_rounds",
    of="squares",
)
CENTRED = Mean(
    "centring",
    "b is sum grad f_m(x_m) less its mean over workers, and has the smaller mean square",
    GRADIENTS,
    (whole - mean) ** 2,
    ((whole**2, WHOLE), (whole * mean, OF_MEAN), (mean**2, OF_MEAN)),
    by=(Rule.UNIFORM_WEIGHTS,),
)
PARTS = by_drift + by_offset + j * at_optimum
THREE = Square(
    "three parts",
    "the square of a sum of three is at most three times the squares",
    3 * (by_drift**2 + by_offset**2 + (j * at_optimum) ** 2) - PARTS**2,
    (by_drift - by_offset) ** 2
    + (by_offset - j * at_optimum) ** 2
    + (by_drift - j * at_optimum) ** 2,
)
THIRDS = (
    (by_drift**2, BY_DRIFT),
    (by_offset**2, BY_OFFSET),
    (j**2 * at_optimum**2, SQUARES / K * AT_OPTIMUM),
    (by_drift * by_offset, MIXED[0]),
    (by_drift * at_optimum * j, MIXED[1]),
    (by_offset * at_optimum * j, MIXED[2]),
)
THREE_AVERAGED = Averaged(
    "three parts, averaged",
    "averaged over workers and time; grad f_m(x*) is the same at all steps",
    THREE,
    THIRDS,
)
SUMMED = Mean("sum of gradients", "after j steps of a round", WHOLE, PARTS**2, THIRDS)


def _within(name: str, one: sp.Symbol, total: sp.Symbol) -> Step:
    claim = "the sum over the round so far has at most K(K-1)/2 times the square, on average"
    return Lemma(name, claim, "within_rounds", ((ENERGY, one), (MIXED_ENERGY, total)), of="norm")


NORM_OF_DRIFT = _within("norm of the first", DRIFT_OF_ONE, BY_DRIFT)
NORM_OF_OFFSET = _within("norm of the second", OFFSET_OF_ONE, BY_OFFSET)
one_drift, deviation = vector("grad f_m(x_m) - grad f_m(x̄)"), vector("x_m - x̄")
LIPSCHITZ = Instance(
    "workers' smoothness", "gradients follow the points", Rule.LIPSCHITZ, (one_drift, deviation, L)
)
DRIFT = Averaged(
    "first part",
    "averaged over workers and time",
    LIPSCHITZ,
    ((one_drift**2, DRIFT_OF_ONE), (deviation**2, DEVIATION)),
)
difference, offset = vector("grad f_m(x̄) - grad f_m(x*)"), vector("x̄ - x*")
value, own_lowest, lowest = sp.symbols("f_m(x̄) f_m(x*) F(x*)", real=True)
TANGENT = Lemma(
    "tangent",
    "f_m(x̄) is above the tangent at x*",
    "interpolation",
    (
        (VALUE_X, own_lowest),
        (VALUE_Y, value),
        (SLOPE_X, at_optimum),
        (SLOPE_Y, at_optimum + difference),
        (MOVE, offset),
    ),
    of="of f_m",
)
OFFSET = Averaged(
    "second part",
    "averaged over workers, whose gradients at x* have mean 0, and over time",
    TANGENT,
    (
        (value, EXCESS + lowest),
        (own_lowest, lowest),
        (at_optimum * offset, sp.Integer(0)),
        (difference**2, OFFSET_OF_ONE),
    ),
    by=(Rule.UNIFORM_WEIGHTS, Rule.MINIMISER),
)
HETEROGENEITY = Instance(
    "third part", "limited at x*", Rule.HETEROGENEITY_AT_OPTIMUM, (AT_OPTIMUM, zeta_star)
)
half_square = K * (K - 1) / 2
RESULT = Combination(
    "consensus_at_optimum",
    "put together",
    eta**2 * (K - 1) * (1 - 1 / M) * sigma**2
    + eta**2 * (K - 1) * (2 * K - 1) * zeta_star**2
    + 3 * eta**2 * K * (K - 1) * (L**2 * DEVIATION + 2 * L * EXCESS)
    - DEVIATION,
    (
        (eta**2, HALVES),
        (2 * eta**2, NOISE),
        (2 * eta**2 * (1 - 1 / M) * sigma**2, STEPS_SO_FAR),
        (-2 * eta**2, CENTRED),
        (2 * eta**2, THREE_AVERAGED),
        (-2 * eta**2, SUMMED),
        (6 * eta**2, NORM_OF_DRIFT),
        (6 * eta**2, NORM_OF_OFFSET),
        (6 * eta**2 * half_square, DRIFT),
        (12 * eta**2 * L * half_square, OFFSET),
        (eta**2 * (K - 1) * (2 * K - 1), HETEROGENEITY),
        (-6 * eta**2 * AT_OPTIMUM / K, SQUARED),
    ),
)

PROOF = Proof(
    name="consensus_at_optimum",
    title="how far workers drift apart, by heterogeneity at the optimum",
    steps=(
        HALVES,
        OF_DEVIATIONS,
        NOISE,
        STEPS_SO_FAR,
        CENTRED,
        SQUARED,
        THREE,
        THREE_AVERAGED,
        SUMMED,
        NORM_OF_DRIFT,
        NORM_OF_OFFSET,
        LIPSCHITZ,
        DRIFT,
        TANGENT,
        OFFSET,
        HETEROGENEITY,
        RESULT,
    ),
    proves=(RESULT,),
)
