import numpy as np
import pytest

from empirical.algorithms.large_batch.accelerated_minibatch_sgd import (
    EXAMPLES,
    AcceleratedMinibatchSGD,
)
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.components.accelerated_rule import ACSA, MultistageACSA
from empirical.components.inner_rule import Plain
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.moments import moments
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from theory.measures import ReportPoint


def test_one_worker_and_one_step_is_ac_sa():
    """lan2012optimal's loop, with the prox-centre x."""
    gradient, start = bent_gradient(1, workers=1)
    eta = 0.3
    found = drive(AcceleratedMinibatchSGD(local_steps=1, step_size=eta), gradient, start, 20)
    x = ag = start
    for t, point in enumerate(found, 1):
        same(point, ag, 20, "AC-SA")
        al = 2 / (t + 1)
        x = x - t / 2 * eta * gradient((1 - al) * ag + al * x)
        ag = al * x + (1 - al) * ag


def test_a_round_is_one_step_with_the_mean_of_all_gradients():
    gradient, start = bent_gradient(2)
    found = drive(AcceleratedMinibatchSGD(local_steps=3, step_size=0.3), gradient, start, 18)
    x = ag = start[:, :1]
    for step, point in enumerate(found):
        if step and step % 3 == 0:
            t = step // 3
            al = 2 / (t + 1)
            md = (1 - al) * ag + al * x
            mean = gradient(md.expand_as(start)).mean(-2, keepdim=True)
            x = x - t / 2 * 0.3 * mean
            ag = al * x + (1 - al) * ag
        same(point, ag, 18, "large batch")


def test_with_a_plain_rule_it_is_minibatch_sgd():
    gradient, start = bent_gradient(0)
    plain = AcceleratedMinibatchSGD(local_steps=2, step_size=0.1, inner_rule=Plain())
    other = MinibatchSGD(local_steps=2, step_size=0.1)
    assert plain.report_point is other.report_point is ReportPoint.ROUND_START
    assert EXAMPLES[0].report_point is ReportPoint.AGGREGATE
    same(drive(plain, gradient, start, 12), drive(other, gradient, start, 12), 12, "plain rule")


@pytest.mark.parametrize(("num_workers", "local_steps"), [(1, 6), (3, 2), (6, 1)])
def test_only_the_size_of_the_batch_matters(num_workers, local_steps):
    """On a homogeneous quadratic M K gradients a round are one with noise sigma / sqrt(M K)."""
    noise = 0.5
    shared = {"size": 3, "shared_hessian": True, "smoothness": 2.0, "start": 1.5}
    many = Quadratic(num_workers=num_workers, gradient_noise=noise, **shared)
    one = Quadratic(num_workers=1, gradient_noise=noise / 6**0.5, **shared)
    batch = AcceleratedMinibatchSGD(local_steps=local_steps, step_size=0.2)
    found = moments(batch, many, num_rounds=9).trajectory.values["objective"][::local_steps]
    alone = AcceleratedMinibatchSGD(local_steps=1, step_size=0.2)
    expected = moments(alone, one, num_rounds=9).trajectory.values["objective"]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_stages_end_with_rounds():
    """The multistage rule counts rounds: its first stage is AC-SA with the same gradients."""
    gradient, start = bent_gradient(3)
    rule = MultistageACSA(strong_convexity=1.0, smoothness=1.0, gradient_noise=0.0, initial_gap=1.0)
    assert rule.length(1) == rule.length(2) == 6
    settings = {"local_steps": 2, "step_size": 0.4}
    staged = drive(AcceleratedMinibatchSGD(**settings, inner_rule=rule), gradient, start, 14)
    plain = drive(AcceleratedMinibatchSGD(**settings, inner_rule=ACSA()), gradient, start, 14)
    same(staged[:13], plain[:13], 14, "first stage")
    assert float((staged[14] - plain[14]).abs().max()) > 1e-3
