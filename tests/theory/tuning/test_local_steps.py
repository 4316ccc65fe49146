import numpy as np
import pytest

from theory.catalogue import lookup
from theory.tuning.best_step_size import best_step_size
from theory.tuning.local_steps import best_local_steps

VALUES = {"num_workers": 16, "smoothness": 1.0, "gradient_noise": 0.2, "initial_distance": 1.0}
LOCAL = lookup("local_sgd.convex_homogeneous")


def test_no_pair_of_step_size_and_local_steps_on_a_grid_is_better():
    values = {**VALUES, "num_rounds": 20}
    best = best_local_steps(LOCAL, values, most=40)
    steps, sizes = np.arange(1, 41)[:, None], np.geomspace(1e-4, 1, 2001)
    grid = LOCAL.evaluate(**values, local_steps=steps, step_size=sizes)
    least = np.where(grid.holds, grid.value, np.inf).min()
    assert best.value <= least <= best.value * (1 + 1e-4)
    assert best.value == LOCAL.value(
        **values, local_steps=best.local_steps, step_size=best.step_size
    )
    assert len(best.tried) == 40


def test_with_the_steps_held_local_steps_run_over_divisors():
    best = best_local_steps(LOCAL, VALUES, most=60, num_steps=120)
    assert best.tried.tolist() == [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40, 60]
    assert best.local_steps * best.num_rounds == 120
    for steps, value in zip(best.tried, best.values, strict=True):
        schedule = {"local_steps": steps, "num_rounds": 120 / steps}
        one = best_step_size(LOCAL, {**VALUES, **schedule}).evaluation.value
        assert value == pytest.approx(float(one), rel=1e-12)


def test_of_equals_the_smallest_is_taken():
    """Without noise nothing but the steps counts, and one at a time is as good as any."""
    best = best_local_steps(LOCAL, {**VALUES, "gradient_noise": 0.0}, most=12, num_steps=12)
    assert best.local_steps == 1
    assert np.ptp(best.values) <= 1e-12 * best.value


def test_a_bound_without_a_step_size_is_tuned_over_local_steps():
    corollary = lookup("local_sgd.nonconvex.tuned")
    values = {"num_workers": 16, "smoothness": 1.0, "gradient_noise": 0.2, "initial_gap": 1.0}
    best = best_local_steps(corollary, {**values, "heterogeneity": 0.0, "num_rounds": 50}, most=99)
    assert best.step_size is None
    assert best.value == np.nanmin(best.values)


@pytest.mark.parametrize(
    ("key", "changes", "most", "message"),
    [
        ("local_sgd.convex_homogeneous", {}, 0, "must be a whole number in"),
        ("local_sgd.convex_homogeneous", {"local_steps": 3}, 5, "local_steps is what tune chooses"),
        ("thumb_twiddling_sgd.convex", {"num_rounds": 9}, 5, "does not depend on local_steps"),
        ("local_sgd.convex_homogeneous", {}, 5, "needs num_rounds"),
    ],
)
def test_wrong_requests_are_refused(key, changes, most, message):
    with pytest.raises(ValueError, match=message):
        best_local_steps(lookup(key), {**VALUES, **changes}, most=most)
