"""Where Local SGD settles on the one-sided instance, and what that costs when all is tuned."""

import math
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.kernels.random_streams import Samples
from empirical.loop import Loop
from empirical.problems.hard_instances.one_sided import OneSided
from empirical.readings.simulate import simulate
from empirical.transport import Stacked
from empirical.verdicts.inference import slope, student_interval

LAMBDAS = np.geomspace(2e-4, 0.25, 60)


def theta(K):
    """Of K local steps, or of infinitely many: where the mean push of a round vanishes."""

    def half(s, t):
        return math.sqrt(s) * norm.pdf(t / math.sqrt(s)) - t * norm.cdf(-t / math.sqrt(s))

    def push(t):
        if math.isinf(K):
            return quad(half, 0, 1, args=(t,))[0] - t
        return sum(half(j / K, t) for j in range(1, K)) / K - t

    return brentq(push, 0, 1)


def test_theta_is_the_number_of_the_docstring():
    assert theta(math.inf) == pytest.approx(0.18580, abs=5e-6)
    assert theta(math.inf) ** 2 / 8 == pytest.approx(0.00432, abs=5e-6)
    assert f"{theta(math.inf):.5f}" in sys.modules[OneSided.__module__].__doc__


@pytest.mark.rates
def test_the_mean_settles_on_the_flat_side():
    """Seeds are independent runs of 512 workers; eta L K = 1/2, after 20 of 60 rounds."""
    K, eta, seeds = 32, 0.5 / 32, tuple(range(16))
    problem = OneSided(num_workers=512, third_share=0.0)
    workers = range(problem.num_workers)
    samples = Samples(problem.draw, seeds, workers)
    start = problem.initial_point().expand(len(seeds), 1, -1)
    loop = Loop(LocalSGD(local_steps=K, step_size=eta), Stacked(len(workers)), start)
    settled = []
    for step in range(60 * K):
        loop.step(problem.stochastic_gradient(loop.gradient_point, samples.at(step), workers))
        if loop.steps_done % K == 0 and loop.steps_done > 20 * K:
            settled.append(loop.report()[:, 0, 2])
    low, high = student_interval(torch.stack(settled).mean(0).numpy() / (eta * math.sqrt(K)))
    assert low - 0.01 < -theta(K) < high + 0.01  # the law is of small eta L K
    assert high - low < 0.04


def parabolas(method, step_sizes, curvatures, num_rounds):
    """c x_T^2 / 2 of noiseless runs from 1 on parabolas c x^2 / 2, (step sizes, curvatures)."""
    curved = torch.from_numpy(curvatures)
    grid = torch.from_numpy(step_sizes).reshape(-1, 1, 1, 1)
    start = torch.ones(len(step_sizes), 1, 1, len(curvatures), dtype=torch.float64)
    loop = Loop(replace(method, step_size=grid), Stacked(1), start)
    for _ in range(num_rounds * method.local_steps):
        loop.step(curved * loop.gradient_point)
    return (curved / 2 * loop.report().square())[:, 0, 0].numpy()


def tuned(method, problem, num_rounds, step_sizes, seeds):
    """E F at the end, max over lambda of min over eta: (its samples, lambda, eta).

    x_3 is simulated, for one lambda; the other coordinates are the same for all workers and seeds,
    and are run on parabolas of every lambda at once.
    """
    settings = {"num_rounds": num_rounds, "seeds": seeds, "step_sizes": step_sizes}
    measured = simulate(method, problem, **settings, measure_every=num_rounds * method.local_steps)
    ends = measured.values["objective"][..., -1].numpy()
    own = [problem.strong_convexity, problem.smoothness]
    first = parabolas(method, step_sizes, np.concatenate([LAMBDAS, own]), num_rounds)
    first = first * float(problem.optimum[0]) ** 2
    third = ends - first[:, -2:].sum(1, keepdims=True)
    totals = (first[:, :-2] + first[:, -1:]).T[..., None] + third  # (lambdas, etas, seeds)
    best = totals.mean(-1).argmin(1)
    values = totals[np.arange(len(best)), best]
    worst = values.mean(-1).argmax()
    return values[worst], LAMBDAS[worst], step_sizes[best[worst]]


def instance(num_workers):
    """b = B / sqrt(3) and c = 0, for B = L = sigma = 1."""
    return OneSided(num_workers=num_workers, third_share=0.0, initial_distance=(2 / 3) ** 0.5)


def test_lambda_can_be_varied_after_the_run():
    """The shortcut of tuned against a whole run at the lambda that it names."""
    problem, sizes = instance(8), np.array([0.05, 0.3])
    method = LocalSGD(local_steps=4, step_size=1.0)
    values, lam, eta = tuned(method, problem, 8, sizes, (0, 1))
    there = replace(problem, strong_convexity=float(lam))
    whole = simulate(method, there, num_rounds=8, seeds=(0, 1), step_sizes=(eta,))
    np.testing.assert_allclose(whole.values["objective"][0, :, -1], values, rtol=1e-10)


@pytest.mark.rates
@pytest.mark.parametrize(
    ("M", "K", "R", "sizes", "batch_sizes", "local_wins"),
    [
        (512, 1024, 4, np.geomspace(0.01, 0.04, 5), np.linspace(1.2, 1.6, 5), True),
        (2048, 4, 1024, np.geomspace(0.03, 0.15, 3), np.array([1.6]), False),
    ],
)
def test_local_sgd_wins_with_few_rounds_and_loses_with_many(
    M, K, R, sizes, batch_sizes, local_wins
):
    """The winner's step size may be any: what is best is better still."""
    problem, seeds = instance(M), tuple(range(4 if local_wins else 3))
    local = tuned(LocalSGD(local_steps=K, step_size=1.0), problem, R, sizes, seeds)
    batch = tuned(MinibatchSGD(local_steps=K, step_size=1.0), problem, R, batch_sizes, seeds)
    winner, loser = (local, batch) if local_wins else (batch, local)
    grid = batch_sizes if local_wins else sizes
    assert grid[0] < loser[2] < grid[-1]  # the loser is tuned, not cut off
    assert student_interval(winner[0])[1] < student_interval(loser[0])[0]


@pytest.mark.rates
def test_tuned_local_sgd_falls_like_r_to_the_two_thirds():
    """K = 8 and rho = K / R <= 1, M so large that the mean's own noise hardly matters."""
    K, rounds, values = 8, np.array([8, 16, 32, 64]), []
    for R in rounds:
        sizes = np.geomspace(1.0, 2.4, 4) * (K**2 * R) ** (-1 / 3)
        method = LocalSGD(local_steps=K, step_size=1.0)
        values.append(tuned(method, instance(1024), int(R), sizes, tuple(range(16)))[0].mean())
    assert -0.70 <= float(slope(np.log(rounds), np.log(values))) <= -0.62
