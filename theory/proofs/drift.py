"""Lemma L-C: how far the workers are from the virtual point, on average over time.

With e_m = x_m - x̄ and g_m - ḡ = (grad f_m(x_m) - h) + (n_m - n̄), the class of mixing.py gives
e_m = -eta (a + b), a the weighted sum of past noises n_m - n̄ and b that of past grad f_m(x_m) - h;
likewise x̄ - y = -eta (a + b) with the weights m, the mean noises n̄ and the mean gradients h.
"""

import sympy as sp

from theory.letters import M, eta, sigma
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.derivation import NUMBERS
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof, Step
from theory.proving.quantities import (
    DEVIATION,
    DIRECTION,
    DISPERSION,
    DISTANCE,
    GENERIC,
    INCREMENT,
    INCREMENT_LIMIT,
    LAG,
    MIXED_DIRECTION,
    MIXED_DISPERSION,
    NOISE_OF_DEVIATION,
    NOISE_OF_MEAN,
    SAMPLES,
    SQUARED_LAG_WEIGHTS,
    SQUARED_SUM,
    SQUARED_WEIGHTS,
    SUM_OF_SQUARES,
)
from theory.proving.rules import Rule
from theory.proving.steps import Square

C_w, N_w, C_m, N_m = GENERIC.C_w, GENERIC.N_w, GENERIC.C_m, GENERIC.N_m
noise, gradients = vector("a"), vector("b")
NOISE_OF_WORKERS = scalar("avg mean |sum_s w_ts (n_m,s - n̄_s)|^2")
NOISE_OF_LAG = scalar("avg |sum_s m_ts n̄_s|^2")

PYTHAGORAS = Lemma("Pythagoras", "distance splits into deviation and lag", "pythagoras")
YOUNG = Square(
    "Young",
    "|a + b|^2 <= 2|a|^2 + 2|b|^2",
    2 * noise**2 + 2 * gradients**2 - (noise + gradients) ** 2,
    (noise - gradients) ** 2,
)


def _halves(
    name: str, quantity: sp.Symbol, of_noise: sp.Symbol, of_gradients: sp.Symbol
) -> tuple[Step, ...]:
    """Bounds the mean square of -eta (a + b) by twice the two mean squares."""
    mixed = sp.Symbol(f"avg <a, b> of the {name}", real=True)
    moments = ((noise**2, of_noise), (noise * gradients, mixed), (gradients**2, of_gradients))
    young = Averaged(f"Young for the {name}", "averaged over workers and time", YOUNG, moments)
    squared = Mean(
        f"square of the {name}",
        f"the {name} is -eta (a + b)",
        quantity,
        (-eta * (noise + gradients)) ** 2,
        moments,
        by=(Rule.PLAIN_STEPS,),
    )
    return (
        young,
        squared,
        Combination(
            name,
            f"the {name} comes from past noise and from past gradients, each at most twice",
            2 * eta**2 * (of_noise + of_gradients) - quantity,
            ((eta**2, young), (-1, squared)),
        ),
    )


def _noise(
    name: str, of: str, increment: sp.Symbol, limit: sp.Expr, weights: sp.Symbol, total: sp.Symbol
) -> tuple[Step, ...]:
    """Bounds the mean square of a weighted sum of noises by that of its weights."""
    single = Lemma(
        f"one noise of the {name}", "the variance of one step", "noise", ((SAMPLES, M),), of=of
    )
    weighted = Lemma(
        f"noise of the {name}",
        "noises of different steps are orthogonal; averaged over time",
        "noise",
        (
            (INCREMENT, increment),
            (INCREMENT_LIMIT, limit),
            (SUM_OF_SQUARES, weights),
            (SQUARED_SUM, total),
        ),
        (single,),
        of="weighted",
    )
    return single, weighted


DEVIATION_STEPS = _halves("deviation", DEVIATION, NOISE_OF_WORKERS, MIXED_DISPERSION)
LAG_STEPS = _halves("lag", LAG, NOISE_OF_LAG, MIXED_DIRECTION)
DEVIATION_NOISE = _noise(
    "deviation",
    "deviations",
    NOISE_OF_DEVIATION,
    (1 - 1 / M) * sigma**2,
    SQUARED_WEIGHTS,
    NOISE_OF_WORKERS,
)
LAG_NOISE = _noise("lag", "mean", NOISE_OF_MEAN, sigma**2 / M, SQUARED_LAG_WEIGHTS, NOISE_OF_LAG)
DRIFT = Combination(
    "drift",
    "together: the distance is at most 2 eta^2 (noise + C_w dispersion + C_m |h|^2)",
    2 * eta**2 * sigma**2 * ((1 - 1 / M) * N_w + N_m / M)
    + 2 * eta**2 * (C_w * DISPERSION + C_m * DIRECTION)
    - DISTANCE,
    (
        (-1, PYTHAGORAS),
        (1, DEVIATION_STEPS[-1]),
        (1, LAG_STEPS[-1]),
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
        YOUNG,
        *DEVIATION_STEPS,
        *LAG_STEPS,
        *DEVIATION_NOISE,
        *LAG_NOISE,
        DRIFT,
    ),
    proves=(DRIFT,),
)
