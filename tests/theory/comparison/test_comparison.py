import numpy as np
import pytest

from theory.bound import Side
from theory.catalogue import lookup
from theory.cli.arguments import grid
from theory.comparison.comparison import NONE, TIE, compare, rows_of
from theory.tuning.best_step_size import best_step_size

BOUNDS = [lookup("local_sgd.nonconvex"), lookup("minibatch_sgd.nonconvex")]
VALUES = {"num_workers": 16, "num_rounds": 1000, "smoothness": 1, "gradient_noise": 1}
VALUES |= {"heterogeneity": 0.5, "initial_gap": 1, "local_steps": 8}
MAP_KEYS = ("minibatch_sgd.convex.order", "local_sgd.convex_homogeneous.order")
LOWER = lookup("any.convex_homogeneous.lower")


def points(base=VALUES, **changed):
    given = {**base, **changed}
    return grid({name: np.atleast_1d(np.asarray(value, float)) for name, value in given.items()})


def test_minibatch_sgd_is_never_worse_in_this_class():
    """Local steps never help under (L, zeta) alone: nonconvex theory, pitfall 14."""
    for row in rows_of(compare(BOUNDS, points(local_steps=[2, 8, 64], num_rounds=[10, 1e4]))):
        assert row["least"] == ["minibatch_sgd.nonconvex"]
        assert row["minibatch_sgd.nonconvex"] < row["local_sgd.nonconvex"]


def test_a_bound_whose_conditions_fail_is_never_the_least():
    [row] = rows_of(compare(BOUNDS, points(step_size=0.5)))
    assert np.isnan(row["local_sgd.nonconvex"])
    assert row["least"] == ["minibatch_sgd.nonconvex"]


def test_equal_bounds_tie():
    """At K = 1 Local SGD is Minibatch SGD, and so are their bounds."""
    found = compare(BOUNDS, points(local_steps=[1, 2]))
    assert found.least.tolist() == [TIE, 1]
    assert [row["least"] for row in rows_of(found)] == [
        ["local_sgd.nonconvex", "minibatch_sgd.nonconvex"],
        ["minibatch_sgd.nonconvex"],
    ]


def test_where_no_bound_applies_there_is_no_tie():
    found = compare(BOUNDS, points(step_size=9.0))
    assert found.least.tolist() == [NONE]
    assert rows_of(found)[0]["least"] == []


def test_every_point_is_tuned_by_itself():
    rows = rows_of(compare(BOUNDS, points(local_steps=[2, 8], gradient_noise=[0.1, 1])))
    for row in rows:
        for theorem in BOUNDS:
            own = {name: row[name] for name in theorem.parameters if name != "step_size"}
            alone = float(best_step_size(theorem, own).evaluation.value)
            assert row[theorem.key] == pytest.approx(alone, rel=1e-12)


def test_a_reading_stands_beside_every_bound_that_it_applies_to():
    seen = []

    def reading(theorem, values):
        seen.append((theorem.key, values["step_size"]))
        return {"tightness": 3.0}

    [row] = rows_of(compare(BOUNDS, points(step_size=0.5)), reading)
    assert seen == [("minibatch_sgd.nonconvex", 0.5)]
    assert row["tightness of minibatch_sgd.nonconvex"] == 3.0
    assert np.isnan(row["tightness of local_sgd.nonconvex"])
    rows_of(compare(BOUNDS, points()), reading)
    assert len(seen) == 3


def test_lower_bounds_show_the_gap_and_are_never_the_least(convex_map):
    found = compare([*(lookup(key) for key in MAP_KEYS), LOWER], convex_map(12))
    assert LOWER.side is Side.LOWER
    assert [item.key for item in found.promises] == list(MAP_KEYS)
    np.testing.assert_array_equal(found.floor, found.values[LOWER.key])
    rows = rows_of(found)
    assert {key for row in rows for key in row["least"]} == set(MAP_KEYS)
    for row in rows:
        least = min(row[key] for key in MAP_KEYS)
        assert row["gap"] == pytest.approx(least / row[LOWER.key], rel=1e-12)


def test_a_map_has_thousands_of_points(convex_map):
    keys = ["minibatch_sgd.convex", "local_sgd.convex_homogeneous", "single_machine_sgd.convex"]
    found = compare([lookup(key) for key in keys], convex_map(120))
    assert len(found.least) > 8_000
    assert (found.least != NONE).all()


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="different units cannot be compared"):
        compare([BOUNDS[0], lookup(MAP_KEYS[0])], points())
    with pytest.raises(ValueError, match="lower bounds alone"):
        compare([LOWER], points())
