from dataclasses import replace

import pytest
import torch

from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.problems.synthetic.logistic import EXAMPLES as LOGISTIC
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.simulate import simulate

ALGORITHM = OverlapLocalSGD(local_steps=2, step_size=0.1, pullback=0.5, anchor_momentum=0.3)


@pytest.mark.parametrize(
    "problem", [Tilted(num_workers=3, heterogeneity=1.0, gradient_noise=1.0), LOGISTIC[0]], ids=str
)
def test_step_sizes_run_side_by_side_with_the_same_draws(problem):
    steps = (0.02, 0.1)
    together = simulate(ALGORITHM, problem, num_rounds=5, seeds=(3, 4, 5), step_sizes=steps)
    assert together.final_averages["objective"].shape == (2, 3)
    for index, step_size in enumerate(steps):
        algorithm = replace(ALGORITHM, step_size=step_size)
        alone = simulate(algorithm, problem, num_rounds=5, seeds=(3, 4, 5))
        for name, values in alone.values.items():
            torch.testing.assert_close(together.values[name][index], values, rtol=1e-12, atol=1e-14)


def test_seeds_give_other_runs_and_the_same_seed_the_same():
    problem = Tilted(num_workers=3, heterogeneity=1.0, gradient_noise=1.0)
    values = simulate(ALGORITHM, problem, num_rounds=5, seeds=(0, 1, 0)).values["objective"]
    assert torch.equal(values[0], values[2])
    assert not torch.equal(values[0, 1:], values[1, 1:])
