"""Numbers that are drawn lie within the conditions."""

import numpy as np
import pytest

from empirical.falsification.admissible_functions import admissible
from empirical.falsification.candidates import AttackKind, kinds, neighbour, random_point
from empirical.falsification.trial_functions import PiecewiseQuadratics, TwoQuadratics
from empirical.readings.enumeration import MOST_OUTCOMES, num_outcomes
from theory.catalogue import lookup

KEYS = (
    "local_sgd.nonconvex",
    "local_sgd.convex_at_optimum.khaled2020_linear_speedup",
    "local_sgd.heterogeneous_quadratics.fixed_point",
    "single_machine_sgd.convex",
    "slowmo.nonconvex",
)


def points(key, count=60, fixed=None):
    rng = np.random.default_rng(0)
    found = [random_point(lookup(key), rng, fixed or {}) for _ in range(count)]
    return [point for point in found if point is not None]


@pytest.mark.parametrize("key", KEYS)
def test_conditions_hold_at_most_numbers(key):
    theorem, found = lookup(key), points(key)
    assert len(found) >= 20
    own = [{name: point.values[name] for name in theorem.parameters} for point in found]
    holding = [bool(theorem.evaluate(**values).holds) for values in own]
    assert np.mean(holding) > 0.5
    if "step_size" in theorem.parameters:
        assert all(holding)


def test_runs_that_are_listed_are_short():
    theorem = lookup("local_sgd.nonconvex")
    bent = [
        point for point in points(theorem.key, 200) if isinstance(point.shape, PiecewiseQuadratics)
    ]
    assert bent
    for point in bent:
        values = point.values
        problem = point.shape.problem(admissible(theorem), values, int(values["num_workers"]))
        steps = int(values["local_steps"] * values["num_rounds"])
        assert problem is None or num_outcomes(problem, steps) <= MOST_OUTCOMES


def test_kinds_fit_the_bound():
    assert kinds(lookup("local_sgd.nonconvex")) == (
        AttackKind.TWO_QUADRATICS,
        AttackKind.PIECEWISE_QUADRATICS,
        AttackKind.WORST_FUNCTIONS,
    )
    assert kinds(lookup("local_sgd.quadratic")) == (AttackKind.TWO_QUADRATICS,)
    assert AttackKind.PIECEWISE_QUADRATICS not in kinds(lookup("slowmo.nonconvex")), (
        "at the conserved average"
    )
    assert kinds(lookup("local_sgd.nonconvex_bounded_gradients")) == (
        AttackKind.PIECEWISE_QUADRATICS,
    )


def test_gradients_are_bounded_where_they_must_be():
    theorem, rng = lookup("local_sgd.nonconvex_bounded_gradients"), np.random.default_rng(0)
    found = points(theorem.key)
    near = [neighbour(theorem, point, rng, {}) for point in found]
    for point in (*found, *near):
        problem = point.shape.problem(
            admissible(theorem), point.values, int(point.values["num_workers"])
        )
        if problem is not None:
            assert point.values["gradient_bound"] == problem.constants["gradient_bound"].value


def test_one_machine_is_one_worker():
    for point in points("single_machine_sgd.convex"):
        assert point.values["num_workers"] == 1


def test_fixed_numbers_are_never_moved():
    fixed = {"num_workers": 3.0, "local_steps": 2.0, "gradient_noise": 0.5}
    theorem, rng = lookup("local_sgd.nonconvex"), np.random.default_rng(1)
    for point in points(theorem.key, fixed=fixed):
        near = neighbour(theorem, point, rng, fixed)
        for name, value in fixed.items():
            assert point.values[name] == near.values[name] == value


def test_neighbours_keep_the_conditions():
    theorem, rng = lookup("local_sgd.nonconvex"), np.random.default_rng(2)
    for point in points(theorem.key):
        near = neighbour(theorem, point, rng, {})
        assert theorem.evaluate(**{n: near.values[n] for n in theorem.parameters}).holds
        assert type(near.shape) is type(point.shape)
    assert any(isinstance(point.shape, TwoQuadratics) for point in points(theorem.key))
