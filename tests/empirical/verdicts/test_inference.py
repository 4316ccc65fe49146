import numpy as np
import pytest

from empirical.kernels.random_streams import generator
from empirical.verdicts.inference import bootstrap_slope, e_process, slope, student_interval


def test_wealth_by_hand():
    bets = np.geomspace(0.02, 0.9, 8)
    ratios = np.array([2.0, 0.0, 3.0])
    wealth = [np.mean(np.prod(1 + bets[:, None] * (ratios[:n] - 1), axis=1)) for n in (1, 2, 3)]
    assert e_process(ratios) == pytest.approx(max(wealth), rel=1e-12)


@pytest.mark.rates
@pytest.mark.parametrize("shape", [0.3, 1.0, 5.0])
def test_a_true_bound_is_rejected_at_most_one_time_in_twenty(shape):
    """At E ratio = 1 exactly, the hardest case, watched at every seed, skewed or not."""
    rng = generator(1, int(10 * shape))
    draws = rng.gamma(shape, 1 / shape, size=(2000, 200))
    rejected = np.mean([e_process(row) >= 20 for row in draws])
    assert rejected <= 0.05


@pytest.mark.rates
def test_a_bound_half_as_large_as_it_should_be_is_rejected():
    rng = generator(2)
    draws = rng.gamma(2.0, 1.0, size=(300, 64))
    assert np.mean([e_process(row) >= 20 for row in draws]) > 0.95


def test_a_diverged_run_is_infinite_wealth():
    assert e_process(np.array([0.5, np.inf])) == np.inf


@pytest.mark.rates
def test_the_student_interval_covers():
    rng = generator(3)
    ends = np.array([student_interval(row) for row in rng.normal(1, 2, size=(2000, 12))])
    covered = np.mean((ends[:, 0] <= 1) & (ends[:, 1] >= 1))
    assert 0.935 <= covered <= 0.965


def test_slopes_are_least_squares():
    x = np.log([1, 2, 4, 8])
    assert slope(x, -0.5 * x + 3) == pytest.approx(-0.5)
    y = np.array([0.0, 1.0, 0.5, 2.0])
    assert slope(x, y) == pytest.approx(np.polyfit(x, y, 1)[0])


@pytest.mark.rates
def test_the_bootstrap_interval_of_a_slope_covers():
    rng = generator(4)
    x = np.log([16, 32, 64, 128])
    hits = []
    for _ in range(150):
        samples = [np.exp(-0.6 * value) * rng.gamma(4, 0.25, size=40) for value in x]
        low, high = bootstrap_slope(x, samples)
        hits.append(low <= -0.6 <= high)
    assert np.mean(hits) >= 0.88
