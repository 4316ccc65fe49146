import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.problems.synthetic.tilted import Tilted
from empirical.runtime.run import run
from empirical.runtime.trajectory import checkpoints
from empirical.transport import Stacked

PROBLEM = Tilted(num_workers=3, size=4, heterogeneity=1.0, gradient_noise=0.5)
ALGORITHM = LocalSGD(local_steps=3, step_size=0.1)


def measured(every):
    settings = {"num_rounds": 4, "seeds": (0, 1), "measure_every": every}
    return run(ALGORITHM, PROBLEM, Stacked(3), **settings).trajectory


def test_averages_run_over_the_steps_before_the_end():
    found = measured(1)
    assert found.steps == list(range(13))
    for name, values in found.values.items():
        before_the_end = values[:, :-1]
        torch.testing.assert_close(found.final_averages[name], before_the_end.mean(-1))
        running = before_the_end.cumsum(-1) / torch.arange(1, 13)
        torch.testing.assert_close(found.averages[name][:, :-1], running)


def test_measuring_seldom_disturbs_nothing():
    often, seldom = measured(1), measured(5)
    assert seldom.steps == [0, 5, 10, 12]
    for name, values in seldom.values.items():
        torch.testing.assert_close(values, often.values[name][:, seldom.steps], rtol=0, atol=0)


def test_the_measures_are_those_of_the_mean_iterate():
    """By hand: two rounds of three workers with one step each, from the definition."""
    problem = Tilted(num_workers=3, size=4, heterogeneity=1.0)
    algorithm = LocalSGD(local_steps=1, step_size=0.1)
    values = run(algorithm, problem, Stacked(3), num_rounds=2, seeds=(0,)).trajectory.values
    x = problem.initial_point()
    for step in range(3):
        slope = x / (1 + x**2) ** 2
        assert values["squared_gradient_norm"][0, step] == pytest.approx(float(slope @ slope))
        gap = float((x**2 / (1 + x**2)).sum() / 2)
        assert values["objective"][0, step] == pytest.approx(gap)
        assert values["dissimilarity"][0, step] == pytest.approx(1.0)
        x = x - 0.1 * slope


@pytest.mark.parametrize(("num_steps", "stride"), [(1, 1), (10, 1), (10, 3), (5000, 1), (5000, 7)])
def test_checkpoints_are_few_and_hold_both_ends(num_steps, stride):
    kept = checkpoints(num_steps, stride)
    assert kept == sorted(set(kept))
    assert kept[0] == 0
    assert kept[-1] == (num_steps - 1) // stride * stride
    assert all(step % stride == 0 for step in kept)
    assert len(kept) <= 48
