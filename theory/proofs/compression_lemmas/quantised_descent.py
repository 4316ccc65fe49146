"""Lemma L-QD: a step with the mean of rounded gradients decreases F, but for noise and rounding.

Method: x_{r+1} = x_r - eta (grad F(x_r) + n̄_r + q̄_r), n̄_r the mean noise of M K gradients taken at
x_r and q̄_r the mean error of rounding M workers' means of them. Given the past both have mean 0,
and so has their product: rounding is unbiased whatever is rounded.
"""

import sympy as sp

from theory.notation import symbols
from theory.notation.letters import K, L, M, eta, sigma
from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.quantities import NOISE_OF_MEAN, ROUNDING_OF_MEAN, SQUARED_SPACING
from theory.proving.steps import Instance
from theory.proving.templates.noises import of_mean
from theory.proving.templates.rounds import VALUE, VALUE_AFTER

(d,) = symbols("dimension")
GRADIENT = vector("grad F(x_r)")
noise, error = vector("n̄_r"), vector("q̄_r")
ZERO = sp.Integer(0)

SMOOTH = Instance(
    "smoothness",
    "F at x_r - eta (grad F(x_r) + n̄_r + q̄_r) is at most its quadratic upper bound at x_r",
    Rule.SMOOTHNESS,
    (VALUE, VALUE_AFTER, GRADIENT, -eta * (GRADIENT + noise + error), L),
)
EXPECTED = Averaged(
    "given the past",
    "given the past, noise and error have mean 0 and are uncorrelated, while x_r is known",
    SMOOTH,
    (
        (noise, ZERO),
        (error, ZERO),
        (noise * error, ZERO),
        (noise**2, NOISE_OF_MEAN),
        (error**2, ROUNDING_OF_MEAN),
    ),
    by=(Rule.UNBIASED, Rule.ROUNDING, Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
NOISE = of_mean(M * K)
ROUNDING = Lemma("rounding of the mean", "the mean error is small as well", "rounding")
DESCENT = Combination(
    "quantised_descent",
    "one round decreases F by eta (1 - L eta/2) |grad F(x_r)|^2, but for noise and rounding",
    VALUE
    - VALUE_AFTER
    - eta * (1 - L * eta / 2) * GRADIENT**2
    + L * eta**2 / 2 * (sigma**2 / (M * K) + d * SQUARED_SPACING / (4 * M)),
    ((1, EXPECTED), (L * eta**2 / 2, NOISE), (L * eta**2 / 2, ROUNDING)),
)

PROOF = Proof(
    name="quantised_descent",
    title="one step with the mean of rounded gradients",
    steps=(SMOOTH, EXPECTED, NOISE, ROUNDING, DESCENT),
    proves=(DESCENT,),
)
