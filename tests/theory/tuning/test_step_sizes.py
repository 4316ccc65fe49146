import numpy as np
import pytest

from theory.catalogue import lookup
from theory.tuning.best_step_size import best_step_size
from theory.tuning.step_sizes import best_step_sizes, largest_step_sizes, monomials

VALUES = {
    "num_workers": 16,
    "local_steps": np.array([1, 2, 8, 64]),
    "num_rounds": 1000,
    "smoothness": 1.0,
    "gradient_noise": 1.0,
    "heterogeneity": 0.5,
    "initial_gap": 1.0,
    "pullback": 0.3,
    "dimension": 10,
    "level_spacing": 0.2,
}


def own(key):
    theorem = lookup(key)
    return theorem, {n: VALUES[n] for n in theorem.parameters if n != "step_size"}


@pytest.mark.parametrize(
    "key", ["local_sgd.nonconvex", "overlap_local_sgd.nonconvex", "dq_sgd.nonconvex"]
)
def test_many_points_are_tuned_like_one(key):
    theorem, values = own(key)
    found = best_step_sizes(theorem, values)
    for index, steps in enumerate(VALUES["local_steps"]):
        choice = best_step_size(theorem, {**values, "local_steps": float(steps)})
        assert found.step_size[index] == pytest.approx(choice.step_size, rel=1e-6)
        assert found.largest[index] == pytest.approx(choice.largest, rel=1e-12)
        assert found.value[index] == pytest.approx(float(choice.evaluation.value), rel=1e-9)


def test_sums_of_powers_are_not_searched():
    assert monomials(lookup("local_sgd.nonconvex")) is not None
    assert monomials(lookup("dq_sgd.nonconvex")) is None
    theorem, values = own("overlap_local_sgd.nonconvex")
    assert (best_step_sizes(theorem, values).gap == 0).all()


def test_the_largest_step_sizes_hold_as_computed():
    theorem, values = own("overlap_local_sgd.nonconvex")
    columns = {name: np.broadcast_to(np.float64(item), (4,)) for name, item in values.items()}
    largest = largest_step_sizes(theorem, columns)
    assert theorem.evaluate(**values, step_size=largest).holds.all()
    assert not theorem.evaluate(**values, step_size=largest * (1 + 1e-9)).holds.any()


def test_a_bound_that_falls_for_ever_is_refused():
    theorem, values = own("local_sgd.nonconvex")
    with pytest.raises(ValueError, match="the bound falls as step_size -> 0"):
        best_step_sizes(theorem, {**values, "initial_gap": 0.0})


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("local_sgd.nonconvex", {"initial_gap": 0.0, "heterogeneity": 0.5}),  # in closed form
        (
            "local_sgd.strongly_convex_homogeneous.khaled2020",  # by search
            {"initial_distance": 1.0, "strong_convexity": 0.1},
        ),
    ],
)
def test_a_step_size_that_vanishes_is_refused_or_taken_for_the_least(key, values):
    given = {"num_workers": 2, "local_steps": 1, "num_rounds": 1, "smoothness": 1.0}
    given |= {"gradient_noise": 9.0, **values}
    with pytest.raises(ValueError, match="falls as step_size -> 0"):
        best_step_sizes(lookup(key), given)
    found = best_step_sizes(lookup(key), given, vanishing=True)
    assert 0 < found.step_size[0] < 1e-99
    assert found.value[0] == pytest.approx(values.get("initial_distance", 0.0), abs=1e-90)
