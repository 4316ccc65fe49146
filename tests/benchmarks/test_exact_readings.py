"""Speed of the exact readings, on one core.

Run with: pytest tests/benchmarks --benchmark-only -s
"""

import time
from dataclasses import replace

import pytest

from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.moments import moments
from empirical.readings.performance_estimation.setting import FunctionClass, Setting
from empirical.readings.simulate import simulate
from empirical.readings.worst_case import worst_case

ALGORITHM = OverlapLocalSGD(local_steps=5, step_size=0.05, pullback=0.6, anchor_momentum=0.7)
MEASURE = "squared_gradient_norm"
NUM_SEEDS = 500


@pytest.fixture(autouse=True)
def one_core():
    """BLAS on one thread as well."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def test_a_thousand_rounds_of_four_hundred_coordinates(benchmark):
    """M = 8, d = 50, K = 16, R = 1000, different Hessians: every step of the curve, under 5 s.

    Twice the rounds take at most twice the time.
    """
    problem = Quadratic(num_workers=8, size=50, heterogeneity=0.7, gradient_noise=0.5)
    algorithm = OverlapLocalSGD(local_steps=16, step_size=0.02, pullback=0.6, anchor_momentum=0.7)

    def read(num_rounds=1000):
        return moments(algorithm, problem, num_rounds=num_rounds).trajectory

    found = benchmark.pedantic(read, rounds=3, iterations=1)
    assert len(found.values[MEASURE]) == 16_001
    begun = time.monotonic()
    read(2000)
    ratio = benchmark.extra_info["twice_the_rounds"] = (time.monotonic() - begun) / benchmark.stats[
        "median"
    ]
    print(f"\n{benchmark.stats['median']:.2f} s for 1000 rounds; 2000 take {ratio:.2f} times that")
    assert benchmark.stats["median"] < 5
    assert ratio < 2.2


@pytest.mark.parametrize(
    ("workers", "size", "steps", "rounds"), [(4, 2, 5, 20), (4, 10, 5, 20), (8, 10, 8, 100)]
)
def test_moments_against_simulation_at_one_percent(benchmark, workers, size, steps, rounds):
    """The curve of E|grad F|^2: seconds of exact moments, over those of enough seeds.

    Enough is a standard error of 1 % at every step; 500 seeds are simulated together, and their
    seconds scaled to the number needed. At least 100 times.
    """
    problem = Quadratic(
        num_workers=workers, size=size, lowest=0.05, heterogeneity=1.0, gradient_noise=2.0
    )
    algorithm = replace(ALGORITHM, local_steps=steps)
    benchmark(lambda: moments(algorithm, problem, num_rounds=rounds))
    begun = time.monotonic()
    curve = simulate(algorithm, problem, num_rounds=rounds, seeds=range(NUM_SEEDS)).values[MEASURE]
    spent = (time.monotonic() - begun) / NUM_SEEDS
    relative = (curve.std(0) / curve.mean(0))[1:].max()  # x_0 is known
    needed = (float(relative) / 0.01) ** 2
    ratio = spent * needed / benchmark.stats["median"]
    benchmark.extra_info["simulation_over_moments"] = ratio
    print(
        f"\nexact in {benchmark.stats['median'] * 1e3:.1f} ms; 1 % takes {needed:.0f} seeds, "
        f"{spent * needed:.2f} s: {ratio:.0f} times as long"
    )
    assert ratio >= 100


def test_the_worst_case_of_nine_steps(benchmark):
    """Overlap, smooth non-convex, K = R = 3: under 3 s, assembly and both tolerances included."""
    algorithm = OverlapLocalSGD(local_steps=3, step_size=1 / 18, pullback=0.6)
    setting = Setting(function_class=FunctionClass(lowest=-1.0), initial_gap=1.0, heterogeneity=1.0)
    found = benchmark.pedantic(
        lambda: worst_case(algorithm, setting, num_rounds=3), rounds=3, iterations=1
    )
    print(f"\n{found.value:.7g}, gap {found.gap:.1e}: {benchmark.stats['median']:.2f} s")
    assert found.value == pytest.approx(1.6952874, rel=1e-6)
    assert benchmark.stats["median"] < 3
