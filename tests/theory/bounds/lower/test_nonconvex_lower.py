"""Lower bounds beside the upper bounds that meet them, and where they end."""

import numpy as np
import pytest

from theory.bound import ConditionError, Constants, Side
from theory.catalogue import lookup

VALUES = {
    "num_workers": 4,
    "local_steps": 3,
    "num_rounds": 50,
    "smoothness": 2.0,
    "mean_squared_smoothness": 2.0,
    "hessian_heterogeneity": 0.3,
    "graph_diameter": 1,
    "gradient_noise": 1.5,
    "initial_gap": 0.7,
}
KEYS = (
    "any.nonconvex_homogeneous.lower",
    "any.nonconvex.lower",
    "any.nonconvex.graph_lower",
    "any.nonconvex_mean_squared_smooth.lower",
)


def terms(key, **changes):
    item = lookup(key)
    values = {**VALUES, **changes}
    return item.evaluate(**{name: values[name] for name in item.parameters}).terms


def total(key, **changes):
    return float(sum(terms(key, **changes).values()))


@pytest.mark.parametrize("key", KEYS)
def test_they_are_lower_orders(key):
    assert (lookup(key).side, lookup(key).constants) == (Side.LOWER, Constants.ORDER)


@pytest.mark.parametrize("noise", [0.0, 0.1, 10.0])
@pytest.mark.parametrize("rounds", [1, 50, 10**4])
def test_minibatch_sgd_meets_the_bound_for_unlike_workers(noise, rounds):
    """Within sqrt(8); where the statistical term is cut off at L Delta, standing still meets it."""
    changes = {"gradient_noise": noise, "num_rounds": rounds}
    lower = total("any.nonconvex.lower", **changes)
    upper = min(total("minibatch_sgd.nonconvex.tuned", **changes), 2 * 2.0 * 0.7)
    assert lower / 2 <= upper <= 8**0.5 * lower


def test_like_workers_may_gain_from_local_steps_in_the_first_term_only():
    like, unlike = terms("any.nonconvex_homogeneous.lower"), terms("any.nonconvex.lower")
    assert unlike["optimisation"] == pytest.approx(3 * like["optimisation"])
    assert unlike["statistical"] == like["statistical"]
    assert unlike["statistical"] == pytest.approx((2.0 * 0.7 * 1.5**2 / 600) ** 0.5)


def test_unlike_workers_are_two_at_least():
    """And a graph has more workers than hops between the two that are farthest apart."""
    for key in ("any.nonconvex.lower", "any.nonconvex.graph_lower"):
        values = {name: VALUES[name] for name in lookup(key).parameters}
        assert lookup(key).value(**{**values, "num_workers": 2}) > 0
        with pytest.raises(ConditionError):
            lookup(key).value(**{**values, "num_workers": 1})
    wide = {**values, "graph_diameter": 7}
    assert lookup(key).value(**{**wide, "num_workers": 8}) > 0
    with pytest.raises(ConditionError):
        lookup(key).value(**{**wide, "num_workers": 7})


def test_a_graph_costs_its_diameter_and_the_complete_one_nothing():
    complete = terms("any.nonconvex.graph_lower")
    assert complete == terms("any.nonconvex.lower", local_steps=1)
    wide = terms("any.nonconvex.graph_lower", graph_diameter=7)
    assert wide["optimisation"] == pytest.approx(7 * complete["optimisation"])


@pytest.mark.parametrize("key", KEYS)
def test_none_promises_more_than_the_start_has(key):
    """E|grad F|^2 <= 2 L Delta at x_0, and no term is above L Delta."""
    worst = {"gradient_noise": 1e9, "num_rounds": 1, "local_steps": 1, "graph_diameter": 99}
    assert np.all(np.array(list(terms(key, **worst).values())) <= 2.0 * 0.7)


def test_gradients_at_two_points_of_one_sample_change_the_exponent_of_the_noise():
    """N = (L Delta sigma/eps^3 + sigma^2/eps^2) for E|grad F| <= eps, solved for eps^2."""
    found = terms("any.nonconvex_mean_squared_smooth.lower")
    accuracy = (2.0 * 0.7 * 1.5 / 600) ** (1 / 3)
    assert found["reduced noise"] == pytest.approx(accuracy**2)
    assert found["statistical"] == pytest.approx(1.5**2 / 600)
    assert found["reduced noise"] < terms("any.nonconvex_homogeneous.lower")["statistical"]


def test_what_is_recalled_of_ce_lsgd_is_above_the_lower_bound():
    for noise in (0.0, 0.3, 1.5):
        for rounds in (1, 50, 1000):
            changes = {"gradient_noise": noise, "num_rounds": rounds}
            lower = total("any.nonconvex_mean_squared_smooth.lower", **changes)
            assert lower <= total("ce_lsgd.nonconvex", **changes)
