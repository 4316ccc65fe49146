"""Local SGD on convex functions: how a step brings the mean iterate closer to x*.

x̄_{t+1} = x̄_t - eta (h_t + n̄_t), h_t the mean of the gradients grad f_m(x_m,t). From x_m to x* each
f_m is above its tangent, between x_m and x̄ below its parabola; averaged over workers the linear
parts leave <h, x̄ - x*>.
Bounds: a step: |x̄ - x*|^2 falls by 2 eta (F(x̄) - F(x*)), but for noise and the workers' deviation
    from their mean. On average over t < T: F(x̄) - F(x*), for whatever heterogeneity.
"""

import sympy as sp

from theory.notation.letters import B, L, M, T, eta, sigma
from theory.proofs.convex_lemmas.interpolation import MOVE, SLOPE_X, SLOPE_Y, VALUE_X, VALUE_Y
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof
from theory.proving.quantities import (
    DEVIATION,
    DISTANCE_T,
    EXCESS,
    EXCESS_T,
    NOISE_OF_MEAN,
    OFFSET_NEXT,
    OFFSET_T,
)
from theory.proving.steps import Instance, Square
from theory.proving.templates.conclusions import SHORT_STEPS
from theory.proving.templates.noises import of_mean

gradient, at_optimum, h = vector("grad f_m(x_m)"), vector("grad f_m(x*)"), vector("h")
offset, deviation, noise = vector("x̄ - x*"), vector("x_m - x̄"), vector("n̄")
after, last, mean_distance = (
    scalar(name) for name in ("|x̄_t+1 - x*|^2 given the past", "|x̄_T - x*|^2", "avg |x̄ - x*|^2")
)
own, own_lowest, own_at_mean = sp.symbols("f_m(x_m) f_m(x*) f_m(x̄)", real=True)
value, lowest = sp.symbols("F(x̄) F(x*)", real=True)

TANGENT = Lemma(
    "tangent",
    "f_m(x*) is above the tangent at x_m",
    "interpolation",
    (
        (VALUE_X, own),
        (VALUE_Y, own_lowest),
        (SLOPE_X, gradient),
        (SLOPE_Y, at_optimum),
        (MOVE, -(offset + deviation)),
    ),
    of="of f_m",
)
PARABOLA = Instance(
    "parabola",
    "f_m(x̄) is below the parabola at x_m",
    Rule.WORKERS_SMOOTHNESS,
    (own, own_at_mean, gradient, -deviation, L),
)
SQUARE = Square(
    "square",
    "for a = grad f_m(x_m) - grad f_m(x*): |a|^2 >= 2 <a, h> - |h|^2",
    (gradient - at_optimum) ** 2 - 2 * (gradient - at_optimum) * h + h**2,
    (gradient - at_optimum - h) ** 2,
)
WORKER = Combination(
    "worker",
    "so at every worker",
    own_lowest
    - own_at_mean
    + gradient * offset
    - (2 * (gradient - at_optimum) * h - h**2) / (2 * L)
    + L * deviation**2 / 2,
    ((1, TANGENT), (1, PARABOLA), (1 / (2 * L), SQUARE)),
)
DIRECTION = Averaged(
    "direction",
    "averaged over workers, the gradients at x* having the mean 0: "
    "<h, x̄ - x*> >= F(x̄) - F(x*) + |h|^2/(2L) - (L/2) mean_m |x_m - x̄|^2",
    WORKER,
    (
        (own_lowest, lowest),
        (own_at_mean, value),
        (gradient * offset, h * offset),
        (gradient * h, h**2),
        (at_optimum * h, sp.Integer(0)),
        (h**2, h**2),
        (deviation**2, DISTANCE_T),
    ),
    by=(Rule.UNIFORM_WEIGHTS, Rule.MINIMISER),
)
STEP = Mean(
    "step",
    "the squared distance of the mean from x* after a step; n̄ has mean 0 given the past",
    after,
    (offset - eta * (h + noise)) ** 2,
    ((noise, sp.Integer(0)), (noise**2, NOISE_OF_MEAN)),
    by=(Rule.UNBIASED, Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
NOISE = of_mean(M)
CONDITIONAL = Combination(
    "closer given the past",
    "|h|^2 is taken up by what the tangents leave, as eta L <= 1",
    offset**2 - after - 2 * eta * (value - lowest) + eta * L * DISTANCE_T + eta**2 * sigma**2 / M,
    ((-1, STEP), (2 * eta, DIRECTION), (eta**2, NOISE), (eta * h**2 / L, SHORT_STEPS)),
)
CLOSER = Averaged(
    "closer",
    "in expectation over the past as well",
    CONDITIONAL,
    ((offset**2, OFFSET_T), (after, OFFSET_NEXT), (value, EXCESS_T + lowest)),
)
AVERAGED = Averaged(
    "average over time",
    "averaged over t < T, so that |x̄_{t+1} - x*|^2 averages to avg |x̄ - x*|^2 less "
    "(|x_0 - x*|^2 - |x̄_T - x*|^2)/T",
    CLOSER,
    (
        (OFFSET_T, mean_distance),
        (OFFSET_NEXT, mean_distance - (B**2 - last) / T),
        (EXCESS_T, EXCESS),
        (DISTANCE_T, DEVIATION),
    ),
)
AVERAGE = Combination(
    "average",
    "the distances cannot fall below 0",
    B**2 / (2 * eta * T) + eta * sigma**2 / (2 * M) + L * DEVIATION / 2 - EXCESS,
    ((1 / (2 * eta), AVERAGED),),
)

PROOF = Proof(
    name="distance_descent",
    title="how Local SGD comes closer to a minimiser",
    steps=(
        SHORT_STEPS,
        TANGENT,
        PARABOLA,
        SQUARE,
        WORKER,
        DIRECTION,
        STEP,
        NOISE,
        CONDITIONAL,
        CLOSER,
        AVERAGED,
        AVERAGE,
    ),
    proves=(CLOSER, AVERAGE),
)
