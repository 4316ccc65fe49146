"""The rules against the papers' own codings, written out, and against their theorems."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.local_accelerated_sgd import LocalAcceleratedSGD
from empirical.algorithms.large_batch.accelerated_minibatch_sgd import AcceleratedMinibatchSGD
from empirical.components.accelerated_rule import (
    ACSA,
    MultistageACSA,
    StronglyConvexACSA,
    reported_by,
)
from empirical.components.fedac_rule import FedAcRule
from empirical.components.inner_rule import Plain, WeightDecay
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.problems.synthetic.two_camps import TwoCamps
from empirical.readings.moments import moments
from empirical.testing import algorithm_laws
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import same
from theory.measures import ReportPoint

STEPS = 60
RULES = (
    ACSA(),
    StronglyConvexACSA(0.3),
    MultistageACSA(strong_convexity=0.5, smoothness=1.0, gradient_noise=0.3, initial_gap=2.0),
)


def aggregates(rule, gradient, start, step_size, num_steps=STEPS):
    """The aggregate after every step of one rule."""
    x, inner, found = start, rule.init(start), []
    for _ in range(num_steps):
        point = rule.gradient_point(x, inner)
        x, inner = rule.step(x, gradient(point), inner, step_size)
        found.append(rule.report(x, inner))
    return torch.stack(found)


def ghadimi_lan(gradient, start, gamma, lam=0.0, num_steps=STEPS):
    """As their code has it; see the docstring of StronglyConvexACSA."""
    x = ag = start
    found = []
    for t in range(1, num_steps + 1):
        al, ga_t = 2 / (t + 1), 4 * gamma / (t * (t + 1))
        c = (1 - al) * (lam + ga_t) / (ga_t + (1 - al**2) * lam)
        md = c * ag + (1 - c) * x
        pull = al * lam / (lam + ga_t)
        ps = pull * md + (1 - pull) * x
        x = ps - al / (lam + ga_t) * gradient(md)
        ag = al * x + (1 - al) * ag
        found.append(ag)
    return torch.stack(found)


def lan(gradient, start, policy, num_steps=STEPS):
    """Equation (10) of woodworth2021minmax: y the prox-centre, x the output."""
    x = y = start
    found = []
    for t in range(1, num_steps + 1):
        b, g = policy(t)
        y_next = y - g * gradient(y / b + (1 - 1 / b) * x)
        x = y_next / b + (1 - 1 / b) * x
        y = y_next
        found.append(x)
    return torch.stack(found)


def three_sequences(gradient, start, policy, num_steps=STEPS):
    """FedAc's coding: md, ag and w with weights 1/a, b, long and short."""
    w = ag = start
    found = []
    for t in range(1, num_steps + 1):
        pull, b, long, short = policy(t)
        md = w / b + (1 - 1 / b) * ag
        slope = gradient(md)
        ag = md - short * slope
        w = (1 - pull) * w + pull * md - long * slope
        found.append(ag)
    return torch.stack(found)


@pytest.mark.parametrize("gamma", [2.5, 40.0])
def test_three_codings_of_ac_sa_are_one(gamma):
    gradient, start = bent_gradient(0)
    found = aggregates(ACSA(), gradient, start, 1 / gamma)
    same(found, ghadimi_lan(gradient, start, gamma), STEPS, "Ghadimi and Lan")
    by_lan = lan(gradient, start, lambda t: ((t + 1) / 2, t / (2 * gamma)))
    same(found, by_lan, STEPS, "Lan")
    # FedAc's weights, made to change with time and without its pull towards md.
    tied = three_sequences(
        gradient, start, lambda t: (0, (t + 1) / 2, t / (2 * gamma), t / (t + 1) / gamma)
    )
    same(found, tied, STEPS, "FedAc")


def test_lans_own_policy_steps_further():
    gradient, start = bent_gradient(0)
    by_lan = lan(gradient, start, lambda t: ((t + 1) / 2, (t + 1) / 5))
    with pytest.raises(AssertionError):
        same(aggregates(ACSA(), gradient, start, 0.4), by_lan, STEPS, "Lan's t + 1")


@pytest.mark.parametrize("lam", [1e-3, 0.2, 3.0])
def test_the_strongly_convex_stage_is_ghadimi_and_lans(lam):
    gradient, start = bent_gradient(1)
    found = aggregates(StronglyConvexACSA(lam), gradient, start, 0.4)
    same(found, ghadimi_lan(gradient, start, 2.5, lam), STEPS, "Ghadimi and Lan")


def test_without_curvature_both_forms_are_one():
    gradient, start = bent_gradient(2)
    found = aggregates(StronglyConvexACSA(1e-300), gradient, start, 0.4)
    same(found, aggregates(ACSA(), gradient, start, 0.4), STEPS, "lambda = 0")


def test_stages_are_runs_of_ac_sa_from_where_the_last_one_ended():
    """Lengths and gamma from the formulas, by hand."""
    mu, L, s, gap = 0.5, 1.0, 0.3, 2.0
    gradient, x = bent_gradient(3)
    rule = MultistageACSA(strong_convexity=mu, smoothness=L, gradient_noise=s, initial_gap=gap)
    expected = []
    for k in (1, 2, 3):
        N = math.ceil(max(4 * math.sqrt(2 * L / mu), 64 * s**2 / (3 * mu * gap * 2.0 ** -(k + 1))))
        quiet = math.sqrt(mu * s**2 * N * (N + 1) * (N + 2) / (12 * gap * 2.0 ** -(k - 1)))
        assert rule.length(k) == N
        stage = ghadimi_lan(gradient, x, max(2 * L, quiet), num_steps=N)
        expected.append(stage)
        x = stage[-1]
    expected = torch.cat(expected)
    assert len(expected) == 8 + 16 + 31
    found = aggregates(rule, gradient, bent_gradient(3)[1], 1 / (2 * L), len(expected))
    same(found, expected, len(expected), "stages")


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_step_size_for_each_run_is_as_good_as_one(rule):
    gradient, start = bent_gradient(4)
    sizes = torch.tensor([0.1, 0.9], dtype=torch.float64)
    together = aggregates(rule, gradient, start, sizes[:, None, None])
    for index, size in enumerate(sizes.tolist()):
        alone = aggregates(rule, gradient, start, size)[:, index]
        same(together[:, index], alone, STEPS, "several step sizes")


def exact_gaps(rule, problem, step_size, num_steps):
    """E F - F* of AC-SA with one worker, after every step."""
    method = AcceleratedMinibatchSGD(local_steps=1, step_size=step_size, inner_rule=rule)
    return moments(method, problem, num_rounds=num_steps).trajectory.values["objective"].numpy()


@pytest.mark.parametrize("curvature", [0.01, 0.1, 1.0])
@pytest.mark.parametrize(("gamma", "noise"), [(1.0, 0.0), (2.0, 0.5), (9.0, 0.5)])
def test_ac_sa_keeps_its_promise_on_parabolas(curvature, gamma, noise):
    """2 gamma B^2 / (N (N + 1)) + (2 N + 1) s^2 / (6 gamma); gamma = L where nothing is noisy."""
    problem = TwoCamps(num_workers=1, first=curvature, start=1.5, gradient_noise=noise)
    gaps = exact_gaps(ACSA(), problem, 1 / gamma, 80)[1:]
    N = np.arange(1, 81)
    bound = 2 * gamma * 1.5**2 / (N * (N + 1)) + (2 * N + 1) * noise**2 / (6 * gamma)
    assert (gaps <= bound).all()
    assert (gaps / bound).max() > 0.02  # the bound is of this size


def test_every_stage_halves_the_gap():
    problem = Quadratic(num_workers=1, size=3, lowest=0.2, start=2.0, gradient_noise=0.4)
    gap = problem.constants["initial_gap"].value
    rule = MultistageACSA(strong_convexity=0.2, smoothness=1.0, gradient_noise=0.4, initial_gap=gap)
    ends = np.cumsum([rule.length(k) for k in (1, 2, 3, 4)])
    gaps = exact_gaps(rule, problem, 0.5, int(ends[-1]))
    assert (gaps[ends] <= gap * 0.5 ** np.arange(1, 5)).all()


LAWS = (
    algorithm_laws.workers_are_exchangeable,
    algorithm_laws.coordinates_are_exchangeable,
    algorithm_laws.shifting_the_problem_shifts_the_iterates,
    algorithm_laws.a_batch_is_its_members,
    algorithm_laws.state_is_never_mutated,
)
OWN = {"workers_are_exchangeable": [2, 0, 3, 1], "coordinates_are_exchangeable": [4, 2, 0, 1, 3]}
OWN["shifting_the_problem_shifts_the_iterates"] = torch.linspace(-3, 2, 5, dtype=torch.float64)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("rule", [*RULES, FedAcRule(0.3)], ids=str)
def test_laws_hold_with_these_rules_as_well(law, rule):
    """The sweeps over the catalogue draw other rules in their place."""
    own = [OWN[law.__name__]] if law.__name__ in OWN else []
    for kind in (LocalAcceleratedSGD, AcceleratedMinibatchSGD):
        law(kind(local_steps=3, step_size=0.2, inner_rule=rule), *bent_gradient(7), *own, 17)


@pytest.mark.parametrize("rule", [*RULES, FedAcRule(0.3)], ids=str)
@pytest.mark.parametrize("scale", [0.01, 30.0])
def test_other_units_change_nothing(rule, scale):
    """F and every constant in new units, the step size in theirs."""
    gradient, start = bent_gradient(8)
    constants = ("strong_convexity", "smoothness", "gradient_noise", "initial_gap")
    names = [item.name for item in fields(rule) if item.name in constants]
    rescaled = replace(rule, **{name: scale * getattr(rule, name) for name in names})
    found = aggregates(rescaled, lambda x: scale * gradient(x), start, 0.4 / scale)
    same(found, aggregates(rule, gradient, start, 0.4), STEPS, "units")


def test_who_reports_the_aggregate():
    start = ReportPoint.ROUND_START
    assert reported_by(Plain(), start) is start
    assert reported_by(WeightDecay(0.1), start) is start
    assert reported_by(ACSA(), start) is ReportPoint.AGGREGATE
    assert reported_by(WeightDecay(0.1, ACSA()), start) is ReportPoint.AGGREGATE


@pytest.mark.parametrize(
    ("rule", "settings", "message"),
    [
        (StronglyConvexACSA, {"strong_convexity": 0.0}, "strong_convexity=0 must be"),
        (MultistageACSA, {"smoothness": -1.0}, "smoothness=-1 must be"),
        (MultistageACSA, {"gradient_noise": -1.0}, "gradient_noise=-1 must be"),
        (MultistageACSA, {"initial_gap": 0.0}, "initial_gap=0 must be a number > 0"),
    ],
)
def test_bad_values_are_refused(rule, settings, message):
    good = {"strong_convexity": 1.0}
    if rule is MultistageACSA:
        good |= {"smoothness": 1.0, "gradient_noise": 0.0, "initial_gap": 1.0}
    with pytest.raises(ValueError, match=message):
        rule(**{**good, **settings})
