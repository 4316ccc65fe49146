import numpy as np
import pytest

from theory.assignments import grid
from theory.catalogue import bound
from theory.comparison import compare_bounds, draw

BOUNDS = [bound("local_sgd.nonconvex"), bound("minibatch_sgd.nonconvex")]
VALUES = {"num_workers": 16, "num_rounds": 1000, "smoothness": 1, "gradient_noise": 1}
VALUES |= {"heterogeneity": 0.5, "initial_gap": 1, "local_steps": 8}


def points(**changed):
    given = {**VALUES, **changed}
    return grid({name: np.atleast_1d(np.asarray(value, float)) for name, value in given.items()})


def test_minibatch_sgd_is_never_worse_in_this_class():
    """Local steps never help under (L, zeta) alone: nonconvex theory, pitfall 14."""
    for row in compare_bounds(BOUNDS, points(local_steps=[2, 8, 64], num_rounds=[10, 1e4])):
        assert row["least"] == "minibatch_sgd.nonconvex"
        assert row["minibatch_sgd.nonconvex"] < row["local_sgd.nonconvex"]


def test_a_bound_whose_conditions_fail_is_never_the_least():
    [row] = compare_bounds(BOUNDS, points(step_size=0.5))
    assert np.isnan(row["local_sgd.nonconvex"])
    assert row["least"] == "minibatch_sgd.nonconvex"


def test_pictures(tmp_path):
    one, two = points(local_steps=[1, 2, 4]), points(local_steps=[1, 2], num_rounds=[10, 100])
    for name, chosen in (("one.png", one), ("two.png", two)):
        draw(BOUNDS, chosen, compare_bounds(BOUNDS, chosen), tmp_path / name)
        assert (tmp_path / name).stat().st_size > 5000
    with pytest.raises(ValueError, match="draws one or two ranges, not 0"):
        draw(BOUNDS, points(), compare_bounds(BOUNDS, points()), tmp_path / "none.png")
