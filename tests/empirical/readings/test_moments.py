"""Exact moments against closed forms, against propagation step by step, and against sampling."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from empirical import catalogue
from empirical.algorithms.averaging.local_accelerated_sgd import LocalAcceleratedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.loop import Loop
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings import moments as reading
from empirical.readings.linear.moment_dynamics import Dynamics
from empirical.readings.linear.quadratics import NotQuadratic
from empirical.readings.moments import moments
from empirical.readings.simulate import simulate
from empirical.readings.stability import largest_stable_step_size
from empirical.testing.algorithm_strategies import (
    acts_linearly,
    algorithms,
    inner_rules,
    linear_examples,
    log_uniform,
)
from empirical.transport import Stacked
from tests.empirical.readings.linear.test_linear_form import LateACSA

NUM_RUNS = 100_000
EXAMPLES = linear_examples()
TIME_VARYING = [
    LocalAcceleratedSGD(local_steps=3, step_size=0.1),
    LateACSA(local_steps=2, step_size=0.1),
]


def sampled(algorithm, problem, num_steps, seed):
    """Means and standard errors of every measure over many runs: average over t < T, and at T.

    The same loop and problem as everywhere, with samples drawn for all runs at once.
    """
    rng = torch.Generator().manual_seed(seed)
    workers, width = range(problem.num_workers), problem.draw(np.random.default_rng(0), 1).shape[1]
    start = problem.initial_point().expand(NUM_RUNS, 1, -1)
    loop = Loop(algorithm, Stacked(problem.num_workers), start)
    total = {}
    for step in range(num_steps + 1):
        shares = problem.observe(loop.report(), workers).mean(-2)
        for name, value in problem.summarise(shares).items():
            total[name] = total.get(name, 0) + value / num_steps if step < num_steps else value
            if step == num_steps - 1:
                total[f"mean {name}"] = total[name]
        if step < num_steps:
            shape = (NUM_RUNS, problem.num_workers, width)
            sample = torch.randn(shape, dtype=torch.float64, generator=rng)
            point = loop.gradient_point
            loop.step(problem.stochastic_gradient(point, sample, workers))
    return {n: (float(v.mean()), float(v.std()) / NUM_RUNS**0.5) for n, v in total.items()}


@st.composite
def noisy_quadratics(draw):
    num_workers = draw(st.integers(1, 3))
    return Quadratic(
        num_workers=num_workers,
        size=draw(st.integers(1, 2)),
        smoothness=draw(log_uniform(0.3, 3)),
        heterogeneity=draw(st.floats(0, 2)) if num_workers > 1 else 0.0,
        gradient_noise=draw(st.floats(0.1, 2)),
        noise_growth=draw(st.just(0.0) | st.floats(0.1, 0.6)),
        lowest=draw(st.floats(-0.2, 0.2)),
        shared_hessian=draw(st.booleans()),
        start=draw(st.floats(0, 2)),
        problem_seed=draw(st.integers(0, 10**6)),
    )


@st.composite
def linear_methods(draw):
    """Every linear algorithm of the catalogue, and time-varying ones."""
    step_sizes = log_uniform(0.01, 0.3)
    if draw(st.integers(0, 5)) == 0:
        kind = draw(st.sampled_from([LocalAcceleratedSGD, LateACSA]))
        return kind(local_steps=draw(st.integers(2, 3)), step_size=draw(step_sizes))
    return draw(algorithms(step_sizes, inner_rules(linear=True), acts_linearly))


@pytest.mark.rates
@pytest.mark.timeout(900)
@settings(max_examples=max(50, settings().max_examples))
@given(linear_methods(), noisy_quadratics(), st.integers(1, 2), st.integers(0, 10**6))
def test_every_measure_is_within_four_standard_errors_of_sampling(algorithm, problem, rounds, seed):
    exact = moments(algorithm, problem, num_rounds=rounds).trajectory
    found = sampled(algorithm, problem, rounds * algorithm.local_steps, seed)
    for name, values in exact.values.items():
        for label, value in ((name, values[-1]), (f"mean {name}", exact.final_averages[name])):
            mean, error = found[label]
            rounding = 1e-10 * (abs(mean) + 1)
            assert abs(float(value) - mean) <= 4 * error + rounding, label


@pytest.mark.parametrize("algorithm", [*EXAMPLES, *TIME_VARYING], ids=repr)
@pytest.mark.parametrize("growth", [0.0, 0.5])
def test_powers_of_rounds_agree_with_steps(algorithm, growth):
    problem = Quadratic(
        num_workers=3,
        size=3,
        lowest=-0.1,
        heterogeneity=0.7,
        gradient_noise=0.5,
        noise_growth=growth,
    )
    dynamics, rounds = Dynamics(algorithm, problem), 11
    curve, law = reading._step_by_step(dynamics, rounds * algorithm.local_steps)
    expected = curve.trajectory(problem)
    found = moments(algorithm, problem, num_rounds=rounds)
    for part in ("values", "averages", "final_averages"):
        for name, values in getattr(expected, part).items():
            torch.testing.assert_close(
                getattr(found.trajectory, part)[name], values, rtol=1e-11, atol=1e-13
            )
    np.testing.assert_allclose(found.final.mean, law.mean, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.final.covariance, law.covariance, rtol=0, atol=1e-11)


def test_sgd_on_one_curvature_by_hand():
    """E x_t^2 = q^2t x_0^2 + eta^2 s^2 (1 - q^2t) / (1 - q^2), q = 1 - eta L, s^2 = sigma^2/MK."""
    problem = Quadratic(num_workers=4, size=1, lowest=2.0, smoothness=2.0, gradient_noise=0.6)
    algorithm = MinibatchSGD(local_steps=3, step_size=0.1)
    found = moments(algorithm, problem, num_rounds=50).trajectory
    decay, noise = (1 - 0.1 * 2) ** (2 * np.arange(51)), 0.1**2 * 0.6**2 / 12
    square = decay * 1 + noise * (1 - decay) / (1 - 0.64)
    values = found.values["squared_gradient_norm"].numpy()
    np.testing.assert_allclose(values[::3], 4 * square, rtol=1e-12)
    np.testing.assert_allclose(values[1::3], 4 * square[:-1], rtol=1e-12)


def test_without_noise_it_is_the_simulation():
    problem = Quadratic(num_workers=3, size=4, heterogeneity=1.0, lowest=0.1)
    algorithm = OverlapLocalSGD(local_steps=3, step_size=0.1, pullback=0.5, anchor_momentum=0.6)
    exact = moments(algorithm, problem, num_rounds=9).trajectory
    run = simulate(algorithm, problem, num_rounds=9, seeds=(0,))
    assert run.steps == exact.steps
    for name, values in run.values.items():
        torch.testing.assert_close(values[0], exact.values[name], rtol=1e-10, atol=1e-13)
        torch.testing.assert_close(run.averages[name][0], exact.averages[name])


def test_small_values_keep_their_digits():
    """Noiseless gradient descent down to 1e-40: no floor of rounding at 1e-16."""
    problem = Quadratic(num_workers=2, size=1, lowest=1.0)
    found = moments(MinibatchSGD(local_steps=2, step_size=0.5), problem, num_rounds=64)
    last = float(found.trajectory.values["squared_gradient_norm"][-1])
    assert last == pytest.approx(0.5**128, rel=1e-9)


def test_divergence_is_data():
    problem = Quadratic(num_workers=2, size=2, lowest=0.5, gradient_noise=1.0)
    found = moments(MinibatchSGD(local_steps=1, step_size=1e3), problem, num_rounds=400)
    assert not np.isfinite(float(found.trajectory.final_averages["objective"]))


def test_the_mean_of_local_ac_sa_is_ac_sa_with_less_noise():
    """On quadratics, the averaged run is the sequential one with noise / M, for every K."""
    settings = {"size": 3, "lowest": 0.1, "shared_hessian": True}
    many = Quadratic(num_workers=5, gradient_noise=1.0, **settings)
    one = Quadratic(num_workers=1, gradient_noise=1.0 / 5**0.5, **settings)
    local = moments(
        LocalAcceleratedSGD(local_steps=4, step_size=0.2), many, num_rounds=6
    ).trajectory
    alone = moments(
        LocalAcceleratedSGD(local_steps=1, step_size=0.2), one, num_rounds=24
    ).trajectory
    torch.testing.assert_close(local.values["objective"], alone.values["objective"])


def test_stable_runs_settle_and_unstable_ones_grow():
    """The largest stable step size, seen in the curve of exact moments itself."""
    problem = Quadratic(num_workers=3, size=2, lowest=0.3, heterogeneity=1.0, gradient_noise=0.5)
    algorithm = OverlapLocalSGD(local_steps=4, step_size=1.0, pullback=0.6, anchor_momentum=0.7)
    edge = largest_stable_step_size(algorithm, problem)
    grows = []
    for factor in (0.97, 1.03):
        tried = OverlapLocalSGD(
            local_steps=4, step_size=factor * edge, pullback=0.6, anchor_momentum=0.7
        )
        values = moments(tried, problem, num_rounds=2000).trajectory.values["objective"]
        grows.append(bool(values[-1] > 1e6 * values[400]))
    assert grows == [False, True]


def test_other_problems_are_refused():
    with pytest.raises(NotQuadratic, match="logistic is not quadratic"):
        moments(EXAMPLES[0], catalogue.problems()["logistic"][0], num_rounds=1)


def test_a_run_that_grows_keeps_its_digits():
    """Nothing is subtracted: from start 0, and where every round is 1e5 times the one before."""
    problem = Quadratic(num_workers=2, size=2, lowest=0.5, gradient_noise=1.0, start=0.0)
    algorithm = LocalSGD(local_steps=8, step_size=30.0)
    curve, _ = reading._step_by_step(Dynamics(algorithm, problem), 24)
    expected = curve.trajectory(problem)
    found = moments(algorithm, problem, num_rounds=3).trajectory
    for name, values in expected.values.items():
        torch.testing.assert_close(found.values[name], values, rtol=1e-10, atol=0)
