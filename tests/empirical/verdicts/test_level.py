from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
import sympy as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.components.inner_rule import HeavyBall
from empirical.experiments.experiment import Experiment
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.simulate import simulate
from empirical.testing.algorithm_strategies import experiments
from empirical.verdicts.applicability import known_values
from empirical.verdicts.level import judge_level
from empirical.verdicts.verdict import Evidence, Outcome
from theory import catalogue
from theory.bound import Constants, Term
from theory.notation import symbols

KEYS = ("minibatch_sgd.nonconvex", "local_sgd.nonconvex", "overlap_local_sgd.nonconvex")
SEEDS = range(48)


def measured(experiment, seeds=SEEDS):
    trajectory = simulate(
        experiment.algorithm, experiment.problem, num_rounds=experiment.num_rounds, seeds=seeds
    )
    return {name: value.numpy() for name, value in trajectory.final_averages.items()}


def with_term(bound, name, expression):
    """The bound with one term replaced: a planted error."""
    terms = tuple(Term(name, expression) if t.name == name else t for t in bound.terms)
    return replace(bound, terms=terms)


@pytest.mark.rates
@pytest.mark.parametrize("key", KEYS)
def test_bounds_hold_on_random_problems(key):
    """At least 200 problems a bound, within its conditions, are judged HOLDS; none otherwise.

    These bounds are nearly attained, so a close call is decided by many fresh seeds.
    """
    bound = catalogue.lookup(key)
    tightness = []

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(experiments(bound))
    def judge(experiment):
        verdict = judge_level(bound, experiment, measured(experiment))
        if verdict.outcome is Outcome.INCONCLUSIVE:
            verdict = judge_level(bound, experiment, measured(experiment, range(1000, 4000)))
        assert verdict.outcome in (Outcome.HOLDS, Outcome.INAPPLICABLE), verdict.sentence
        if verdict.outcome is Outcome.HOLDS:
            tightness.append(verdict.tightness)

    judge()
    assert len(tightness) >= 200
    assert min(tightness) < 2.5, "some problem must come near the bound, or nothing was tested"
    quantiles = ", ".join(f"{value:.3g}" for value in np.quantile(tightness, [0, 0.25, 0.5, 0.75]))
    print(f"\n{key}: HOLDS on {len(tightness)} problems, bound/measured at least {quantiles}, ...")


@pytest.mark.rates
@pytest.mark.parametrize("noise", [0.0, 3.0])
def test_overlap_without_one_minus_pullback_is_violated(noise):
    bound = catalogue.lookup("overlap_local_sgd.nonconvex")
    gap, eta, K, R = symbols("initial_gap", "step_size", "local_steps", "num_rounds")
    planted = with_term(bound, "optimisation", 2 * gap / (eta * K * R))
    algorithm = OverlapLocalSGD(local_steps=1, step_size=0.3, pullback=0.9)
    problem = Quadratic(
        num_workers=1, size=1, lowest=1.0, shared_hessian=True, start=3.0, gradient_noise=noise / 9
    )
    experiment = Experiment(algorithm=algorithm, problem=problem, num_rounds=100)
    measures = measured(experiment)
    assert judge_level(bound, experiment, measures).outcome is Outcome.HOLDS
    verdict = judge_level(planted, experiment, measures)
    assert verdict.outcome is Outcome.VIOLATED, verdict.sentence


def instance(key, num_workers, local_steps, num_rounds, step_size, noise, start, pullback=0.5):
    """A run on f(x) = x^2 / 2, where these bounds are nearly attained."""
    problem = Quadratic(
        num_workers=num_workers,
        size=1,
        lowest=1.0,
        shared_hessian=True,
        gradient_noise=noise,
        start=start,
    )
    schedule = {"local_steps": local_steps, "step_size": step_size}
    algorithm = {
        "minibatch_sgd.nonconvex": partial(MinibatchSGD, **schedule),
        "local_sgd.nonconvex": partial(LocalSGD, **schedule),
        "overlap_local_sgd.nonconvex": partial(OverlapLocalSGD, **schedule, pullback=pullback),
    }[key]()
    return Experiment(algorithm=algorithm, problem=problem, num_rounds=num_rounds)


HARD = {
    "minibatch_sgd.nonconvex": [
        # M, K, R, eta, sigma, |x_0|: the optimisation term leads, then the statistical one
        (4, 2, 12, 0.95, 0.0, 3.0),
        (1, 1, 400, 0.9, 3.0, 3.0),
        (4, 2, 400, 0.9, 3.0, 3.0),
    ],
    "local_sgd.nonconvex": [
        (4, 4, 12, 0.13, 0.0, 3.0),
        (4, 2, 2000, 0.02, 3.0, 0.02),
        (2, 8, 1000, 0.006, 3.0, 0.02),
    ],
    "overlap_local_sgd.nonconvex": [
        (4, 4, 24, 0.04, 0.0, 3.0),
        (4, 2, 2000, 0.005, 3.0, 0.02),
        (2, 8, 1000, 0.003, 3.0, 0.02),
    ],
}


@cache
def hard(key):
    experiments = [instance(key, *numbers) for numbers in HARD[key]]
    return [(experiment, measured(experiment)) for experiment in experiments]


@pytest.mark.rates
@pytest.mark.parametrize("key", KEYS)
def test_the_true_bound_holds_where_it_is_nearly_attained(key):
    for experiment, measures in hard(key):
        verdict = judge_level(catalogue.lookup(key), experiment, measures)
        assert verdict.outcome is Outcome.HOLDS, verdict.sentence
        assert verdict.tightness < 7


@pytest.mark.rates
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("term", ["optimisation", "statistical"])
@pytest.mark.parametrize("error", ["constant", "num_workers", "local_steps", "num_rounds"])
def test_a_planted_constant_or_exponent_is_violated(key, term, error):
    """A constant four times too small, or one power too many of M, K or R in the denominator.

    Powers of quantities with a unit need no run: the units law refuses them.
    """
    bound = catalogue.lookup(key)
    [found] = [item for item in bound.terms if item.name == term]
    planted = with_term(
        bound, term, found.expression / (4 if error == "constant" else symbols(error)[0])
    )
    verdicts = [judge_level(planted, *run) for run in hard(key)]
    assert Outcome.VIOLATED in [item.outcome for item in verdicts], [v.sentence for v in verdicts]


@pytest.mark.rates
@pytest.mark.parametrize("key", ["local_sgd.nonconvex", "overlap_local_sgd.nonconvex"])
def test_forgetting_the_heterogeneity_drift_is_violated(key):
    """With different curvatures and no noise, drift is what is left after long."""
    bound = catalogue.lookup(key)
    problem = Tilted(num_workers=2, size=1, heterogeneity=3.0, start=0.3, problem_seed=1)
    kinds = {
        "local_sgd": LocalSGD(local_steps=16, step_size=0.03),
        "overlap_local_sgd": OverlapLocalSGD(local_steps=4, step_size=0.03, pullback=0.5),
    }
    experiment = Experiment(
        algorithm=kinds[bound.algorithm], problem=problem, num_rounds=20000 // 16
    )
    measures = measured(experiment, seeds=(0,))
    assert judge_level(bound, experiment, measures).outcome is Outcome.HOLDS
    planted = with_term(bound, "heterogeneity drift", sp.Integer(0))
    verdict = judge_level(planted, experiment, measures)
    assert verdict.outcome is Outcome.VIOLATED, verdict.sentence


LOCAL = catalogue.lookup("local_sgd.nonconvex")
NOISY = Experiment(
    algorithm=LocalSGD(local_steps=4, step_size=0.02),
    problem=Tilted(num_workers=4, heterogeneity=1.0, gradient_noise=1.0),
    num_rounds=10,
)


def few(experiment, count):
    return {name: value[:count] for name, value in measured(experiment).items()}


def test_one_seed_of_a_noisy_run_is_never_judged_to_hold():
    verdict = judge_level(LOCAL, NOISY, few(NOISY, 1))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "1 seeds, at least 8" in verdict.sentence


def test_one_run_without_noise_is_exact():
    calm = replace(NOISY, problem=replace(NOISY.problem, gradient_noise=0.0))
    verdict = judge_level(LOCAL, calm, few(calm, 1))
    assert (verdict.outcome, verdict.evidence) == (Outcome.HOLDS, Evidence.EXACT)


def test_a_diverged_run_within_the_conditions_is_a_violation():
    measures = {"squared_gradient_norm": np.array([0.1] * 20 + [np.inf])}
    assert judge_level(LOCAL, NOISY, measures).outcome is Outcome.VIOLATED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"algorithm": replace(NOISY.algorithm, step_size=3.0)}, "condition"),
        ({"algorithm": replace(NOISY.algorithm, inner_rule=HeavyBall(0.9))}, "plain SGD steps"),
        ({"measure_every": 2}, "not measured at every step"),
        ({"algorithm": MinibatchSGD(local_steps=2, step_size=0.1)}, "speaks of local_sgd"),
        (
            {"problem": Quadratic(num_workers=3, gradient_noise=1.0)},
            "the problem does not know heterogeneity",
        ),
    ],
)
def test_what_cannot_be_judged_says_why(change, reason):
    experiment = replace(NOISY, **change)
    verdict = judge_level(LOCAL, experiment, {"squared_gradient_norm": np.ones(20)})
    assert verdict.outcome is Outcome.INAPPLICABLE
    assert reason in verdict.sentence


def test_overlap_with_momentum_has_no_theorem_here():
    algorithm = OverlapLocalSGD(local_steps=4, step_size=0.02, pullback=0.5, anchor_momentum=0.5)
    bound = catalogue.lookup("overlap_local_sgd.nonconvex")
    experiment = replace(NOISY, algorithm=algorithm)
    verdict = judge_level(bound, experiment, {"squared_gradient_norm": np.ones(20)})
    assert "anchor_momentum=0 only" in verdict.sentence


def test_an_order_has_no_level():
    order = replace(LOCAL, constants=Constants.ORDER)
    assert "hidden in an order" in judge_level(order, NOISY, few(NOISY, 20)).sentence


def test_rounding_at_a_stationary_point_is_no_violation():
    """The bound is 0 and the workers' gradients cancel up to rounding."""
    problem = Quadratic(
        num_workers=7, lowest=0.1, shared_hessian=True, heterogeneity=1.0, start=0.0
    )
    algorithm = MinibatchSGD(local_steps=2, step_size=0.5)
    experiment = Experiment(algorithm=algorithm, problem=problem, num_rounds=10)
    bound = catalogue.lookup("minibatch_sgd.nonconvex")
    measures = few(experiment, 1)
    assert measures["squared_gradient_norm"][0] > 0
    verdict = judge_level(bound, experiment, measures)
    assert verdict.outcome is Outcome.HOLDS, verdict.sentence
    real = {**measures, "squared_gradient_norm": np.array([1e-20])}
    assert judge_level(bound, experiment, real).outcome is Outcome.VIOLATED


def test_a_diverged_path_knows_no_heterogeneity():
    problem = Quadratic(num_workers=4, lowest=0.1)
    experiment = replace(NOISY, problem=problem)
    measures = {name: np.array([np.inf]) for name in ("squared_gradient_norm", "dissimilarity")}
    verdict = judge_level(LOCAL, experiment, measures)
    assert verdict.outcome is Outcome.INAPPLICABLE
    assert "does not know heterogeneity" in verdict.sentence


@given(st.floats(0.1, 10))
def test_tightness_is_bound_over_measured(scale):
    promised = float(LOCAL.value(**known_values(LOCAL, NOISY)))
    measures = {"squared_gradient_norm": np.full(20, promised / scale)}
    assert judge_level(LOCAL, NOISY, measures).tightness == pytest.approx(scale)
