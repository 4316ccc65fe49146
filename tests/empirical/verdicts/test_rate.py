from dataclasses import replace

import numpy as np
import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.experiments.experiment import Experiment
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.simulate import simulate
from empirical.verdicts.applicability import at_best_step_size, known_values
from empirical.verdicts.rate import judge_rate
from empirical.verdicts.verdict import Evidence, Outcome
from theory import catalogue
from theory.bound import Constants

LOCAL = catalogue.lookup("local_sgd.nonconvex")
NOISY = Experiment(
    algorithm=LocalSGD(local_steps=4, step_size=0.02),
    problem=Tilted(num_workers=4, heterogeneity=1.0, gradient_noise=1.0),
    num_rounds=10,
)


def series(exponent, level=0.1, num_seeds=40, spread=0.2):
    """Tuned experiments with made-up measurements that fall with a given exponent."""
    rng = np.random.default_rng(0)
    runs = []
    for num_rounds in (16, 32, 64, 128):
        experiment = at_best_step_size(replace(NOISY, num_rounds=num_rounds), LOCAL)
        noise = rng.gamma(1 / spread**2, spread**2, size=num_seeds)
        runs.append((experiment, {"squared_gradient_norm": level * num_rounds**exponent * noise}))
    return runs


def bound_slope():
    budgets = [run[0].num_rounds for run in series(-1)]
    values = [float(LOCAL.value(**known_values(LOCAL, run[0]))) for run in series(-1)]
    return np.polyfit(np.log(budgets), np.log(values), 1)[0]


@pytest.mark.parametrize(
    ("offset", "outcome", "why"),
    [
        (0.0, Outcome.HOLDS, "equivalent within 0.1"),
        (-0.5, Outcome.HOLDS, "falls faster than the bound"),
        (0.4, Outcome.INCONCLUSIVE, "shallower by more than 0.1 on these budgets"),
        (0.1, Outcome.INCONCLUSIVE, "straddles the margin"),
    ],
)
def test_rates(offset, outcome, why):
    verdict = judge_rate(LOCAL, series(bound_slope() + offset))
    assert verdict.outcome is outcome, verdict.sentence
    assert why in verdict.sentence
    assert verdict.bound == pytest.approx(bound_slope())


def test_only_an_order_is_violated_by_a_shallow_slope():
    """An explicit bound may fall faster than what it bounds and stay above it."""
    order = replace(LOCAL, constants=Constants.ORDER)
    assert judge_rate(order, series(bound_slope() + 0.4)).outcome is Outcome.VIOLATED


def test_a_rate_without_noise_is_exact():
    calm = replace(NOISY.problem, gradient_noise=0.0)
    runs = []
    for num_rounds in (16, 32, 64):
        experiment = replace(NOISY, problem=calm, num_rounds=num_rounds)
        tuned = at_best_step_size(experiment, LOCAL)
        run = simulate(tuned.algorithm, calm, num_rounds=num_rounds, seeds=(0,))
        measures = {name: value.numpy() for name, value in run.final_averages.items()}
        runs.append((tuned, measures))
    verdict = judge_rate(LOCAL, runs)
    assert verdict.evidence is Evidence.EXACT
    assert verdict.outcome is Outcome.HOLDS, verdict.sentence


def test_few_seeds_or_budgets_give_no_rate():
    assert judge_rate(LOCAL, series(-0.6, num_seeds=10)).outcome is Outcome.INCONCLUSIVE
    assert judge_rate(LOCAL, series(-0.6)[:2]).outcome is Outcome.INAPPLICABLE
