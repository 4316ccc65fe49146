"""Minimal coordinates change no output and hold nothing that cannot be reached or seen."""

import numpy as np
import pytest

from empirical import catalogue
from empirical.readings.linear.balance import balanced
from empirical.readings.linear.linear_form import LinearForm, StepMap
from empirical.readings.linear.minimal_realisation import minimal, reached_by, reached_for_ever
from empirical.testing.algorithm_strategies import repeating_examples

EXAMPLES = repeating_examples()


def period_of(algorithm, num_workers=3):
    form = LinearForm(algorithm, num_workers)
    steps, first = algorithm.local_steps, form.period_start
    before = [form.at(index) for index in range(first * steps)]
    period = [form.at(first * steps + index) for index in range(steps)]
    even = balanced(before, period, form.start, algorithm.step_size)
    outputs = [np.concatenate([step.points, step.report]) for step in even.period]
    return even.period, outputs, reached_by(even.before, even.start)


def outputs_of(period, outputs, state, inputs, lift, restrict):
    seen = []
    for gradients in inputs:
        for step, output, gradient in zip(period, outputs, gradients, strict=True):
            seen.append(output @ state)
            state = step.keep @ state + step.take @ gradient
        state = lift @ (restrict @ state)
    return np.stack(seen)


@pytest.mark.parametrize("algorithm", EXAMPLES, ids=repr)
def test_no_output_changes(algorithm):
    period, outputs, start = period_of(algorithm)
    space = minimal(period, outputs, start)
    rng = np.random.default_rng(0)
    state = start @ rng.standard_normal((start.shape[1], 1))
    inputs = rng.standard_normal((4, len(period), 3, 1))
    same = np.eye(len(state))
    full = outputs_of(period, outputs, state, inputs, same, same)
    small = outputs_of(period, outputs, state, inputs, space.lift, space.restrict)
    np.testing.assert_allclose(small, full, rtol=0, atol=1e-12 * np.abs(full).max())
    np.testing.assert_allclose(space.restrict @ space.lift, np.eye(len(space.restrict)), atol=1e-12)


def test_local_sgd_is_one_row_at_round_starts():
    period, outputs, start = period_of(catalogue.algorithms()["local_sgd"][1])
    assert minimal(period, outputs, start).lift.shape == (3, 1)


def test_rounding_does_not_count_as_reached():
    """A direction that a step should lose keeps 1e-17 of it."""
    keep = np.array([[0.5, 0.0], [1e-17, 0.0]])
    step = StepMap(keep, np.zeros((2, 1)), np.eye(2), np.eye(2)[:1])
    assert reached_for_ever([step], np.array([[1.0], [0.0]])).shape[1] == 1
