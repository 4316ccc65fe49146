"""No reading depends on units, also of methods that keep gradients beside points."""

from dataclasses import replace

import numpy as np
import pytest

from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.algorithms.wrappers.slowmo import SlowMo
from empirical.components.inner_rule import HeavyBall, Nesterov
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.linear.balance import balanced
from empirical.readings.linear.linear_form import LinearForm, StepMap
from empirical.readings.mixing import mixing
from empirical.readings.moments import moments
from empirical.readings.stability import contraction, largest_stable_step_size

METHODS = [
    SlowMo(local_steps=3, step_size=0.1, slow_momentum=0.7),
    OverlapLocalSGD(
        local_steps=2, step_size=0.1, pullback=0.4, anchor_momentum=0.5, inner_rule=HeavyBall(0.6)
    ),
]
SCALES = [1e-9, 1e-4, 1e5, 1e9]


def readings(method, scale):
    """Numbers without units, of f -> scale f with eta -> eta / scale."""
    problem = Quadratic(
        num_workers=2,
        size=3,
        smoothness=scale,
        lowest=0.2 * scale,
        gradient_noise=0.3 * scale,
        heterogeneity=0.3 * scale,
    )
    method = replace(method, step_size=method.step_size / scale)
    average = moments(method, problem, num_rounds=9).trajectory.final_averages
    found = mixing(method)
    numbers = (found.numbers.C_w, found.numbers.N_w, found.numbers.C_m, found.numbers.N_m)
    return np.array(
        [
            float(average["squared_gradient_norm"]) / scale**2,
            float(average["objective"]) / scale,
            contraction(method, problem),
            largest_stable_step_size(method, problem) * scale,
            found.effective_step,
            *map(float, numbers),
        ]
    )


@pytest.mark.parametrize("method", METHODS, ids=lambda method: type(method).__name__)
@pytest.mark.parametrize("scale", SCALES)
def test_rescaling_the_objective_changes_no_reading(method, scale):
    np.testing.assert_allclose(readings(method, scale), readings(method, 1.0), rtol=1e-7)


def test_slow_momentum_has_the_known_numbers():
    """With c = 1 / (1 - beta): effective step c; the weights of Local SGD."""
    found = mixing(METHODS[0])
    assert found.effective_step == pytest.approx(1 / 0.3, rel=1e-12)
    assert float(found.numbers.N_w) == pytest.approx(1.0, rel=1e-7)
    c, beta = 1 / 0.3, 0.7
    closed = (c * beta) ** 2 * 3 / (1 - beta**2) + (1 - c) ** 2
    assert float(found.numbers.N_m) == pytest.approx(closed, rel=1e-7)


def test_rows_have_size_one():
    form = LinearForm(SlowMo(local_steps=2, step_size=1e-6, slow_momentum=0.7), 2)
    period = [form.at(0), form.at(1)]
    even = balanced([], period, form.start, 1e-6)
    assert even.sizes[0].max() > 1e5
    reached = even.start
    for step in even.period:
        reached = np.concatenate([step.keep @ reached, step.take], axis=1)
        assert np.abs(reached).max() <= 1 + 1e-12


@pytest.mark.parametrize("step_size", [1e-9, 1e-3, 1e9])
@pytest.mark.parametrize("rule", [HeavyBall(0.9), Nesterov(0.98)], ids=str)
def test_a_sum_that_starts_each_round_at_nothing_keeps_its_unit(step_size, rule):
    """Minibatch SGD's total is 0 at round starts and gradient-sized within: one set of numbers."""
    found, known = (
        mixing(MinibatchSGD(local_steps=4, step_size=eta, inner_rule=rule)).numbers
        for eta in (step_size, 1.0)
    )
    assert float(known.C_m) > 1e3
    for name in ("effective_step", "C_w", "N_w", "C_m", "N_m"):
        pair = float(getattr(found, name)), float(getattr(known, name))
        assert pair[0] == pytest.approx(pair[1], rel=1e-6)


def test_rows_that_fill_late_are_waited_for():
    """Gradients that go through five rounds' buffers before they are used."""
    wait = 5
    count = wait + 1
    keep = np.eye(count, k=-1)
    keep[1, 0] = 0  # the first row is x, then the line of buffers
    keep[0, 0], keep[0, -1] = 1, -1e-6
    take = np.zeros((count, 1))
    take[1] = 1
    step = StepMap(keep, take, np.eye(count)[:1], np.eye(count)[:1])
    even = balanced([], [step], np.eye(count)[:, :1], 1e-6)
    np.testing.assert_allclose(even.sizes[0][1:], 1e6)
    assert (even.sizes[0] > 0).all()
