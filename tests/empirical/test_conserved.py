import numpy as np
import pytest

from empirical.algorithms.local_sgd import LocalSGD
from empirical.algorithms.overlap_local_sgd import OverlapLocalSGD
from empirical.conserved import NotConserved, conserved_average
from empirical.exchangeable import Exchangeable
from empirical.inner_rule import HeavyBall, WeightDecay
from empirical.linear import StepMap


def found(algorithm):
    split, steps = Exchangeable(algorithm), algorithm.local_steps
    begun = split.period_start * steps
    means = [split.at(index).mean for index in range(begun + steps)]
    return conserved_average(means[:begun], means[begun:], split.start)


@pytest.mark.parametrize(("alpha", "beta"), [(0.6, 0.0), (0.3, 0.7)])
def test_overlaps_report_point_is_found(alpha, beta):
    """y_t, with effective step (1 - alpha) / (1 - alpha beta) eta."""
    average = found(
        OverlapLocalSGD(local_steps=3, step_size=0.1, pullback=alpha, anchor_momentum=beta)
    )
    assert average.reported
    assert average.move == pytest.approx(0.1 * (1 - alpha) / (1 - alpha * beta), rel=1e-12)


def test_heavy_ball_has_one_that_it_does_not_report():
    """x̄ - eta mu / (1 - mu) ū, with effective step eta / (1 - mu)."""
    average = found(LocalSGD(local_steps=2, step_size=0.1, inner_rule=HeavyBall(0.9)))
    assert not average.reported
    assert average.move == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(average.functionals[0], [[1.0, -0.9]], rtol=1e-12)


def test_weight_decay_has_none():
    with pytest.raises(NotConserved, match="no average of its state is conserved"):
        found(LocalSGD(local_steps=2, step_size=0.1, inner_rule=WeightDecay(0.1)))


def test_two_averages_are_one_too_many():
    step = StepMap(np.eye(2), np.array([[-0.1], [-0.2]]), np.eye(2)[:1], np.eye(2)[:1])
    with pytest.raises(NotConserved, match="2 averages"):
        conserved_average([], [step], np.ones((2, 1)))
