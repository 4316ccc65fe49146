import numpy as np
import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.components.inner_rule import HeavyBall, WeightDecay
from empirical.readings.linear.balance import balanced
from empirical.readings.linear.conserved_average import NotConserved, conserved_average
from empirical.readings.linear.exchangeable import Exchangeable
from empirical.readings.linear.linear_form import StepMap


def even_steps(algorithm):
    split, steps = Exchangeable(algorithm), algorithm.local_steps
    begun = split.period_start * steps
    means = [split.at(index).mean for index in range(begun + steps)]
    return balanced(means[:begun], means[begun:], split.start, 0.1)


def found(algorithm):
    return conserved_average(even_steps(algorithm))


@pytest.mark.parametrize(("alpha", "beta"), [(0.6, 0.0), (0.3, 0.7)])
def test_overlaps_report_point_is_found(alpha, beta):
    """y_t, with effective step (1 - alpha) / (1 - alpha beta) eta."""
    average = found(
        OverlapLocalSGD(local_steps=3, step_size=0.1, pullback=alpha, anchor_momentum=beta)
    )
    assert average.reported
    assert average.move == pytest.approx((1 - alpha) / (1 - alpha * beta), rel=1e-12)


def test_heavy_ball_has_one_that_it_does_not_report():
    """x̄ - eta mu / (1 - mu) ū, with effective step eta / (1 - mu)."""
    even = even_steps(LocalSGD(local_steps=2, step_size=0.1, inner_rule=HeavyBall(0.9)))
    average = conserved_average(even)
    assert not average.reported
    assert average.move == pytest.approx(10, rel=1e-12)
    np.testing.assert_allclose(average.functionals[0] / even.sizes[0], [[1, -0.9]], rtol=1e-12)


def test_weight_decay_has_none():
    with pytest.raises(NotConserved, match="no average of its state is conserved"):
        found(LocalSGD(local_steps=2, step_size=0.1, inner_rule=WeightDecay(0.1)))


def test_two_averages_are_one_too_many():
    step = StepMap(np.eye(2), np.array([[-0.1], [-0.2]]), np.array([[0.5, 0.5]]), np.eye(2)[:1])
    apart = StepMap(step.keep, np.array([[-0.1], [-0.3]]), np.array([[1.0, -2.0]]), step.report)
    with pytest.raises(NotConserved, match="2 averages of its state are"):
        conserved_average(balanced([], [step, apart], np.ones((2, 1)), 0.1))


def test_accounts_that_no_gradient_depends_on_do_not_count():
    """The second row only adds up gradients."""
    step = StepMap(np.eye(2), np.array([[-0.1], [1.0]]), np.eye(2)[:1], np.eye(2)[:1])
    average = conserved_average(balanced([], [step], np.array([[1.0], [0.0]]), 0.1))
    np.testing.assert_allclose(average.functionals[0], [[1.0, 0.0]], atol=1e-15)
    assert average.reported
