"""Lemma L-C: how far the workers are from the virtual point, on average over time.

With e_m = x_m - x̄ and g_m - ḡ = (grad f_m(x_m) - h) + (n_m - n̄), the class of mixing.py gives
e_m = -eta (a + b), a the weighted sum of past noises n_m - n̄ and b that of past grad f_m(x_m) - h;
likewise x̄ - y = -eta (a + b) with the weights m, the mean noises n̄ and the mean gradients h.
"""

import sympy as sp

from theory.notation.letters import M, eta, sigma
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination
from theory.proving.proof import Proof, Step
from theory.proving.quantities import (
    DEVIATION,
    DIRECTION,
    DISPERSION,
    DISTANCE,
    FIRST_ENERGY,
    GENERIC,
    LAG,
    MIXED_DIRECTION,
    MIXED_DISPERSION,
    MIXED_ENERGY,
    NOISE_OF_DEVIATION,
    NOISE_OF_MEAN,
    SECOND_ENERGY,
    SQUARED_LAG_WEIGHTS,
    SQUARED_WEIGHTS,
)
from theory.proving.templates.conclusions import NUMBERS
from theory.proving.templates.noises import OF_DEVIATIONS, of_mean, weighted

C_w, N_w, C_m, N_m = GENERIC.C_w, GENERIC.N_w, GENERIC.C_m, GENERIC.N_m
NOISE_OF_WORKERS = scalar("avg mean |sum_s w_ts (n_m,s - n̄_s)|^2")
NOISE_OF_LAG = scalar("avg |sum_s m_ts n̄_s|^2")

PYTHAGORAS = Lemma("Pythagoras", "distance splits into deviation and lag", "pythagoras")


def _halves(name: str, quantity: sp.Symbol, of_noise: sp.Symbol, of_gradients: sp.Symbol) -> Step:
    """Bounds the mean square of -eta (a + b) by twice the two mean squares, all over eta^2."""
    return Lemma(
        name,
        f"the {name} is -eta (a + b), a from past noise and b from past gradients",
        "young",
        (
            (FIRST_ENERGY, of_noise),
            (SECOND_ENERGY, of_gradients),
            (MIXED_ENERGY, quantity / eta**2),
        ),
        by=(Rule.PLAIN_STEPS,),
    )


OF_DEVIATION = _halves("deviation", DEVIATION, NOISE_OF_WORKERS, MIXED_DISPERSION)
OF_LAG = _halves("lag", LAG, NOISE_OF_LAG, MIXED_DIRECTION)
DEVIATION_NOISE = (
    OF_DEVIATIONS,
    weighted(
        "noise of the deviation over time",
        OF_DEVIATIONS,
        NOISE_OF_DEVIATION,
        SQUARED_WEIGHTS,
        NOISE_OF_WORKERS,
    ),
)
LAG_NOISE = (
    of_mean(M),
    weighted(
        "noise of the lag over time", of_mean(M), NOISE_OF_MEAN, SQUARED_LAG_WEIGHTS, NOISE_OF_LAG
    ),
)
DRIFT = Combination(
    "drift",
    "together: the distance is at most 2 eta^2 (noise + C_w dispersion + C_m |h|^2)",
    2 * eta**2 * sigma**2 * ((1 - 1 / M) * N_w + N_m / M)
    + 2 * eta**2 * (C_w * DISPERSION + C_m * DIRECTION)
    - DISTANCE,
    (
        (-1, PYTHAGORAS),
        (eta**2, OF_DEVIATION),
        (eta**2, OF_LAG),
        (2 * eta**2, DEVIATION_NOISE[-1]),
        (2 * eta**2, LAG_NOISE[-1]),
        (2 * eta**2, NUMBERS[0]),
        (2 * eta**2 * sigma**2 * (1 - 1 / M), NUMBERS[1]),
        (2 * eta**2, NUMBERS[2]),
        (2 * eta**2 * sigma**2 / M, NUMBERS[3]),
    ),
)

PROOF = Proof(
    name="drift",
    title="the distance of the workers from the virtual point, by the four mixing numbers",
    steps=(
        *NUMBERS,
        PYTHAGORAS,
        OF_DEVIATION,
        OF_LAG,
        *DEVIATION_NOISE,
        *LAG_NOISE,
        DRIFT,
    ),
    proves=(DRIFT,),
)
