import math

import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.fedac import EXAMPLES, FedAc
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.accelerated_minibatch_sgd import AcceleratedMinibatchSGD
from empirical.cli.plan_request import plan
from empirical.components.fedac_rule import Coupling, FedAcRule
from empirical.components.inner_rule import Plain
from empirical.experiments.experiment import build_experiment
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.linear.linear_form import LinearForm
from empirical.readings.moments import moments
from empirical.readings.simulate import simulate
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from theory.measures import ReportPoint


@pytest.mark.parametrize("coupling", Coupling)
def test_it_is_the_papers_algorithm(coupling):
    """Algorithm 1 with w, ag and md on every worker, means of w and ag every K steps, by hand."""
    gradient, start = bent_gradient(1)
    K, eta, mu = 3, 0.2, 0.4
    method = FedAc(local_steps=K, step_size=eta, inner_rule=FedAcRule(mu, coupling))
    gamma = max(math.sqrt(eta / (mu * K)), eta)
    a = 1 / (gamma * mu) if coupling is Coupling.FIRST else 3 / (2 * gamma * mu) - 0.5
    b = a + 1 if coupling is Coupling.FIRST else (2 * a**2 - 1) / (a - 1)
    w = ag = start
    for step, point in enumerate(drive(method, gradient, start, 14), 1):
        same(point, ag.mean(-2, keepdim=True), 14, "FedAc")
        md = w / b + (1 - 1 / b) * ag
        slope = gradient(md)
        ag, w = md - eta * slope, (1 - 1 / a) * w + md / a - gamma * slope
        if step % K == 0:
            w, ag = (part.mean(-2, keepdim=True).expand_as(start) for part in (w, ag))


def test_with_one_step_a_round_it_is_accelerated_minibatch_sgd():
    gradient, start = bent_gradient(0)
    settings = {"local_steps": 1, "step_size": 0.1, "inner_rule": FedAcRule(0.5)}
    local = drive(FedAc(**settings), gradient, start, 20)
    same(local, drive(AcceleratedMinibatchSGD(**settings), gradient, start, 20), 20, "K = 1")


def test_with_a_plain_rule_it_is_local_sgd():
    gradient, start = bent_gradient(0)
    plain = FedAc(local_steps=2, step_size=0.1, inner_rule=Plain())
    other = LocalSGD(local_steps=2, step_size=0.1)
    assert plain.report_point is ReportPoint.MEAN_ITERATE
    assert EXAMPLES[0].report_point is ReportPoint.AGGREGATE
    same(drive(plain, gradient, start, 12), drive(other, gradient, start, 12), 12, "plain rule")


def test_the_rule_has_the_methods_local_steps():
    given = FedAcRule(0.5, local_steps=7)
    assert FedAc(local_steps=3, step_size=0.1, inner_rule=given).inner_rule.local_steps == 3


def test_step_sizes_beyond_the_coupling_are_refused():
    with pytest.raises(ValueError, match=r"step_size=2.1 times strong_convexity=0.5 must be <= 1"):
        FedAc(local_steps=2, step_size=2.1, inner_rule=FedAcRule(0.5))
    sizes = torch.tensor([0.1, 2.1], dtype=torch.float64)
    with pytest.raises(ValueError, match=r"step_size=2\.1 times"):
        FedAc(local_steps=2, step_size=sizes, inner_rule=FedAcRule(0.5))


def test_several_step_sizes_at_once():
    problem = Tilted(num_workers=2, size=2, gradient_noise=0.3)
    method = EXAMPLES[1]
    settings = {"num_rounds": 4, "seeds": (0, 1)}
    sizes = (0.05, 0.3)
    together = simulate(method, problem, step_sizes=sizes, **settings).values["objective"]
    for index, size in enumerate(sizes):
        alone = simulate(method, problem, step_sizes=(size,), **settings).values["objective"]
        same(together[index], alone[0], 12, "several step sizes")


def test_the_command_takes_its_rule():
    words = (
        "algorithm=fedac problem=tilted num_workers=2 local_steps=4 step_size=0.1 num_rounds=2 "
        "inner_rule=fed_ac_rule inner_rule.strong_convexity=0.3 inner_rule.coupling=second"
    )
    [experiment] = plan(words.split()).experiments
    assert experiment.algorithm == FedAc(
        local_steps=4, step_size=0.1, inner_rule=FedAcRule(0.3, Coupling.SECOND, 4)
    )
    assert build_experiment(experiment.description) == experiment


def test_its_rounds_are_alike_for_exact_readings():
    assert LinearForm(EXAMPLES[0], 2).period_start == 0


def test_on_quadratics_that_share_their_hessian_k_changes_only_the_weights():
    """C12: the mean is one worker's sequence with noise sigma / sqrt(M) and the rule of K."""
    shared = {"size": 3, "shared_hessian": True, "start": 2.0}
    many = Quadratic(num_workers=4, gradient_noise=0.6, heterogeneity=1.5, **shared)
    one = Quadratic(num_workers=1, gradient_noise=0.3, **shared)
    rule = FedAcRule(0.2, local_steps=5)
    local = FedAc(local_steps=5, step_size=0.3, inner_rule=rule)
    alone = AcceleratedMinibatchSGD(local_steps=1, step_size=0.3, inner_rule=rule)
    found = moments(local, many, num_rounds=6).trajectory.values["objective"]
    expected = moments(alone, one, num_rounds=30).trajectory.values["objective"]
    np.testing.assert_allclose(found, expected, rtol=1e-11)
