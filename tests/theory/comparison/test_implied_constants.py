import json

import numpy as np
import pytest

from theory import catalogue
from theory.comparison.implied_constants import filled, takes_for

LOCAL = catalogue.lookup("local_sgd.nonconvex")
NUMBERS = ["num_workers=16", "local_steps=8", "num_rounds=1000", "smoothness=1"]
NUMBERS += ["gradient_noise=1", "initial_gap=1", "step_size=0.01"]


def test_a_constant_follows_from_another():
    given = {"greatest_heterogeneity": np.array([1.0, 2.0]), "num_workers": np.array([3.0, 3.0])}
    found, said = filled(["heterogeneity", "num_workers"], given, frozenset())
    assert found["heterogeneity"].tolist() == [1, 2]
    assert set(found) == {"heterogeneity", "num_workers"}
    assert said == {"heterogeneity": "follows from greatest_heterogeneity"}


def test_what_plays_no_part_is_not_swallowed():
    given = {"greatest_heterogeneity": np.ones(1), "hessian_spread": np.ones(1)}
    assert filled(["heterogeneity"], given, frozenset()) is None
    assert filled(["initial_gap"], {"heterogeneity": np.ones(1)}, frozenset()) is None


def test_what_may_stand_in_is_listed():
    assert takes_for("heterogeneity", LOCAL.assumptions) == [
        "greatest_heterogeneity",
        "gradient_bound",
    ]
    assert "heterogeneity_of_optima" in takes_for("heterogeneity_at_optimum", LOCAL.assumptions)
    assert takes_for("initial_gap", LOCAL.assumptions) == []


def test_evaluate_says_what_stands_in(ratebound):
    key = LOCAL.key
    row = json.loads(
        ratebound("evaluate", key, *NUMBERS, "greatest_heterogeneity=0.5", "--json")[1]
    )
    plain = json.loads(ratebound("evaluate", key, *NUMBERS, "heterogeneity=0.5", "--json")[1])
    assert row.pop("stands_in") == {"heterogeneity": "follows from greatest_heterogeneity"}
    assert row == plain
    rows = json.loads(
        ratebound("evaluate", key, *NUMBERS, "greatest_heterogeneity=0.5,1", "--json")[1]
    )
    assert [item["values"]["heterogeneity"] for item in rows] == [0.5, 1]
    said = ratebound("evaluate", key, *NUMBERS, "greatest_heterogeneity=0.5")[1]
    assert "heterogeneity follows from greatest_heterogeneity" in said


def test_a_missing_constant_says_what_may_stand_in(ratebound):
    code, _, said = ratebound("evaluate", LOCAL.key, *NUMBERS)
    assert code == 2
    assert "needs heterogeneity; give heterogeneity=VALUE, or greatest_heterogeneity or" in said


@pytest.mark.parametrize("extra", ["pullback=0.5", "hessian_spread=1"])
def test_a_number_that_is_not_used_is_refused(ratebound, extra):
    code, _, said = ratebound("evaluate", LOCAL.key, *NUMBERS, extra)
    assert code == 2
    assert f"{extra.partition('=')[0]} is not used by local_sgd.nonconvex" in said
