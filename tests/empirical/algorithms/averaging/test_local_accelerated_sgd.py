import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.local_accelerated_sgd import EXAMPLES, LocalAcceleratedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.accelerated_minibatch_sgd import AcceleratedMinibatchSGD
from empirical.components.accelerated_rule import ACSA, StronglyConvexACSA
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import Plain
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.problems.synthetic.two_camps import TwoCamps
from empirical.readings.moments import moments
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from theory.measures import ReportPoint

RULES = (ACSA(), StronglyConvexACSA(0.2))


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_with_one_step_a_round_it_is_accelerated_minibatch_sgd(rule):
    gradient, start = bent_gradient(0)
    settings = {"local_steps": 1, "step_size": 0.1, "inner_rule": rule}
    local = drive(LocalAcceleratedSGD(**settings), gradient, start, 20)
    same(local, drive(AcceleratedMinibatchSGD(**settings), gradient, start, 20), 20, "K = 1")


@pytest.mark.parametrize("lam", [0.0, 0.2])
def test_both_sequences_of_the_papers_are_averaged_and_the_count_runs_on(lam):
    """Ghadimi and Lan's loop on every worker, means of the prox-centre x and of ag, by hand."""
    gradient, start = bent_gradient(1)
    K, gamma = 3, 2.5
    rule = StronglyConvexACSA(lam) if lam else ACSA()
    method = LocalAcceleratedSGD(local_steps=K, step_size=1 / gamma, inner_rule=rule)
    found = drive(method, gradient, start, 14)
    x = ag = start
    for t, point in enumerate(found, 1):
        same(point, ag.mean(-2, keepdim=True), 14, "Local AC-SA")
        al, ga_t = 2 / (t + 1), 4 * gamma / (t * (t + 1))
        c = (1 - al) * (lam + ga_t) / (ga_t + (1 - al**2) * lam)
        md, pull = c * ag + (1 - c) * x, al * lam / (lam + ga_t)
        x = pull * md + (1 - pull) * x - al / (lam + ga_t) * gradient(md)
        ag = al * x + (1 - al) * ag
        if t % K == 0:
            x, ag = (part.mean(-2, keepdim=True).expand_as(start) for part in (x, ag))


def test_it_sends_both_sequences():
    start = torch.zeros(2, 5, dtype=torch.float64)
    method = LocalAcceleratedSGD(local_steps=2, step_size=0.1)
    message, _ = method.post(method.init(start))
    assert message.shape == (2, 10)


def test_with_a_plain_rule_it_is_local_sgd():
    gradient, start = bent_gradient(0)
    plain = LocalAcceleratedSGD(local_steps=2, step_size=0.1, inner_rule=Plain())
    other = LocalSGD(local_steps=2, step_size=0.1)
    assert plain.report_point is other.report_point is ReportPoint.MEAN_ITERATE
    assert all(example.report_point is ReportPoint.AGGREGATE for example in EXAMPLES)
    same(drive(plain, gradient, start, 12), drive(other, gradient, start, 12), 12, "plain rule")


def exact(method, problem, num_steps):
    found = moments(method, problem, num_rounds=num_steps // method.local_steps)
    return {
        name: found.trajectory.values[name].numpy()
        for name in ("objective", "squared_gradient_norm")
    }


def quadratics(heterogeneity, num_workers=4, noise=0.6):
    """The same function for M workers with tilts, and for one with noise sigma / sqrt(M)."""
    shared = {"size": 3, "shared_hessian": True, "smoothness": 1.5, "lowest": 0.05, "start": 2.0}
    many = Quadratic(
        num_workers=num_workers, gradient_noise=noise, heterogeneity=heterogeneity, **shared
    )
    one = Quadratic(num_workers=1, gradient_noise=noise / num_workers**0.5, **shared)
    return many, one


@pytest.mark.parametrize("heterogeneity", [0.0, 3.3])
@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("local_steps", [2, 5])
def test_on_quadratics_it_is_ac_sa_with_a_mth_of_the_variance(rule, heterogeneity, local_steps):
    """C12, exactly and at every step, communications or not."""
    many, one = quadratics(heterogeneity)
    settings = {"step_size": 0.3, "inner_rule": rule}
    local = exact(LocalAcceleratedSGD(local_steps=local_steps, **settings), many, 20)
    alone = exact(AcceleratedMinibatchSGD(local_steps=1, **settings), one, 20)
    for name, values in local.items():
        np.testing.assert_allclose(values, alone[name], rtol=1e-11)


def test_restarting_the_count_breaks_it():
    many, one = quadratics(0.0)
    restarting = LocalAcceleratedSGD(local_steps=5, step_size=0.3, memory=BufferPolicy.RESET)
    local = exact(restarting, many, 20)
    alone = exact(AcceleratedMinibatchSGD(local_steps=1, step_size=0.3), one, 20)
    assert abs(local["objective"][-1] / alone["objective"][-1] - 1) > 0.05


def test_averaging_one_sequence_alone_is_seen_only_where_curvatures_differ():
    """Means move by themselves on quadratics that share their Hessian, whatever is averaged."""
    (alike, _), different = quadratics(2.0), Quadratic(num_workers=4, size=3, start=2.0)
    for problem, differs in ((alike, False), (different, True)):
        both, one = (
            exact(LocalAcceleratedSGD(local_steps=5, step_size=0.3, memory=memory), problem, 20)
            for memory in (BufferPolicy.AVERAGE, BufferPolicy.KEEP)
        )
        ratio = one["objective"][-1] / both["objective"][-1]
        assert abs(ratio - 1) > 1e-3 if differs else ratio == pytest.approx(1, rel=1e-11)


def test_different_hessians_break_it():
    many = Quadratic(num_workers=4, size=3, gradient_noise=0.6, start=2.0)
    drifting = exact(LocalAcceleratedSGD(local_steps=5, step_size=0.3), many, 20)
    steady = exact(LocalAcceleratedSGD(local_steps=1, step_size=0.3), many, 20)
    assert abs(drifting["objective"][-1] / steady["objective"][-1] - 1) > 1e-3


def worst_parabola(method, noise, num_rounds):
    """Max over curvatures in (0, 1] of E F at the end, from 1, with this noise on one worker."""
    curvatures = np.geomspace(2e-4, 1, 40)
    ends = [
        exact(method, TwoCamps(num_workers=1, first=c, gradient_noise=noise), num_rounds)[
            "objective"
        ][-1]
        for c in curvatures
    ]
    assert 0 < np.argmax(ends) < len(curvatures) - 1
    return max(ends)


def test_the_record_on_worst_case_quadratics():
    """M = 1024, K = R = 16, sigma = 0.1 and L = B = 1.

    By C12 Local AC-SA is 256 steps with noise sigma / sqrt(M); a large batch is 16 steps with
    sigma / sqrt(M K). Local SGD, at its last iterate, lies between.
    """
    one, sigma, M, K = {"local_steps": 1}, 0.1, 1024, 16
    local = AcceleratedMinibatchSGD(**one, step_size=0.3)
    assert worst_parabola(local, sigma / M**0.5, 256) == pytest.approx(5.4e-5, rel=0.05)
    batch = AcceleratedMinibatchSGD(**one, step_size=0.5)  # gamma = 2 L
    assert worst_parabola(batch, sigma / (M * K) ** 0.5, 16) == pytest.approx(4.6e-3, rel=0.05)
    plain = AcceleratedMinibatchSGD(**one, step_size=1.0, inner_rule=Plain())
    assert worst_parabola(plain, sigma / M**0.5, 256) == pytest.approx(3.6e-4, rel=0.05)
