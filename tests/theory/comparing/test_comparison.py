import numpy as np
import pytest

from theory.assignments import grid
from theory.bound import Side
from theory.catalogue import bound
from theory.comparing.boundaries import crossing_lines
from theory.comparing.comparison import compare_bounds, compared, draw
from theory.tuning import best_step_size

BOUNDS = [bound("local_sgd.nonconvex"), bound("minibatch_sgd.nonconvex")]
VALUES = {"num_workers": 16, "num_rounds": 1000, "smoothness": 1, "gradient_noise": 1}
VALUES |= {"heterogeneity": 0.5, "initial_gap": 1, "local_steps": 8}
CONVEX = {"num_workers": 64, "smoothness": 1, "gradient_noise": 1, "initial_distance": 1}
MAP_KEYS = ("minibatch_sgd.convex.order", "local_sgd.convex_homogeneous.order")
LOWER = bound("any.convex_homogeneous.lower")


def points(base=VALUES, **changed):
    given = {**base, **changed}
    return grid({name: np.atleast_1d(np.asarray(value, float)) for name, value in given.items()})


def convex_map(size=40, noise=1.0):
    steps = np.unique(np.round(np.geomspace(1, 2**14, size)))
    return points(CONVEX, gradient_noise=noise, local_steps=steps, num_rounds=steps)


def test_minibatch_sgd_is_never_worse_in_this_class():
    """Local steps never help under (L, zeta) alone: nonconvex theory, pitfall 14."""
    for row in compare_bounds(BOUNDS, points(local_steps=[2, 8, 64], num_rounds=[10, 1e4])):
        assert row["least"] == "minibatch_sgd.nonconvex"
        assert row["minibatch_sgd.nonconvex"] < row["local_sgd.nonconvex"]


def test_a_bound_whose_conditions_fail_is_never_the_least():
    [row] = compare_bounds(BOUNDS, points(step_size=0.5))
    assert np.isnan(row["local_sgd.nonconvex"])
    assert row["least"] == "minibatch_sgd.nonconvex"


def test_every_point_is_tuned_by_itself():
    rows = compare_bounds(BOUNDS, points(local_steps=[2, 8], gradient_noise=[0.1, 1]))
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

    [row] = compare_bounds(BOUNDS, points(step_size=0.5), reading)
    assert seen == [("minibatch_sgd.nonconvex", 0.5)]
    assert row["tightness of minibatch_sgd.nonconvex"] == 3.0
    assert np.isnan(row["tightness of local_sgd.nonconvex"])
    compare_bounds(BOUNDS, points(), reading)
    assert len(seen) == 3


def test_the_boundary_is_where_the_theory_puts_it():
    """K = sigma^2 R/(L^2 B^2), for sigma = 1 and 3: convex theory, crossover 1, K and R large."""
    for noise in (1.0, 3.0):
        found = compared([bound(key) for key in MAP_KEYS], convex_map(noise=noise))
        steps, rounds = found.points["local_steps"], found.points["num_rounds"]
        ratio = steps / (noise**2 * rounds)
        far = (steps > 30) & (rounds > 30)
        assert (found.least[far & (ratio > 1.5)] == 1).all()
        assert (found.least[far & (ratio < 1 / 1.5)] == 0).all()
        lines = crossing_lines(found, ("local_steps", "num_rounds"))
        [(text, (x, y))] = lines.items()
        assert text == r"$K = \frac{\sigma^{2} R}{B^{2} L^{2}}$"
        inside = np.isfinite(x)
        np.testing.assert_allclose(x[inside], noise**2 * y[inside])


def test_a_boundary_under_a_better_method_is_drawn_as_hidden():
    """The four methods of the convex homogeneous case at M = 64: acceleration is least there."""
    keys = [*MAP_KEYS, "accelerated_minibatch_sgd.convex.order", "single_machine_sgd.convex.order"]
    found = compared([bound(key) for key in keys], convex_map())
    axes = ("local_steps", "num_rounds")
    formula = r"$K = \frac{\sigma^{2} R}{B^{2} L^{2}}$"
    assert formula not in crossing_lines(found, axes)
    hidden = crossing_lines(found, axes, hidden=True)
    x, y = hidden[f"{formula}: minibatch_sgd = local_sgd"]
    inside = np.isfinite(x)
    assert inside.sum() > len(x) / 2
    np.testing.assert_allclose(x[inside], y[inside])


def test_lower_bounds_show_the_gap_and_are_never_the_least():
    found = compared([*(bound(key) for key in MAP_KEYS), LOWER], convex_map(12))
    assert LOWER.side is Side.LOWER
    assert [item.key for item in found.promises] == list(MAP_KEYS)
    np.testing.assert_array_equal(found.floor, found.values[LOWER.key])
    rows = compare_bounds(found.bounds, found.points)
    assert {row["least"] for row in rows} == set(MAP_KEYS)
    for row in rows:
        least = min(row[key] for key in MAP_KEYS)
        assert row["gap"] == pytest.approx(least / row[LOWER.key], rel=1e-12)


def test_a_map_has_thousands_of_points():
    keys = ["minibatch_sgd.convex", "local_sgd.convex_homogeneous", "single_machine_sgd.convex"]
    found = compared([bound(key) for key in keys], convex_map(120))
    assert len(found.least) > 8_000
    assert (found.least >= 0).all()


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="different units cannot be compared"):
        compared([BOUNDS[0], bound(MAP_KEYS[0])], points())
    with pytest.raises(ValueError, match="lower bounds alone"):
        compared([LOWER], points())


def test_pictures(tmp_path):
    for name, chosen in (
        ("one.png", points(local_steps=[1, 2, 4])),
        ("two.png", points(local_steps=[1, 2], num_rounds=[10, 100])),
    ):
        draw(compared(BOUNDS, chosen), tmp_path / name)
        assert (tmp_path / name).stat().st_size > 5000
    with pytest.raises(ValueError, match="draws one or two ranges, not 0"):
        draw(compared(BOUNDS, points()), tmp_path / "none.png")
    with pytest.raises(ValueError, match="--mark takes local_steps, not num_rounds"):
        draw(compared(BOUNDS, points(local_steps=[1, 2])), tmp_path / "x.png", {"num_rounds": 9})
