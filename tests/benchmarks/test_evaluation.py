"""Speed of answering, of evaluating bounds and of simulating."""

import subprocess
import sys

import numpy as np

from empirical.algorithms.local_sgd import LocalSGD
from empirical.problems.tilted import Tilted
from empirical.readings.simulate import simulate
from theory.catalogue import bound


def test_a_million_points_of_local_sgd(benchmark):
    values = {"num_workers": 16, "local_steps": 8, "num_rounds": 1000, "smoothness": 1.0}
    values |= {"gradient_noise": 1.0, "heterogeneity": 0.5, "initial_gap": 1.0}
    steps = np.geomspace(1e-4, 1e-2, 10**6)
    theorem = bound("local_sgd.nonconvex")
    found = benchmark(lambda: theorem.evaluate(**values, step_size=steps).value)
    assert found.shape == steps.shape


def test_sixty_four_seeds_of_eight_workers(benchmark):
    problem = Tilted(num_workers=8, size=10, heterogeneity=1.0, gradient_noise=1.0)
    algorithm = LocalSGD(local_steps=4, step_size=0.02)
    found = benchmark(lambda: simulate(algorithm, problem, num_rounds=32, seeds=range(64)))
    assert found.final_averages["objective"].shape == (64,)


def test_help_answers_at_once(benchmark):
    """The whole process, from start to end, under 0.3 s."""
    command = [sys.executable, "-m", "empirical", "--help"]
    benchmark(lambda: subprocess.run(command, check=True, capture_output=True))
    assert benchmark.stats["median"] < 0.3
