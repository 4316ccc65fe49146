"""Local SGD on parabolas of one Hessian: the bound of SGD with batches, and runs below it."""

import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.moments import moments
from theory.catalogue import lookup

NUMBERS = {
    "num_workers": 3,
    "local_steps": 5,
    "num_rounds": 8,
    "smoothness": 2.0,
    "gradient_noise": 0.6,
    "initial_distance": 0.7,
    "step_size": 0.1,
}


def value(key, **changes):
    values = {**NUMBERS, **changes}
    return float(lookup(key).value(**{name: values[name] for name in lookup(key).parameters}))


@pytest.mark.parametrize("suffix", ["", ".tuned"])
def test_local_steps_count_as_rounds(suffix):
    """5 local steps in 8 rounds are Minibatch SGD's 40 rounds of one."""
    other = value(f"minibatch_sgd.convex{suffix}", local_steps=1, num_rounds=40)
    assert value(f"local_sgd.quadratic{suffix}") == pytest.approx(other)
    alone = value(f"single_machine_sgd.convex{suffix}", num_workers=1)
    assert value(f"local_sgd.quadratic{suffix}", num_workers=1) == pytest.approx(alone)


@pytest.mark.parametrize("heterogeneity", [0.0, 5.0])
@pytest.mark.parametrize("step_size", [0.05, 0.5])
def test_exact_runs_stay_below_whatever_the_tilts(heterogeneity, step_size):
    problem = Quadratic(
        num_workers=3,
        size=4,
        smoothness=2.0,
        heterogeneity=heterogeneity,
        shared_hessian=True,
        gradient_noise=0.6,
        start=0.7,
    )
    algorithm = LocalSGD(local_steps=5, step_size=step_size)
    found = moments(algorithm, problem, num_rounds=8).trajectory.final_averages["objective"]
    assert 0 < float(found) <= value("local_sgd.quadratic", step_size=step_size)
