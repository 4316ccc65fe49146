"""Lemma L-CD: a step with gradients compressed without bias decreases F, but for noise and errors.

Method: x_{r+1} = x_r - eta D(q_r), q_r = mean_m C(g_m), g_m = grad F(x_r) + b_m + n_m with n_m the
mean noise of K gradients and b_m = grad f_m - grad F, whose mean over workers is 0. Averaged over
workers, "own" is a worker's compression error and "others" the sum of all others'.
"""

import sympy as sp

from theory.notation import symbols
from theory.notation.letters import K, L, M, eta, sigma
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof
from theory.proving.quantities import NOISE_OF_MEAN, SAMPLES
from theory.proving.steps import Instance
from theory.proving.templates.noises import of_mean
from theory.proving.templates.rounds import VALUE, VALUE_AFTER

omega, omega_down = symbols("compression_variance", "down_compression_variance")
GRADIENT = vector("grad F(x_r)")
SPREAD = scalar("mean |grad f_m(x_r) - grad F(x_r)|^2")
ZERO = sp.Integer(0)

spread, own_noise, sent = vector("b_m"), vector("n_m"), vector("g_m")
noise, error, error_down = vector("n̄_r"), vector("mean_m C(g_m) - g_m"), vector("D(q_r) - q_r")
noise_of_worker, squared_sent = scalar("mean |n_m|^2"), scalar("mean |g_m|^2")
squared_error, squared_errors = scalar("E|C(g_m) - g_m|^2"), scalar("mean |C(g_m) - g_m|^2")
error_of_mean, error_of_down = scalar("|mean_m C(g_m) - g_m|^2"), scalar("E|D(q_r) - q_r|^2")
heard, squared_heard, SQUARED_DOWN = vector("q_r"), scalar("|q_r|^2"), scalar("mean E|D(q)-q|^2")
own, others = vector("own"), vector("others")

WORKER_NOISE = Lemma(
    "noise of a worker",
    "the mean of K independent noises has variance at most sigma^2/K",
    "noise",
    ((SAMPLES, K), (NOISE_OF_MEAN, noise_of_worker)),
    of="mean",
)
SENT = Mean(
    "sent",
    "averaged over workers, g_m = grad F + b_m + n_m with b_m and n_m of mean 0",
    squared_sent,
    (GRADIENT + spread + own_noise) ** 2,
    (
        (spread, ZERO),
        (own_noise, ZERO),
        (spread * own_noise, ZERO),
        (spread**2, SPREAD),
        (own_noise**2, noise_of_worker),
    ),
    by=(Rule.UNBIASED, Rule.UNIFORM_WEIGHTS),
)
COMPRESSED = Instance(
    "compression", "of one worker", Rule.COMPRESSION, (sent, squared_error, omega)
)
ERRORS = Averaged(
    "errors",
    "averaged over workers",
    COMPRESSED,
    ((sent**2, squared_sent), (squared_error, squared_errors)),
)
INDEPENDENT = Mean(
    "moment of the mean error",
    "the errors of different workers are uncorrelated",
    error_of_mean,
    ((own + others) / M) ** 2,
    ((own**2, squared_errors), (others**2, (M - 1) * squared_errors), (own * others, ZERO)),
    by=(Rule.COMPRESSION,),
)
NOISE = of_mean(M * K)
HEARD = Mean(
    "heard",
    "q_r = grad F + n̄_r + error, both of mean 0, the error whatever the noise",
    squared_heard,
    (GRADIENT + noise + error) ** 2,
    (
        (noise, ZERO),
        (error, ZERO),
        (noise * error, ZERO),
        (noise**2, NOISE_OF_MEAN),
        (error**2, error_of_mean),
    ),
    by=(Rule.UNBIASED, Rule.COMPRESSION),
)
DOWN = Instance(
    "compression down", "of their mean", Rule.COMPRESSION_DOWN, (heard, error_of_down, omega_down)
)
ERROR_DOWN = Averaged(
    "error down",
    "given the past",
    DOWN,
    ((heard**2, squared_heard), (error_of_down, SQUARED_DOWN)),
)
SMOOTH = Instance(
    "smoothness",
    "F at x_r - eta D(q_r) is at most its quadratic upper bound at x_r",
    Rule.SMOOTHNESS,
    (VALUE, VALUE_AFTER, GRADIENT, -eta * (heard + error_down), L),
)
EXPECTED = Averaged(
    "given the past",
    "given the past, D(q_r) has the mean of q_r, which is grad F(x_r)",
    SMOOTH,
    (
        (heard, GRADIENT),
        (error_down, ZERO),
        (heard * error_down, ZERO),
        (heard**2, squared_heard),
        (error_down**2, SQUARED_DOWN),
    ),
    by=(Rule.UNBIASED, Rule.COMPRESSION, Rule.COMPRESSION_DOWN, Rule.PLAIN_STEPS),
)
growth = (1 + omega_down) * (1 + omega / M)
added = (1 + omega_down) * ((1 + omega) * sigma**2 / (M * K) + omega * SPREAD / M)
half, down = L * eta**2 / 2, L * eta**2 / 2 * (1 + omega_down)
DESCENT = Combination(
    "compressed_descent",
    "one round decreases F by eta (1 - growth L eta/2) |grad F(x_r)|^2, but for what is added",
    VALUE - VALUE_AFTER - eta * (1 - growth * L * eta / 2) * GRADIENT**2 + half * added,
    (
        (1, EXPECTED),
        (half, ERROR_DOWN),
        (-down, HEARD),
        (down, NOISE),
        (-down, INDEPENDENT),
        (down / M, ERRORS),
        (-down * omega / M, SENT),
        (down * omega / M, WORKER_NOISE),
    ),
)

PROOF = Proof(
    name="compressed_descent",
    title="one step with gradients compressed without bias, up and down",
    steps=(
        WORKER_NOISE,
        SENT,
        COMPRESSED,
        ERRORS,
        INDEPENDENT,
        NOISE,
        HEARD,
        DOWN,
        ERROR_DOWN,
        SMOOTH,
        EXPECTED,
        DESCENT,
    ),
    proves=(DESCENT,),
)
