"""Mean and deviations move apart, alike for every number of workers, or the method is refused."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from empirical import catalogue
from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.components.topology import COMPLETE
from empirical.readings.linear.exchangeable import Exchangeable, spread_over
from empirical.readings.linear.linear_form import LinearForm, NotExchangeable
from empirical.testing.algorithm_strategies import exchangeable_examples

EXAMPLES = exchangeable_examples()


@dataclass(frozen=True, kw_only=True)
class FirstWorkerLeads(LocalSGD):
    def post(self, state):
        count = state.x.shape[-2]
        weights = torch.zeros(count, 1, dtype=state.x.dtype)
        weights[0] = count
        return weights * state.x, state


@dataclass(frozen=True, kw_only=True)
class StepsByHeadcount(LocalSGD):
    def local_step(self, state, gradient):
        return super().local_step(state, gradient / state.x.shape[-2])


@pytest.mark.parametrize("algorithm", EXAMPLES, ids=repr)
@pytest.mark.parametrize("num_workers", [2, 5])
def test_mean_and_deviations_predict_every_worker(algorithm, num_workers):
    form, split = LinearForm(algorithm, num_workers), Exchangeable(algorithm)
    rng = np.random.default_rng(0)
    rows = form.start @ rng.standard_normal((1, 1))
    mean, deviation = split.start @ rows[:1], np.zeros((split.at(0).deviation.keep.shape[1], 1))
    for index in range(3 * algorithm.local_steps):
        step, half = form.at(index), split.at(index)
        own = half.mean.points @ mean + half.deviation.points @ deviation
        assert (step.points @ rows)[0] == pytest.approx(own[0], rel=1e-12, abs=1e-13)
        gradient = rng.standard_normal((num_workers, 1))
        apart = (gradient - gradient.mean())[:1]
        rows = step.keep @ rows + step.take @ gradient
        mean = half.mean.keep @ mean + half.mean.take * gradient.mean()
        deviation = half.deviation.keep @ deviation + half.deviation.take @ apart


def test_a_functional_of_means_is_one_of_all_rows():
    form = LinearForm(catalogue.algorithms()["overlap_local_sgd"][0], 4)
    found = spread_over(form, np.array([[0.4, 0.6, 0.0]]), 0)
    np.testing.assert_allclose(found, [[0.1, 0.1, 0.1, 0.1, 0.6, 0.0]])


@pytest.mark.parametrize(
    ("kind", "why"),
    [(FirstWorkerLeads, "workers are not alike"), (StepsByHeadcount, "three workers do otherwise")],
)
def test_what_prefers_a_worker_or_counts_them_is_refused(kind, why):
    split = Exchangeable(kind(local_steps=1, step_size=0.1))
    with pytest.raises(NotExchangeable, match=why):
        split.at(0)


@dataclass(frozen=True, kw_only=True)
class ForgetsNearlyAll(LocalSGD):
    """Of a deviation a 1e-8th is kept."""

    def absorb(self, state, mean):
        return state._replace(x=mean + 1e-8 * (state.x - mean))


def test_small_memories_are_no_difference_between_workers():
    kept = Exchangeable(ForgetsNearlyAll(local_steps=1, step_size=0.1)).at(0).deviation.keep
    assert kept.item() == pytest.approx(1e-8, rel=1e-6)


def test_workers_on_a_ring_are_refused_though_three_of_them_all_hear_each_other():
    ring = DecentralizedSGD(local_steps=1, step_size=0.1)
    with pytest.raises(NotExchangeable, match="workers have places"):
        Exchangeable(ring)
    Exchangeable(replace(ring, topology=COMPLETE)).at(0)
