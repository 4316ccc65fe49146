"""Theorem G* (bounds/theorem_g.py): drift and its sources added as norms, not as squares.

Method: any method of the linear-mixing class, with numbers that dominate its weights.
Bounds: the average over t < T of E|grad F(y_t)|^2, under the conditions of Theorem G*. Roots of
averages are norms: sqrt(avg mean |x_m - y|^2) is that of the distance, and so on.
"""

import sympy as sp

from theory.bounds.theorem_g import kept_of, theorem_g_sharp
from theory.notation.letters import L, M, eta, sigma, zeta
from theory.proofs.theorem_g.dispersion import CENTRING, DISTANT, SMOOTH, SPLIT, squared_centred
from theory.proofs.theorem_g.drift import (
    DEVIATION_NOISE,
    LAG_NOISE,
    NOISE_OF_LAG,
    NOISE_OF_WORKERS,
    PYTHAGORAS,
)
from theory.proving.axioms import Rule
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination, Root
from theory.proving.proof import Proof
from theory.proving.quantities import (
    DEVIATION,
    DIRECTION,
    DISPERSION,
    DISTANCE,
    ENERGY,
    FED_BACK,
    FIRST_ENERGY,
    FIRST_NORM,
    GAIN,
    GRADIENT,
    KEPT,
    LAG,
    LAG_NORM,
    MIXED_DIRECTION,
    MIXED_DISPERSION,
    MIXED_ENERGY,
    NORM,
    SECOND_ENERGY,
    SECOND_NORM,
    SHARP,
    SOURCES,
    SPREAD,
    SQUARED_LAG_WEIGHTS,
    SQUARED_WEIGHTS,
)
from theory.proving.steps import Hypothesis, Instance

PLACED = {kept_of(SHARP): KEPT}
TERMS, (_, CONDITION) = theorem_g_sharp(SHARP)
eta_hat = SHARP.effective_step * eta
noise = sigma * sp.sqrt(SHARP.noise_weight)
d, v, h = sp.sqrt(DISTANCE), sp.sqrt(DISPERSION), sp.sqrt(DIRECTION)
sources, gain = eta * L * (noise + zeta * NORM) / KEPT, eta * L * LAG_NORM / KEPT

NUMBERS = (
    Hypothesis("norm", "by definition of C_w", NORM**2 * DISPERSION - MIXED_DISPERSION),
    Hypothesis("squares", "by definition of N_w", SHARP.N_w - SQUARED_WEIGHTS),
    Hypothesis("lag norm", "by definition of C_m", LAG_NORM**2 * DIRECTION - MIXED_DIRECTION),
    Hypothesis("lag squares", "by definition of N_m", SHARP.N_m - SQUARED_LAG_WEIGHTS),
)
LEFT = Hypothesis("kept", "suppose 0 < p <= 1 - eta L C_w^(1/2)", 1 - eta * L * NORM - KEPT)
ADMISSIBLE = Hypothesis(
    "condition", "suppose L eta_hat + b (1 + b) <= 1", (1 - CONDITION.lhs).xreplace(PLACED)
)
NOISE = Combination(
    "noise",
    "the noises of deviation and lag together",
    noise**2 - (NOISE_OF_WORKERS + NOISE_OF_LAG),
    (
        (1, DEVIATION_NOISE[-1]),
        (1, LAG_NOISE[-1]),
        (sigma**2 * (1 - 1 / M), NUMBERS[1]),
        (sigma**2 / M, NUMBERS[3]),
    ),
)
GRADIENTS = Combination(
    "gradients",
    "the gradients of deviation and lag together, by their norms",
    (NORM * v + LAG_NORM * h) ** 2 - (MIXED_DISPERSION + MIXED_DIRECTION),
    ((1, NUMBERS[0]), (1, NUMBERS[2])),
)
TOGETHER = Lemma(
    "noise and gradients",
    "deviation and lag, side by side, are -eta times those noises plus those gradients",
    "subadditivity",
    (
        (ENERGY, sp.Integer(1)),
        (FIRST_ENERGY, NOISE_OF_WORKERS + NOISE_OF_LAG),
        (SECOND_ENERGY, MIXED_DISPERSION + MIXED_DIRECTION),
        (MIXED_ENERGY, (DEVIATION + LAG) / eta**2),
        (FIRST_NORM, noise),
        (SECOND_NORM, NORM * v + LAG_NORM * h),
    ),
    (NOISE, GRADIENTS),
    by=(Rule.PLAIN_STEPS,),
)
SQUARED_DRIFT = Combination(
    "drift, squared",
    "and their mean squares add up to that of the distance",
    (eta * (noise + NORM * v + LAG_NORM * h)) ** 2 - DISTANCE,
    ((eta**2, TOGETHER), (-1, PYTHAGORAS)),
)
DRIFT = Root(
    "drift",
    "the norms of noise, dispersion and |h| add up",
    SQUARED_DRIFT,
    d,
    eta * (noise + NORM * v + LAG_NORM * h),
    2,
)
CENTRED = Combination(
    "centred",
    "delta_m - mean delta is at most L times the distance",
    (L * d) ** 2 - squared_centred,
    ((-1, CENTRING), (1, DISTANT)),
)
HETEROGENEITY = Instance(
    "heterogeneity",
    "the workers' gradients spread by at most zeta^2; needed at the report points only",
    Rule.HETEROGENEITY,
    (SPREAD, zeta),
)
SQUARED_DISPERSION = Lemma(
    "dispersion, squared",
    "grad f_m(x_m) - h is (delta_m - mean delta) + b_m, and norms add up",
    "subadditivity",
    (
        (ENERGY, sp.Integer(1)),
        (FIRST_ENERGY, squared_centred),
        (SECOND_ENERGY, SPREAD),
        (MIXED_ENERGY, DISPERSION),
        (FIRST_NORM, L * d),
        (SECOND_NORM, zeta),
    ),
    (CENTRED, HETEROGENEITY),
)
SPREAD_OUT = Root("dispersion", "the norms of both add up", SQUARED_DISPERSION, v, L * d + zeta, 2)
ABSORBED = Combination(
    "absorption",
    "what drift feeds back is taken off: L times the distance is at most a + b |h|",
    sources + gain * h - L * d,
    ((L / KEPT, DRIFT), (L / KEPT * eta * NORM, SPREAD_OUT), (L * d / KEPT, LEFT)),
)
SQUARED = Combination(
    "absorption, squared",
    "so are the squares",
    (sources + gain * h) ** 2 - L**2 * DISTANCE,
    ((sources + gain * h + L * d, ABSORBED),),
)
YOUNG = Lemma(
    "Young",
    "the square of a + b |h| is split by the weight b",
    "weighted_young",
    ((SOURCES, sources), (GAIN, gain), (FED_BACK, h)),
)
TELESCOPED = Lemma("telescoping", "the descents, averaged over time", "telescoping")
THEOREM = Combination(
    "theorem_g_sharp",
    "so the sum of the terms of Theorem G* is at least the time average of E|grad F(y)|^2",
    sp.Add(*(term.expression for term in TERMS)).xreplace(PLACED) - GRADIENT,
    ((2 / eta_hat, TELESCOPED), (1, SQUARED), (1, YOUNG), (DIRECTION, ADMISSIBLE)),
)

PROOF = Proof(
    name="theorem_g_sharp",
    title="Theorem G*: Theorem G with norms added in the place of squares",
    steps=(
        *NUMBERS,
        LEFT,
        ADMISSIBLE,
        PYTHAGORAS,
        *DEVIATION_NOISE,
        *LAG_NOISE,
        NOISE,
        GRADIENTS,
        TOGETHER,
        SQUARED_DRIFT,
        DRIFT,
        SPLIT,
        CENTRING,
        SMOOTH,
        DISTANT,
        CENTRED,
        HETEROGENEITY,
        SQUARED_DISPERSION,
        SPREAD_OUT,
        ABSORBED,
        SQUARED,
        YOUNG,
        TELESCOPED,
        THEOREM,
    ),
    proves=(THEOREM,),
)
