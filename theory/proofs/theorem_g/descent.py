"""Lemma L-D: a step y_{t+1} = y_t - eta_hat ḡ_t of the virtual sequence decreases F.

All is said given the past, except for the last step, an expectation. The workers' gradients are
g_m = grad f_m(x_m) + n_m, with mean h + n̄. Standing at x_m and not at y changes worker m's gradient
by delta_m = grad f_m(x_m) - grad f_m(y), so that mean_m delta_m = h - grad F(y).
"""

import sympy as sp

from theory.notation.letters import L, M, eta, sigma
from theory.proofs.inequalities.jensen import SQUARE_OF_MEAN, SQUARES
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.quantities import (
    DIRECTION_T,
    DISTANCE_T,
    GENERIC,
    GRADIENT_T,
    NOISE_OF_MEAN,
    VALUE_NEXT,
    VALUE_T,
)
from theory.proving.steps import Instance
from theory.proving.templates.noises import of_mean

eta_hat = GENERIC.effective_step * eta
gradient, h, noise = vector("grad F(y)"), vector("h"), vector("n̄")
delta, displacement = vector("delta_m"), vector("x_m - y")
squared_delta = scalar("mean |delta_m|^2")

SMOOTH = Instance(
    "smoothness",
    "F at y_{t+1} = y_t - eta_hat (h + n̄) is at most its quadratic upper bound at y_t",
    Rule.SMOOTHNESS,
    (VALUE_T, VALUE_NEXT, gradient, -eta_hat * (h + noise), L),
)
EXPECTED = Averaged(
    "given the past",
    "given the past, the noise n̄ has mean 0 while y_t, grad F(y_t) and h are known",
    SMOOTH,
    ((noise, sp.Integer(0)), (noise**2, NOISE_OF_MEAN)),
    by=(Rule.UNBIASED,),
)
NOISE = of_mean(M)
JENSEN = Lemma(
    "Jensen",
    "averaged over workers: |h - grad F(y)|^2 = |mean_m delta_m|^2 <= mean_m |delta_m|^2",
    "jensen",
    ((SQUARES, squared_delta), (SQUARE_OF_MEAN, (h - gradient) ** 2)),
    by=(Rule.UNIFORM_WEIGHTS,),
)
SMOOTH_WORKERS = Instance(
    "workers' smoothness",
    "|delta_m| is at most L times the distance from x_m to y",
    Rule.LIPSCHITZ,
    (delta, displacement, L),
)
DISTANT = Averaged(
    "mean distance",
    "averaged over workers: mean_m |delta_m|^2 <= L^2 mean_m |x_m - y|^2",
    SMOOTH_WORKERS,
    ((delta**2, squared_delta), (displacement**2, DISTANCE_T)),
)
CONDITIONAL = Combination(
    "descent given the past",
    "with <a, h> = |a|^2/2 + |h|^2/2 - |a - h|^2/2 for a = grad F(y_t), and |a - h| as bounded",
    VALUE_T
    - VALUE_NEXT
    - eta_hat / 2 * gradient**2
    - eta_hat / 2 * (1 - L * eta_hat) * h**2
    + eta_hat * L**2 / 2 * DISTANCE_T
    + L * eta_hat**2 * sigma**2 / (2 * M),
    ((1, EXPECTED), (L * eta_hat**2 / 2, NOISE), (eta_hat / 2, JENSEN), (eta_hat / 2, DISTANT)),
)
DESCENT = Averaged(
    "descent",
    "in expectation over the past as well",
    CONDITIONAL,
    ((gradient**2, GRADIENT_T), (h**2, DIRECTION_T)),
)

PROOF = Proof(
    name="descent",
    title="one step of the virtual sequence decreases F, but for drift and noise",
    steps=(
        SMOOTH,
        EXPECTED,
        NOISE,
        JENSEN,
        SMOOTH_WORKERS,
        DISTANT,
        CONDITIONAL,
        DESCENT,
    ),
    proves=(DESCENT,),
)
