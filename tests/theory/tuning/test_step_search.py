from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from theory.bound import Term
from theory.catalogue import lookup
from theory.notation.letters import L, eta
from theory.testing.bound_laws import tuned_is_no_worse_than_any_admissible_choice
from theory.tuning.step_search import StepSearch
from theory.tuning.step_sizes import best_step_sizes, largest_step_sizes

BASE = lookup("minibatch_sgd.nonconvex")
ONE = {"smoothness": np.array([1.0, 2.0])}
t = eta * L
WAVE = sp.Min(1 + (t - 1) ** 2, sp.Rational(4, 5) + (t - 5) ** 2)
"""Two local minima in t = eta L: 1 at t = 1 and 4/5 at t = 5."""


def made(terms=None, conditions=()):
    chosen = terms or (Term("only", 1 / t + t),)
    return replace(BASE, terms=chosen, conditions=tuple(conditions))


def grid_minimum(odd, smoothness):
    steps = np.geomspace(1e-4, 1e4, 400_001) / smoothness
    found = odd.evaluate(smoothness=smoothness, step_size=steps)
    return found.value[found.holds].min(initial=np.inf)


def test_the_lower_of_several_minima_is_found_and_certified():
    odd = made((Term("wave", WAVE),), (t <= 50,))
    found = best_step_sizes(odd, ONE)
    assert (found.gap <= 1e-9).all()
    np.testing.assert_allclose(found.step_size, 5 / ONE["smoothness"], rtol=1e-9)
    np.testing.assert_allclose(found.value, 0.8, rtol=1e-12)
    near = made((Term("wave", WAVE),), (t <= 4,))
    np.testing.assert_allclose(best_step_sizes(near, ONE).step_size, 1 / ONE["smoothness"])


def test_an_admissible_set_of_two_intervals_with_the_best_at_an_inner_end():
    """Admissible are t <= 1/4 and 16 <= t <= 100; the minimum at t = 1 is not."""
    gap = made(conditions=(sp.Min(t, 4 / t) <= sp.Rational(1, 4), t <= 100))
    assert best_step_sizes(gap, ONE).step_size * ONE["smoothness"] == pytest.approx([0.25, 0.25])
    skew = replace(gap, terms=(Term("only", 1 / t + t / 100),))
    assert best_step_sizes(skew, ONE).step_size * ONE["smoothness"] == pytest.approx([16, 16])
    np.testing.assert_allclose(largest_step_sizes(gap, ONE), 100 / ONE["smoothness"], rtol=1e-12)


def test_a_lower_limit_on_the_step_size_is_met():
    low = made(conditions=(3 / t <= 1,))
    np.testing.assert_allclose(best_step_sizes(low, ONE).step_size, 3 / ONE["smoothness"])
    assert np.isinf(best_step_sizes(low, ONE).largest).all()
    searched = made((Term("odd", 1 / (t + t**2) + t),), (3 / t <= 1,))
    np.testing.assert_allclose(
        best_step_sizes(searched, ONE).step_size, 3 / ONE["smoothness"], rtol=1e-6
    )


def test_where_nothing_is_admissible_there_is_no_step_size():
    none = made(conditions=(t <= 1, 2 / t <= 1))
    assert np.isnan(best_step_sizes(none, ONE).step_size).all()
    searched = made(conditions=(sp.Max(t, 3 / t) <= 1,))
    assert np.isnan(best_step_sizes(searched, ONE).value).all()


def test_what_the_search_rules_out_is_not_on_a_grid():
    odd = made((Term("wave", WAVE),))
    low, high = np.full(2, -9.0), np.full(2, 9.0)
    found = StepSearch(odd, ONE).run(low, high, 1e-9)
    for smoothness, floor in zip(ONE["smoothness"], found.floor, strict=True):
        assert floor <= grid_minimum(odd, smoothness)


def test_a_step_size_that_is_not_the_best_is_caught(monkeypatch):
    odd = made((Term("wave", WAVE),), (t <= 50,))
    values, fractions = {"smoothness": 1.0}, np.geomspace(1e-6, 1, 2001)
    tuned_is_no_worse_than_any_admissible_choice(odd, values, fractions)
    found = best_step_sizes(odd, {"smoothness": np.array([1.0])})
    other = replace(found, step_size=np.array([1.0]))
    monkeypatch.setattr("theory.tuning.best_step_size.best_step_sizes", lambda *_: other)
    with pytest.raises(AssertionError, match="beats the tuned one"):
        tuned_is_no_worse_than_any_admissible_choice(odd, values, fractions)
    unsure = replace(found, gap=np.array([0.01]))
    monkeypatch.setattr("theory.tuning.best_step_size.best_step_sizes", lambda *_: unsure)
    with pytest.raises(AssertionError, match="a step size may be better by"):
        tuned_is_no_worse_than_any_admissible_choice(odd, values, fractions)
