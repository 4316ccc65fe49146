"""Which worst cases are asked for, and that they are within the bound's class."""

from dataclasses import replace

import pytest

from empirical.falsification.algorithm_of_bound import algorithm_of
from empirical.falsification.exact_measures import (
    MeasuredPlace,
    MeasuredPoint,
    RunSummary,
    place_of,
)
from empirical.falsification.worst_functions import solvable, solved
from theory.assumptions import Assumption
from theory.catalogue import lookup
from theory.measures import Quantity

VALUES = {"num_workers": 4.0, "local_steps": 2.0, "num_rounds": 2.0, "step_size": 0.05}
VALUES |= {"smoothness": 1.0, "initial_gap": 1.0, "initial_distance": 1.0, "gradient_noise": 0.0}
VALUES |= {"heterogeneity": 0.5, "heterogeneity_at_optimum": 0.5, "greatest_heterogeneity": 0.5}
VALUES |= {"noise_at_optimum": 0.0, "strong_convexity": 0.2, "mixing_rate": 0.3}


def asked(key, **changes):
    theorem, values = lookup(key), {**VALUES, **changes}
    values = {n: v for n, v in values.items() if n in (*theorem.parameters, "num_workers")}
    values = {**values, "num_rounds": 2.0, "local_steps": 2.0}
    algorithm = algorithm_of(theorem, values)
    return theorem, algorithm, values, place_of(theorem.measure, algorithm)


@pytest.mark.parametrize(
    ("key", "workers", "apart"),
    [
        ("local_sgd.nonconvex", None, "heterogeneity_on_average"),
        ("local_sgd.convex_at_optimum", None, "heterogeneity_at_optimum"),
        ("local_sgd.convex_heterogeneous", 1, None),
        ("local_sgd.convex_homogeneous", 1, None),
        ("minibatch_sgd.convex", 1, None),
    ],
)
def test_classes_are_those_of_the_bound(key, workers, apart):
    theorem, algorithm, values, place = asked(key)
    assert solvable(theorem, algorithm, values, place)
    found = solved(theorem, algorithm, values, 1e9, place)
    setting = found.found.setting
    assert found.num_workers == workers
    assert setting.quantity is theorem.measure.quantity
    assert setting.function_class.convex == (theorem.measure.quantity is Quantity.SUBOPTIMALITY)
    names = ("heterogeneity", "heterogeneity_on_average", "heterogeneity_at_optimum")
    assert [name for name in names if getattr(setting, name) is not None] == (
        [apart] if apart else []
    )
    assert found.exhaustive == (key != "local_sgd.convex_heterogeneous")


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("local_sgd.convex_homogeneous", {"gradient_noise": 0.1}),
        ("local_sgd.quadratic", {}),
        ("local_sgd.strongly_convex_homogeneous.khaled2020", {}),  # a distance
        ("cooperative_sgd.nonconvex", {"auxiliary_variables": 0}),  # zeta at every x
        ("slowmo.nonconvex", {"slow_step_size": 0.8, "slow_momentum": 0.5}),  # another point
        ("decentralized_sgd.nonconvex", {}),  # four workers who are not alike
    ],
)
def test_other_classes_are_not_asked_for(key, changes):
    theorem, algorithm, values, place = asked(key, **changes)
    assert not solvable(theorem, algorithm, values, place)


@pytest.mark.parametrize(
    "key", ["decentralized_sgd.nonconvex_homogeneous.wang2021", "easgd.nonconvex_homogeneous"]
)
def test_one_function_for_all_is_not_taken_for_several(key):
    changes = {"num_workers": 2.0, "pullback": 0.4}
    theorem, algorithm, values, place = asked(key, **changes)
    assert not solvable(theorem, algorithm, values, place)
    assert solvable(theorem, algorithm, {**values, "num_workers": 1.0}, place)


def test_a_class_must_hold_all_that_is_assumed():
    theorem, algorithm, values, place = asked("minibatch_sgd.convex")
    assert solvable(theorem, algorithm, values, place)
    beyond = replace(theorem, assumptions=theorem.assumptions | {Assumption.BOUNDED_PATH})
    assert not solvable(beyond, algorithm, values, place)


def test_averages_of_iterates_are_solved_for_as_such():
    theorem, algorithm, values, place = asked("local_sgd.convex_homogeneous.khaled2020")
    assert place == MeasuredPlace(MeasuredPoint.AVERAGE, RunSummary.END)
    average = solved(theorem, algorithm, values, 1e9, place).found.value
    curve = solved(
        theorem, algorithm, values, 1e9, MeasuredPlace(MeasuredPoint.REPORT, RunSummary.STEPS)
    ).found.value
    assert average <= curve * (1 + 1e-6), "F is convex"
