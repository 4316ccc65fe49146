"""Speed of answering, of evaluating bounds and of simulating."""

import resource
import subprocess
import sys

import numpy as np

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.simulate import simulate
from theory.catalogue import lookup
from theory.cli.arguments import grid
from theory.comparison.comparison import compare
from theory.tuning import mesh_evaluation


def test_a_million_points_of_local_sgd(benchmark):
    values = {"num_workers": 16, "local_steps": 8, "num_rounds": 1000, "smoothness": 1.0}
    values |= {"gradient_noise": 1.0, "heterogeneity": 0.5, "initial_gap": 1.0}
    steps = np.geomspace(1e-4, 1e-2, 10**6)
    theorem = lookup("local_sgd.nonconvex")
    found = benchmark(lambda: theorem.evaluate(**values, step_size=steps).value)
    assert found.shape == steps.shape


TUNED = lookup("local_sgd.convex_homogeneous.tuned")
FIXED = {"num_workers": 64, "local_steps": 8, "smoothness": 1.0, "initial_distance": 1.0}
LEAST_RATE = 2.5e7
"""Points of the tuned Local SGD bound a second, on one core."""


def test_ten_million_points_over_a_mesh(benchmark):
    rounds, noise = np.arange(1.0, 3201), np.geomspace(1e-2, 1e2, 3125)
    found = benchmark.pedantic(
        lambda: mesh_evaluation.mesh(
            TUNED, {**FIXED, "num_rounds": rounds, "gradient_noise": noise}
        ),
        rounds=5,
    )
    assert found.size == 10**7
    assert found.size / benchmark.stats["min"] > LEAST_RATE


def test_ten_million_points_in_columns(benchmark):
    rng = np.random.default_rng(0)
    rounds, noise = rng.integers(1, 10**6, 10**7), rng.uniform(0.1, 10, 10**7)
    columns = {"num_rounds": rounds.astype(float), "gradient_noise": noise}
    found = benchmark.pedantic(
        lambda: mesh_evaluation.values(TUNED, {**FIXED, **columns}), rounds=5
    )
    assert found.size / benchmark.stats["min"] > LEAST_RATE


def test_a_hundred_million_points_in_little_memory(benchmark):
    """Reduced block by block: the values alone would be 800 MB."""
    rounds, noise = np.arange(1.0, 10_001), np.geomspace(1e-2, 1e2, 10_000)

    def least():
        blocks = mesh_evaluation.mesh_blocks(
            TUNED, {**FIXED, "num_rounds": rounds, "gradient_noise": noise}
        )
        return min(float(part.min()) for _, part in blocks)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = benchmark.pedantic(least, rounds=1)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert found == TUNED.value(**FIXED, num_rounds=10_000, gradient_noise=1e-2)
    assert grown < 500e6
    assert 1e8 / benchmark.stats["min"] > LEAST_RATE


def test_a_map_of_ten_thousand_points(benchmark):
    """Three bounds, each at its best step size everywhere, in less than five seconds."""
    keys = ("minibatch_sgd.convex", "local_sgd.convex_homogeneous", "dq_sgd.strongly_convex")
    axis = np.unique(np.round(np.geomspace(1, 10**6, 100)))
    values = {**FIXED, "gradient_noise": 1.0, "strong_convexity": 0.01, "initial_gap": 1.0}
    values |= {"dimension": 10, "level_spacing": 0.1, "local_steps": axis, "num_rounds": axis}
    points = grid({name: np.atleast_1d(np.float64(item)) for name, item in values.items()})
    bounds = [lookup(key) for key in keys]
    found = benchmark.pedantic(lambda: compare(bounds, points), rounds=2)
    assert len(found.least) > 7_000
    assert benchmark.stats["min"] < 5


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
