"""Each law sees red once: a broken algorithm per law, each broken in one line."""

from dataclasses import dataclass

import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.testing import algorithm_laws

SETTINGS = {"local_steps": 2, "step_size": 0.1}


def pushed(x):
    workers = torch.arange(x.shape[-2], dtype=x.dtype)[:, None]
    return torch.tanh(x) + workers


START = torch.linspace(-1, 2, 5, dtype=torch.float64).expand(2, 4, 5)


@dataclass(frozen=True, kw_only=True)
class FirstWorkerLeads(LocalSGD):
    def post(self, state):
        first = torch.zeros_like(state.x)
        first[..., 0, :] = state.x.shape[-2] * state.x[..., 0, :]
        return first, state


@dataclass(frozen=True, kw_only=True)
class LastCoordinateIsLost(LocalSGD):
    def absorb(self, state, mean):
        kept = torch.cat([mean.expand_as(state.x)[..., :-1], state.x[..., -1:]], dim=-1)
        return state._replace(x=kept)

    def report(self, state):
        return state.x[..., :1, :].expand_as(state.x)


@dataclass(frozen=True, kw_only=True)
class Shrinks(LocalSGD):
    def absorb(self, state, mean):
        return state._replace(x=0.9 * mean.expand_as(state.x))


@dataclass(frozen=True, kw_only=True)
class DividesByStepSize(LocalSGD):
    def local_step(self, state, gradient):
        return super().local_step(state, gradient * self.step_size)


@dataclass(frozen=True, kw_only=True)
class WritesInPlace(LocalSGD):
    def local_step(self, state, gradient):
        state.x.sub_(self.step_size * gradient)
        return state


@dataclass(frozen=True, kw_only=True)
class MixesTheBatch(LocalSGD):
    def absorb(self, state, mean):
        return super().absorb(state, mean.mean(0, keepdim=True).expand_as(mean))


def test_unequal_workers():
    with pytest.raises(AssertionError, match="renumbered workers"):
        algorithm_laws.workers_are_exchangeable(
            FirstWorkerLeads(**SETTINGS), pushed, START, [1, 0, 2, 3], 4
        )


def test_a_lost_coordinate():
    with pytest.raises(AssertionError, match="renumbered coordinates"):
        algorithm_laws.coordinates_are_exchangeable(
            LastCoordinateIsLost(**SETTINGS), pushed, START, [4, 1, 2, 3, 0], 4
        )


def test_a_pull_to_the_origin():
    shift = torch.ones(5, dtype=torch.float64)
    with pytest.raises(AssertionError, match="shifted problem"):
        algorithm_laws.shifting_the_problem_shifts_the_iterates(
            Shrinks(**SETTINGS), pushed, START, shift, 4
        )
    with pytest.raises(AssertionError, match="left the optimum"):
        algorithm_laws.the_optimum_is_a_fixed_point(Shrinks(**SETTINGS), START, 4)


def test_a_misplaced_step_size():
    with pytest.raises(AssertionError, match="rescaled objective"):
        algorithm_laws.rescaling_units_rescales_nothing(
            DividesByStepSize(**SETTINGS), pushed, START, 3.0, 4
        )


def test_a_write_in_place():
    with pytest.raises(AssertionError, match="local_step wrote to its input"):
        algorithm_laws.state_is_never_mutated(WritesInPlace(**SETTINGS), pushed, START.clone(), 4)


def test_a_mixed_batch():
    start = START + torch.arange(2, dtype=torch.float64)[:, None, None]
    with pytest.raises(AssertionError, match="run in a batch"):
        algorithm_laws.a_batch_is_its_members(MixesTheBatch(**SETTINGS), pushed, start, 4)
