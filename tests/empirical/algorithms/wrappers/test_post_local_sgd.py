import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.wrappers.post_local_sgd import PostLocalSGD
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import HeavyBall
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.mixing import NotInClass, mixing
from empirical.readings.moments import moments
from empirical.readings.simulate import simulate
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive

BASE = {"step_size": 0.1, "inner_rule": HeavyBall(0.5), "memory": BufferPolicy.AVERAGE}


def steps_of(method, num_steps):
    """After which steps its exchange is due."""
    gradient, start = bent_gradient(0)
    state, found = method.init(start), []
    for t in range(1, num_steps + 1):
        state = method.local_step(state, gradient(method.gradient_point(state)))
        for index in method.due(state, t):
            message, state = method.exchanges[index].post(state)
            state = method.exchanges[index].absorb(state, message.mean(-2, keepdim=True))
            found.append(t)
    return found


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        (0, [4, 8, 12]),
        (3, [1, 2, 3, 4, 8, 12]),
        (5, [1, 2, 3, 4, 5, 8, 12]),
        (99, list(range(1, 14))),
    ],
)
def test_workers_communicate_every_step_and_then_every_k(switch, expected):
    assert steps_of(PostLocalSGD(local_steps=4, step_size=0.1, switch_step=switch), 13) == expected


def test_its_limits_are_the_base_and_the_base_with_one_step_a_round():
    gradient, start = bent_gradient(1)
    base = LocalSGD(local_steps=4, **BASE)
    never = drive(PostLocalSGD(base=base, switch_step=10**9), gradient, start, 14)
    assert torch.equal(never, drive(LocalSGD(local_steps=1, **BASE), gradient, start, 14))
    at_once = drive(PostLocalSGD(base=base, switch_step=0), gradient, start, 14)
    assert torch.equal(at_once, drive(base, gradient, start, 14))
    assert not torch.equal(never, at_once)


@pytest.mark.parametrize("switch", [2, 9])
def test_exact_readings_know_the_switch(switch):
    """Without noise the expectation is the run, before the switch and after it."""
    problem = Quadratic(num_workers=3, size=2, heterogeneity=1.0, lowest=0.2, shared_hessian=False)
    method = PostLocalSGD(local_steps=3, step_size=0.3, switch_step=switch)
    run = simulate(method, problem, num_rounds=6, seeds=(0,))
    read = moments(method, problem, num_rounds=6).trajectory
    for name, values in run.values.items():
        np.testing.assert_allclose(read.values[name].numpy(), values[0].numpy(), rtol=1e-10)
    other = simulate(method.base, problem, num_rounds=6, seeds=(0,))
    assert abs(float(other.values["objective"][0, -1] - run.values["objective"][0, -1])) > 1e-6


def test_rounds_that_differ_have_no_four_numbers():
    with pytest.raises(NotInClass, match="post_local_sgd is outside the linear-mixing class"):
        mixing(PostLocalSGD(local_steps=3, step_size=0.1, switch_step=50))


@pytest.mark.parametrize("value", [-1, 2.5])
def test_bad_values_are_refused(value):
    with pytest.raises(ValueError, match=f"switch_step={value} must be a whole number >= 0"):
        PostLocalSGD(local_steps=2, step_size=0.1, switch_step=value)
