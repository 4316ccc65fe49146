from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from theory.bound import Term
from theory.catalogue import lookup
from theory.comparison.crossover import crossovers, own_terms, term_crossings
from theory.notation import symbols
from theory.notation.letters import B, K, L, M, R, sigma

MINIBATCH, LOCAL = (
    lookup("minibatch_sgd.convex.order"),
    lookup("local_sgd.convex_homogeneous.order"),
)
ACCELERATED = lookup("accelerated_minibatch_sgd.convex.order")
SINGLE = lookup("single_machine_sgd.convex.order")
SINGLE_ACCELERATED = lookup("single_machine_ac_sa.convex.order")
VALUES = {"num_workers": 64, "num_rounds": 100, "smoothness": 1.0, "gradient_noise": 1.0}
VALUES["initial_distance"] = 1.0


def formulas(first, second, name):
    return {item.value for item in term_crossings(first, second, name)}


def test_local_steps_pay_where_the_theory_puts_it():
    """Convex theory, crossovers 1 and 7: derived from the terms, not typed."""
    assert formulas(MINIBATCH, LOCAL, "local_steps") == {1, sigma**2 * R / (L**2 * B**2)}
    accelerated = formulas(ACCELERATED, SINGLE_ACCELERATED, "local_steps")
    assert sigma**2 * R**3 / (L**2 * B**2) in accelerated
    for item in term_crossings(MINIBATCH, LOCAL, "local_steps"):
        assert item.first_leads_above  # Minibatch SGD's term does not fall with K


def test_the_smooth_window_of_third_order():
    """Crossover 8: with a Q-Lipschitz Hessian, K = Q sigma^2 R/(L^3 B) and sigma^2 R/(Q^2 B^4)."""
    (Q,) = symbols("hessian_smoothness")
    third = lookup("local_sgd.convex_third_order.order")
    assert Q * sigma**2 * R / (L**3 * B) in formulas(MINIBATCH, third, "local_steps")
    assert R * sigma**2 / (Q**2 * B**4) in formulas(SINGLE, third, "local_steps")


def test_what_both_bounds_share_is_left_aside():
    shared = sigma * B / sp.sqrt(M * K * R)
    assert shared in [term.expression for term in MINIBATCH.terms]
    assert shared not in [term.expression for term in own_terms(MINIBATCH, LOCAL)]
    assert own_terms(MINIBATCH, MINIBATCH) == []


def test_a_minimum_is_the_branch_that_is_least_at_the_point():
    here = {**VALUES, "local_steps": 10.0}
    few = [term.expression for term in own_terms(LOCAL, MINIBATCH, here)]
    assert sigma * B / sp.sqrt(K * R) not in few
    there = {**VALUES, "local_steps": 1e6}
    many = [term.expression for term in own_terms(LOCAL, MINIBATCH, there)]
    assert many == [L * B**2 / (K * R), sigma * B / sp.sqrt(K * R)]


def test_the_numbers_agree_with_the_formula_where_its_terms_dominate():
    """At M = 10^12 nothing but the two terms is left; L B^2/(K R) moves it by 3/K."""
    values = {**VALUES, "num_workers": 10**12, "num_rounds": 10**4}
    [found] = crossovers(MINIBATCH, LOCAL, values, "local_steps", 2, 10**6)
    assert found.value == pytest.approx(1e4, rel=1e-3)
    assert (found.smaller_before, found.smaller_after) == (MINIBATCH.key, LOCAL.key)
    sides = [
        MINIBATCH.value(**values, local_steps=k) - LOCAL.value(**values, local_steps=k)
        for k in (found.value - 1, found.value)
    ]
    assert sides[0] <= 0 < sides[1]


def test_all_crossings_of_a_range_are_found():
    """Two bounds that meet at sigma = 0.1 and at sigma = 10, the second below between them."""
    base = replace(MINIBATCH, terms=(Term("a", sigma * B), Term("b", L * B**2)))
    curved = sigma**2 * sp.Rational(10, 101) / L + L * B**2 * sp.Rational(10, 101) + L * B**2
    other = replace(base, key="other", terms=(Term("c", curved),))
    values = {"smoothness": 1.0, "initial_distance": 1.0}
    found = crossovers(base, other, values, "gradient_noise", 1e-3, 1e3)
    np.testing.assert_allclose([item.value for item in found], [0.1, 10], rtol=1e-9)
    assert [item.smaller_after for item in found] == ["other", base.key]
    assert crossovers(base, other, values, "gradient_noise", 0.2, 5) == []


def test_wrong_requests_are_refused():
    with pytest.raises(ValueError, match="have different units, f and f\\^2/x\\^2"):
        term_crossings(MINIBATCH, lookup("minibatch_sgd.nonconvex"), "local_steps")
    with pytest.raises(ValueError, match="must be a range above 0"):
        crossovers(MINIBATCH, LOCAL, VALUES, "local_steps", 5, 5)
