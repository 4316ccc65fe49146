"""Heavy ball in Local SGD: what momentum changes in the bound."""

import pytest

from theory.assumptions import Assumption
from theory.catalogue import lookup
from theory.tuning.best_step_size import largest_step_size

BOUND = lookup("local_momentum_sgd.nonconvex")
VALUES = {
    "num_workers": 3,
    "local_steps": 4,
    "num_rounds": 50,
    "smoothness": 2.0,
    "gradient_noise": 1.5,
    "heterogeneity": 0.4,
    "initial_gap": 0.7,
    "momentum": 0.6,
    "step_size": 0.003,
}


def test_with_the_step_size_over_one_minus_momentum_most_terms_forget_momentum():
    """All but the statistical term, which keeps 1/(1-beta)."""
    plain = BOUND.evaluate(**{**VALUES, "momentum": 0.0}).terms
    heavy = BOUND.evaluate(**{**VALUES, "step_size": 0.003 * 0.4}).terms
    for name in ("optimisation", "noise drift", "heterogeneity drift"):
        assert heavy[name] == pytest.approx(plain[name], rel=1e-12)
    assert heavy["statistical"] == pytest.approx(plain["statistical"] / 0.4)


@pytest.mark.parametrize(("steps", "beta"), [(1, 0.95), (1, 0.0), (9, 0.5)])
def test_either_condition_may_limit_the_step_size(steps, beta):
    values = {**VALUES, "local_steps": steps, "momentum": beta}
    del values["step_size"]
    limits = ((1 - beta) ** 2 / ((1 + beta) * 2.0), (1 - beta) / (6 * 2.0 * steps))
    assert largest_step_size(BOUND, values) == pytest.approx(min(limits))


def test_without_momentum_its_drift_is_larger_than_that_derived_for_plain_steps():
    local = lookup("local_sgd.nonconvex").evaluate(
        **{n: VALUES[n] for n in lookup("local_sgd.nonconvex").parameters}
    )
    found = BOUND.evaluate(**{**VALUES, "momentum": 0.0}).terms
    assert found["optimisation"] == pytest.approx(float(local.terms["optimisation"]))
    assert found["noise drift"] > local.terms["noise drift"]
    assert found["heterogeneity drift"] > local.terms["heterogeneity drift"]


def test_it_does_not_speak_of_plain_steps():
    assert Assumption.PLAIN_STEPS not in BOUND.assumptions
    assert Assumption.HEAVY_BALL_STEPS in BOUND.assumptions
