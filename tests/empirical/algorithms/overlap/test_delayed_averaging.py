"""What holds of every late average: its report point, and the bound of Theorem G."""

from dataclasses import replace

import pytest
import torch

from empirical.algorithms.overlap.cocod_sgd import CoCoDSGD
from empirical.algorithms.overlap.delayed_local_sgd import DelayedLocalSGD
from empirical.components.inner_rule import HeavyBall
from empirical.components.merge_rule import EXAMPLES as MERGES
from empirical.components.merge_rule import Overwrite
from empirical.loop import Loop
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.mixing import mixing
from empirical.readings.moments import moments
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import same
from empirical.transport import Stacked
from theory.measures import ReportPoint

LATE = [
    DelayedLocalSGD(local_steps=4, step_size=0.1, delay=delay, merge=merge)
    for merge in MERGES
    for delay in (0, 1, 3, 4)
]


def promised_over_measured(algorithm, num_workers=4):
    """The bound of the method's own four numbers over the exact average that it bounds."""
    problem = Quadratic(
        num_workers=num_workers, size=3, lowest=0.1, heterogeneity=1.0, gradient_noise=0.5
    )
    found = mixing(algorithm)
    run = moments(
        algorithm, problem, num_rounds=30, point=lambda step: found.point(num_workers, step)
    )
    average = {name: float(value) for name, value in run.trajectory.final_averages.items()}
    values = {name: item.value for name, item in problem.constants.items()}
    values |= {"num_workers": num_workers, "num_rounds": 30, "step_size": algorithm.step_size}
    values["heterogeneity"] = average["dissimilarity"] ** 0.5
    asked = {name: values[name] for name in found.bound.parameters}
    return float(found.bound.value(**asked)) / average["squared_gradient_norm"]


@pytest.mark.parametrize("algorithm", LATE, ids=repr)
def test_the_report_point_is_where_the_mean_is_once_all_has_arrived(algorithm):
    gradient, start = bent_gradient(1)
    loop = Loop(algorithm, Stacked(4), start)
    for _ in range(11):
        loop.step(gradient(loop.gradient_point))
        ended = Loop.resumed(algorithm, Stacked(4), loop.snapshot())
        ended.finish()
        same(loop.report(), ended.state.x.mean(-2, keepdim=True), 11, "what will be")


@pytest.mark.parametrize("algorithm", LATE, ids=repr)
def test_nothing_but_gradients_moves_the_report_point(algorithm):
    """Sends and arrivals of unlike iterates leave it where it is."""
    gradient, start = bent_gradient(2)
    loop = Loop(algorithm, Stacked(4), start)
    for _ in range(5):
        loop.step(gradient(loop.gradient_point))
    before = loop.report()
    for _ in range(9):
        loop.step(torch.zeros_like(start))
        same(loop.report(), before, 9, "no gradients")


def test_only_a_mean_that_loses_steps_on_the_way_is_called_otherwise():
    late = DelayedLocalSGD(local_steps=2, step_size=0.1, delay=1)
    assert late.report_point is ReportPoint.MEAN_ITERATE
    assert replace(late, merge=Overwrite()).report_point is ReportPoint.CONSERVED_MEAN
    assert replace(late, merge=Overwrite(), delay=0).report_point is ReportPoint.MEAN_ITERATE


def test_a_move_keeps_the_memory():
    gradient, start = bent_gradient(3)
    algorithm = CoCoDSGD(local_steps=2, step_size=0.1, inner_rule=HeavyBall(0.5))
    state = algorithm.local_step(algorithm.init(start), gradient(start))
    moved = algorithm.moved(state, torch.zeros(2, 1, 5, dtype=torch.float64))
    assert torch.equal(moved.inner[0], gradient(start))
    assert not moved.x.any()
    assert not moved.sent.any()


@pytest.mark.parametrize("delay", [1, 3])
def test_the_bound_of_its_own_numbers_holds(delay):
    algorithm = DelayedLocalSGD(local_steps=3, step_size=0.02, delay=delay)
    assert 1 < promised_over_measured(algorithm) < 10
