"""Algorithms as matrices, and the refusal of those that are none."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
import torch

from empirical import catalogue
from empirical.algorithms.averaging.local_accelerated_sgd import LocalAcceleratedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.components.inner_rule import InnerRule
from empirical.readings.linear.linear_form import LinearForm, NotLinear, linear_form
from empirical.testing.algorithm_strategies import acts_linearly, linear_examples
from empirical.testing.running import drive

EXAMPLES = linear_examples()


@dataclass(frozen=True)
class SignSteps(InnerRule):
    def init(self, x):
        return ()

    def step(self, x, gradient, inner, step_size):
        return x - step_size * gradient.sign(), inner


@dataclass(frozen=True)
class Clipped(InnerRule):
    """Linear for small gradients only."""

    def init(self, x):
        return ()

    def step(self, x, gradient, inner, step_size):
        return x - step_size * gradient.clamp(-1e3, 1e3), inner


@dataclass(frozen=True)
class OneCoordinateLess(InnerRule):
    """Linear, but not alike for every coordinate."""

    def init(self, x):
        return ()

    def step(self, x, gradient, inner, step_size):
        mask = torch.ones(x.shape[-1], dtype=x.dtype)
        mask[-1] = 0
        return x - step_size * gradient * mask, inner


def predicted(form, gradients, start):
    """Report points of a run, from the matrices alone."""
    rows, points = form.start @ start, []
    for index, gradient in enumerate(gradients):
        step = form.at(index)
        points.append(step.report @ rows)
        rows = step.keep @ rows + step.take @ gradient
    return np.concatenate(points)


@dataclass(frozen=True, kw_only=True)
class LateACSA(LocalAcceleratedSGD):
    """Local AC-SA with its means one step late, so that a message of two rows is in flight."""

    @property
    def comm_delay(self):
        return 1


TIME_VARYING = [LateACSA(local_steps=3, step_size=0.1)]


@pytest.mark.parametrize("algorithm", [*EXAMPLES, *TIME_VARYING], ids=repr)
def test_the_matrices_predict_the_run(algorithm):
    rng = np.random.default_rng(0)
    gradients, start = rng.standard_normal((14, 3, 5)), rng.standard_normal((1, 5))
    form = LinearForm(algorithm, 3)
    listed = iter(torch.from_numpy(gradients))
    at = torch.from_numpy(start).expand(3, -1)
    found = drive(algorithm, lambda x: next(listed), at, 14)[:-1, 0].numpy()
    expected = predicted(form, gradients, start)
    assert np.abs(found - expected).max() <= 1e-13 * np.abs(expected).max()


def test_rows_have_names():
    form = LinearForm(OverlapLocalSGD(local_steps=2, step_size=0.1, pullback=0.5), 2)
    assert form.names(0) == ["x[0]", "x[1]", "z", "v"]
    assert form.names(2) == ["x[0]", "x[1]", "z", "v", "in flight.0"]


def test_rounds_repeat_once_messages_fly():
    schedule = {"local_steps": 3, "step_size": 0.1}
    assert LinearForm(LocalSGD(**schedule), 2).period_start == 0
    assert LinearForm(OverlapLocalSGD(**schedule, pullback=0.5), 2).period_start == 1
    assert LinearForm(LocalAcceleratedSGD(**schedule), 2).period_start is None


@pytest.mark.parametrize("rule", [SignSteps(), Clipped(), OneCoordinateLess()], ids=repr)
def test_what_is_not_linear_is_refused_by_name(rule):
    with pytest.raises(NotLinear, match="local_sgd is not linear: its step is no matrix"):
        LinearForm(LocalSGD(local_steps=2, step_size=0.1, inner_rule=rule), 2).at(0)


class Switched(NamedTuple):
    x: torch.Tensor
    big: bool
    inner: tuple = ()


@dataclass(frozen=True, kw_only=True)
class TurnsAround(LocalSGD):
    """Remembers as a plain value whether the last gradient was large."""

    def init(self, x):
        return Switched(x, False)

    def local_step(self, state, gradient):
        step = -self.step_size if state.big else self.step_size
        return Switched(state.x - step * gradient, bool(gradient.abs().max() > 2))


def test_a_schedule_that_depends_on_the_iterates_is_refused():
    with pytest.raises(NotLinear, match="its schedule depends on the iterates"):
        LinearForm(TurnsAround(local_steps=2, step_size=0.1), 2).at(0)


def test_exact_readings_take_every_method_but_these():
    """Quotients, selections, quantisers and schedules that depend on the objective."""
    refused = {
        name for name, items in catalogue.algorithms().items() if not any(map(acts_linearly, items))
    }
    shortened = {"sketched_sgd", "fetch_sgd", "power_sgd", "dq_sgd"}
    assert refused == {*shortened, "stochastic_gradient_push", "adaptive_local_steps"}


@pytest.mark.parametrize("step_size", [1e-12, 1e12])
def test_clipping_is_seen_at_any_step_size(step_size):
    with pytest.raises(NotLinear):
        LinearForm(LocalSGD(local_steps=1, step_size=step_size, inner_rule=ClippedSteps()), 2).at(0)


@dataclass(frozen=True)
class ClippedSteps(InnerRule):
    """Linear while steps are short."""

    def init(self, x):
        return ()

    def step(self, x, gradient, inner, step_size):
        return x - (step_size * gradient).clamp(-1.0, 1.0), inner


def test_a_step_size_is_one_number_and_cannot_change_later():
    step_size = torch.tensor(0.1, dtype=torch.float64)
    algorithm = LocalSGD(local_steps=1, step_size=step_size)
    before = linear_form(algorithm, 1).at(0).take[0, 0]
    step_size.mul_(5)
    assert (before, linear_form(algorithm, 1).at(0).take[0, 0]) == pytest.approx((-0.1, -0.5))
    many = LocalSGD(local_steps=1, step_size=torch.tensor([[[0.1]], [[0.2]]]))
    with pytest.raises(ValueError, match=r"step_size of shape \(2, 1, 1\) must be one number"):
        LinearForm(many, 2)
