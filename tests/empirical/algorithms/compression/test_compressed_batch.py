from dataclasses import dataclass

import pytest
import torch

from empirical.algorithms.compression.compressed_batch import (
    CompressedBatch,
    finite_or_zero,
    poisoned,
)
from empirical.algorithms.large_batch.large_batch import BatchState
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.components.inner_rule import HeavyBall, Plain
from empirical.loop import Loop
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked
from theory.measures import ReportPoint


@dataclass(frozen=True, kw_only=True)
class FirstHalf(CompressedBatch):
    """Sends the first half of its mean gradient and takes the rest to be zero."""

    def init(self, x):
        return BatchState(x, self.inner_rule.init(x), torch.zeros_like(x))

    def post(self, state):
        gradient, state = self.mean_gradient(state)
        return gradient[..., : gradient.shape[-1] // 2], state

    def absorb(self, state, mean):
        blank = mean.new_zeros(*mean.shape[:-1], state.x.shape[-1] - mean.shape[-1])
        direction = torch.cat((finite_or_zero(mean), blank), -1)
        return self.stepped(poisoned(state, mean), direction)


@pytest.mark.parametrize("rule", [Plain(), HeavyBall(0.6)])
def test_a_direction_is_a_gradient_for_the_inner_rule(rule):
    """Where the other half of the gradient is zero anyway, it is Minibatch SGD."""
    gradient, start = bent_gradient(1, size=8)
    half = torch.arange(8) < 4
    found = drive(
        FirstHalf(local_steps=3, step_size=0.1, inner_rule=rule),
        gradient,
        start,
        12,
    )
    plain = MinibatchSGD(local_steps=3, step_size=0.1, inner_rule=rule)
    same(found, drive(plain, lambda x: gradient(x) * half, start, 12), 12, "iterates")


def test_the_point_stands_still_within_a_round():
    gradient, start = bent_gradient(2, size=8)
    algorithm = FirstHalf(local_steps=3, step_size=0.1)
    loop = Loop(algorithm, Stacked(start.shape[-2]), start)
    points = []
    for _ in range(6):
        points.append(loop.gradient_point)
        loop.step(gradient(loop.gradient_point))
    assert torch.equal(points[0], points[2])
    assert torch.equal(points[3], points[5])
    assert not torch.equal(points[2], points[3])
    assert algorithm.report_point is ReportPoint.ROUND_START
    assert not algorithm.sends_points
    assert not algorithm.coordinates_alike


def test_being_moved_keeps_what_is_yet_to_be_sent():
    gradient, start = bent_gradient(3, size=8)
    algorithm = FirstHalf(local_steps=3, step_size=0.1)
    state = algorithm.local_step(algorithm.init(start), gradient(start))
    moved = algorithm.moved(state, torch.ones(2, 1, 8, dtype=torch.float64))
    assert torch.equal(moved.x, torch.ones_like(start))
    assert torch.equal(moved.total, state.total)


@pytest.mark.parametrize("bad", [torch.inf, -torch.inf, torch.nan])
def test_a_message_that_is_not_finite_poisons_its_run_alone(bad):
    batch = BatchState(torch.zeros(3, 2, 4), (), torch.zeros(3, 2, 4))
    heard = torch.ones(3, 1, 5)
    heard[1, 0, 4] = bad
    x = poisoned(batch, heard).x
    assert bool(x[1].isnan().all())
    assert torch.equal(x[[0, 2]], batch.x[[0, 2]])
    fine = finite_or_zero(heard)
    assert torch.equal(fine[1], torch.zeros(1, 5))
    assert torch.equal(fine[[0, 2]], heard[[0, 2]])
