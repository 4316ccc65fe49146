"""A gradient step on one smooth convex function brings workers no further apart.

u_m = x_m - eta grad F(x_m), with the same F for every worker.
Bounds: mean_m |u_m - ū|^2 <= mean_m |x_m - x̄|^2 for eta L <= 1 (2 would do).
"""

import sympy as sp

from theory.notation.letters import L, eta
from theory.proofs.convex_lemmas.interpolation import MOVE, SLOPE_X, SLOPE_Y, VALUE_X, VALUE_Y
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof, Step
from theory.proving.quantities import CONTRACTED, DISTANCE_T
from theory.proving.templates.conclusions import SHORT_STEPS

deviation, others = vector("x_m - x̄"), vector("x_n - x̄")
slope, others_slope, mean_slope = (vector(f"grad F(x_{name})") for name in ("m", "n", "m), mean"))
value, others_value = sp.symbols("F(x_m) F(x_n)", real=True)
aligned = sp.Symbol("mean <grad F(x_m), x_m - x̄>", real=True)
squares, square_of_mean, spread = (
    scalar(f"{name}|^2")
    for name in ("mean |grad F(x_m)", "|mean grad F(x_m)", "mean |grad F(x_m) - mean grad F(x_m)")
)


def _tangent(label: str, at: tuple[sp.Expr, ...]) -> Step:
    values = tuple(zip((VALUE_X, VALUE_Y, SLOPE_X, SLOPE_Y, MOVE), at, strict=True))
    return Lemma(label, "F above its tangent", "interpolation", values, of="of F")


THERE = _tangent("from m to n", (value, others_value, slope, others_slope, others - deviation))
BACK = _tangent("from n to m", (others_value, value, others_slope, slope, deviation - others))
PAIR = Combination(
    "pair",
    "gradients are cocoercive: the slopes differ along x_m - x_n by |their difference|^2/L",
    (slope - others_slope) * (deviation - others) - (slope - others_slope) ** 2 / L,
    ((1, THERE), (1, BACK)),
)
PAIRS = Averaged(
    "pairs",
    "averaged over all pairs m, n of workers, whose deviations have mean 0",
    PAIR,
    (
        (slope * deviation, aligned),
        (others_slope * others, aligned),
        (slope * others, sp.Integer(0)),
        (others_slope * deviation, sp.Integer(0)),
        (slope**2, squares),
        (others_slope**2, squares),
        (slope * others_slope, square_of_mean),
    ),
    by=(Rule.UNIFORM_WEIGHTS,),
)
MOMENTS = (
    (slope**2, squares),
    (slope * mean_slope, square_of_mean),
    (mean_slope**2, square_of_mean),
    (deviation**2, DISTANCE_T),
    (deviation * slope, aligned),
    (deviation * mean_slope, sp.Integer(0)),
)
SPREAD = Mean("spread", "the spread of the slopes", spread, (slope - mean_slope) ** 2, MOMENTS)
AFTER = Mean(
    "after a step",
    "u_m - ū = (x_m - x̄) - eta (grad F(x_m) - their mean)",
    CONTRACTED,
    (deviation - eta * (slope - mean_slope)) ** 2,
    MOMENTS,
    by=(Rule.UNIFORM_WEIGHTS,),
)
RESULT = Combination(
    "contraction",
    "what alignment takes off is at least what the square of the step adds",
    DISTANCE_T - CONTRACTED,
    (
        (-1, AFTER),
        (eta, PAIRS),
        (eta**2 - 2 * eta / L, SPREAD),
        (eta * spread / L, SHORT_STEPS),
    ),
)

PROOF = Proof(
    name="contraction",
    title="gradient steps on one function bring workers no further apart",
    steps=(SHORT_STEPS, THERE, BACK, PAIR, PAIRS, SPREAD, AFTER, RESULT),
    proves=(RESULT,),
)
