"""DQ-SGD's bounds at their limits, and what was amended in them."""

import numpy as np
import pytest

from theory.catalogue import lookup
from theory.measures import ReportPoint
from theory.tuning.best_step_size import best_step_size

VALUES = {
    "num_workers": 4,
    "local_steps": 2,
    "num_rounds": 50,
    "dimension": 10,
    "smoothness": 2.0,
    "strong_convexity": 0.3,
    "gradient_noise": 1.5,
    "initial_gap": 0.7,
    "level_spacing": 0.4,
    "step_size": 0.1,
}


def own(key, **changes):
    values = {**VALUES, **changes}
    return {name: values[name] for name in lookup(key).parameters}


def terms(key, **changes):
    return lookup(key).evaluate(**own(key, **changes)).terms


def test_without_rounding_the_non_convex_bound_is_minibatch_sgds_with_two_less_l_eta():
    for step_size in (0.001, 0.2, 0.5):
        key = "dq_sgd.nonconvex"
        ours = lookup(key).value(**own(key, level_spacing=0.0, step_size=step_size))
        plain = {n: {**VALUES, "step_size": step_size}[n] for n in lookup(MINIBATCH).parameters}
        assert ours * (2 - 2.0 * step_size) == pytest.approx(lookup(MINIBATCH).value(**plain))


MINIBATCH = "minibatch_sgd.nonconvex"


def test_the_strongly_convex_bound_is_its_recursion():
    key = "dq_sgd.strongly_convex"
    eta, mu, L = 0.1, 0.3, 2.0
    gap = VALUES["initial_gap"]
    for _ in range(VALUES["num_rounds"]):
        added = 1.5**2 / 8 + 10 * 0.4**2 / 16
        gap = (1 - 2 * mu * eta + L * mu * eta**2) * gap + L * eta**2 / 2 * added
    assert float(lookup(key).value(**own(key))) == pytest.approx(gap, rel=1e-12)


@pytest.mark.parametrize("name", ["nonconvex", "strongly_convex"])
def test_what_is_amended_is_the_constant_and_the_share_of_workers(name):
    read, amended = (terms(f"dq_sgd.{name}{suffix}") for suffix in (".as_read", ""))
    assert read["quantisation"] / amended["quantisation"] == pytest.approx(4 * 4 / 6)
    assert read["optimisation"] == amended["optimisation"]
    assert read["statistical"] == amended["statistical"]


@pytest.mark.parametrize("count", [1, 4])
def test_one_worker_pays_all_of_the_rounding_error(count):
    for key in ("dq_sgd.nonconvex", "dq_sgd.strongly_convex"):
        alone, together = (
            terms(key, num_workers=workers)["quantisation"] for workers in (1, count)
        )
        assert alone == pytest.approx(count * together)


def test_no_step_size_below_its_limit_is_refused():
    key = "dq_sgd.strongly_convex"
    assert np.isfinite(lookup(key).value(**own(key, step_size=1.0)))
    with pytest.raises(ValueError, match="condition"):
        lookup(key).value(**own(key, step_size=1.0001))
    with pytest.raises(ValueError, match="condition"):
        lookup("dq_sgd.nonconvex").value(**own("dq_sgd.nonconvex", step_size=0.5001))


def test_it_speaks_of_the_last_iterate_and_says_so():
    measure = lookup("dq_sgd.strongly_convex").measure
    assert measure.report_point is ReportPoint.LAST_ROUND
    assert str(measure).startswith("E F - inf F at x_R")
    assert str(lookup("dq_sgd.nonconvex").measure).startswith("time average of E |grad F|^2")


def test_tuning_finds_the_minimum_of_what_is_no_monomial():
    """The derivative of (A/eta + C eta)/(2 - L eta) vanishes where C eta^2 + A L eta = A."""
    key = "dq_sgd.nonconvex"
    values = own(key)
    del values["step_size"]
    choice = best_step_size(lookup(key), values)
    falling = 2 * VALUES["initial_gap"] / VALUES["num_rounds"]
    rising = 2.0 * (1.5**2 / 8 + 10 * 0.4**2 / 16)
    roots = np.roots([rising, 2.0 * falling, -falling])
    assert choice.step_size == pytest.approx(float(roots[roots > 0][0]), rel=1e-6)
    quiet = {**values, "gradient_noise": 0.0, "level_spacing": 0.0}
    assert best_step_size(lookup(key), quiet).step_size == pytest.approx(0.5, rel=1e-6)


def test_what_falls_with_every_step_size_has_none_that_is_best():
    key = "dq_sgd.strongly_convex"
    values = own(key, initial_gap=0.0)
    del values["step_size"]
    with pytest.raises(ValueError, match="the bound falls as step_size -> 0"):
        best_step_size(lookup(key), values)
