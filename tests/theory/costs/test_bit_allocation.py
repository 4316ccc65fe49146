"""The trade-off between bits and error: its laws, its optimum, and what it gains."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from theory.costs.bit_allocation import (
    FEWEST_BITS,
    MOST_BITS,
    bits_of,
    closed_form,
    decay,
    error,
    exact,
    gain,
    influence,
    levels_for_target,
    levels_of,
    weights,
    whole,
)

BUDGETS = [2.5, 3, 3.7, 4, 6, 8, 10, 12]
ANY_WEIGHTS = st.lists(st.floats(-8, 8), min_size=1, max_size=30).map(
    lambda logs: np.exp(np.array(logs))
)
ANY_BUDGET = st.floats(2, 16)


def strongly_convex_weights(num_steps=200, alpha=0.97):
    """Norms that fall as alpha^n to a floor of noise and scatter by chance, weighted."""
    scatter = np.random.default_rng(11).standard_normal(num_steps)
    norms = (alpha ** np.arange(num_steps) + 0.01) * np.exp(0.95 * scatter)
    return weights(norms, alpha)


@given(weights=ANY_WEIGHTS, budget=ANY_BUDGET, factor=st.floats(1.01, 50), data=st.data())
def test_more_norm_gets_more_bits(weights, budget, factor, data):
    """D1, first half."""
    step = data.draw(st.integers(0, len(weights) - 1))
    raised = np.where(np.arange(len(weights)) == step, factor * weights, weights)
    for form in (closed_form, exact):
        assert form(raised, budget)[step] >= form(weights, budget)[step] - 1e-9
        order = np.argsort(weights, kind="stable")
        assert np.all(np.diff(form(weights, budget)[order]) >= -1e-9)


@given(alpha=st.floats(0.1, 1), steps=st.integers(2, 40), budget=st.floats(2.5, 12))
def test_of_equal_norms_later_ones_get_more(alpha, steps, budget):
    """D1, second half; with alpha = 1 all get the same."""
    bits = closed_form(weights(np.ones(steps), alpha), budget)
    assert np.all(np.diff(bits) >= -1e-9)
    assert bits[-1] > bits[0] or alpha > 1 - 1e-9 or bits[-1] in (FEWEST_BITS, MOST_BITS)
    np.testing.assert_allclose(closed_form(weights(np.ones(steps)), budget), budget, rtol=1e-12)


@given(weights=ANY_WEIGHTS, budget=ANY_BUDGET)
def test_the_budget_is_spent_and_never_exceeded(weights, budget):
    """D2 and D5."""
    total = int(budget * len(weights))
    for bits, asked in (
        (closed_form(weights, budget), budget * len(weights)),
        (exact(weights, budget), budget * len(weights)),
        (whole(weights, total), total),
    ):
        assert bits.sum() <= asked * (1 + 1e-14)
        assert bits.sum() >= asked * (1 - 1e-12)
        assert bits.min() >= FEWEST_BITS
        assert bits.max() <= MOST_BITS
        assert levels_of(bits).min() >= 1


@given(weights=ANY_WEIGHTS, budget=ANY_BUDGET)
def test_no_allocation_errs_more_than_fixed_bits(weights, budget):
    """D3, first half, at any rate; whole bits against as many given out evenly."""
    fixed = error(weights, budget)
    assert error(weights, exact(weights, budget)) <= fixed * (1 + 1e-9)
    assert error(weights, closed_form(weights, budget)) <= fixed * (1 + 1e-9)
    total = int(budget * len(weights))
    even = np.full(len(weights), total // len(weights)) + (
        np.arange(len(weights)) < total % len(weights)
    )
    assert error(weights, whole(weights, total)) <= error(weights, even) * (1 + 1e-12)


@given(weights=ANY_WEIGHTS, budget=st.floats(2.5, 16))
def test_the_closed_form_is_near_the_optimum(weights, budget):
    best, found = (error(weights, form(weights, budget)) for form in (exact, closed_form))
    assert best <= found * (1 + 1e-9)
    assert found <= 1.05 * best


@pytest.mark.parametrize("budget", BUDGETS)
def test_on_the_weights_of_a_run_it_is_within_two_percent(budget):
    """D3, second half: 0.7 % at 2.5 bits, nothing from 6."""
    run = strongly_convex_weights()
    excess = error(run, closed_form(run, budget)) / error(run, exact(run, budget)) - 1
    assert -1e-9 <= excess <= (0.02 if budget < 6 else 3e-4)


def test_exact_bits_meet_the_optimality_condition_and_beat_a_general_solver():
    run = np.array([3.0, 1.0, 0.2, 0.07])
    bits = exact(run, 5.0)
    levels = levels_of(bits)
    ratio = levels**3 / (levels + 1) / run
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
    found = minimize(
        lambda point: np.log(error(run, point)),
        np.full(4, 5.0),
        constraints={"type": "eq", "fun": lambda point: point.sum() - 20},
        bounds=[(2, 16)] * 4,
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    assert error(run, bits) <= np.exp(found.fun) * (1 + 1e-9)
    np.testing.assert_allclose(bits, found.x, atol=1e-4)


@given(logs=st.lists(st.floats(-4, 4), min_size=1, max_size=4), total=st.integers(0, 10))
def test_whole_bits_are_the_best_of_all(logs, total):
    run = np.exp(np.array(logs))
    budget = 2 * len(run) + total
    best = min(
        error(run, np.array(bits))
        for bits in itertools.product(range(2, 13), repeat=len(run))
        if sum(bits) <= budget
    )
    assert error(run, whole(run, budget)) == pytest.approx(float(best), rel=1e-12)


def test_the_gain_over_fixed_bits_is_am_over_gm_where_there_are_many():
    run = strongly_convex_weights()
    assert gain(run) == pytest.approx(1.6, abs=0.05)
    for budget, share in ((6, 0.05), (8, 0.005), (12, 1e-3)):
        measured = error(run, float(budget)) / error(run, closed_form(run, budget))
        assert measured == pytest.approx(float(gain(run)), rel=share)
    saved = np.log2(gain(run)) / 2
    assert error(run, 12.0) == pytest.approx(error(run, closed_form(run, 12 - saved)), rel=1e-3)


@pytest.mark.parametrize("budget", [4, 6, 8, 12])
def test_whole_bits_keep_most_of_the_gain(budget):
    run = strongly_convex_weights()
    found = error(run, float(budget)) / error(run, whole(run, budget * len(run)))
    assert found >= 1.4


@given(step=st.floats(1e-3, 3), curvature=st.floats(0.01, 1))
def test_a_step_shrinks_the_gap_if_and_only_if_it_is_below_two_over_l(step, curvature):
    """D4."""
    if step < 2:
        assert 0 <= decay(step, 1.0, curvature) < 1
        assert decay(step, 1.0, 0.0) == 1
    else:
        with pytest.raises(ValueError, match="must be below 2/smoothness=2"):
            decay(step, 1.0, curvature)


def test_without_shrinking_it_is_the_non_convex_rule():
    norms = np.array([2.0, 1.0, 0.5])
    np.testing.assert_array_equal(weights(norms), norms)
    np.testing.assert_allclose(weights(norms, 1 - 1e-12), norms, rtol=1e-11)


@given(norms=ANY_WEIGHTS, alpha=st.floats(0.5, 1), epsilon=st.floats(1e-6, 10))
def test_a_target_is_met_by_every_step_alone(norms, alpha, epsilon):
    """The dual: whatever the norms, sum kappa_n / s_n^2 <= epsilon, with s rounded up as well."""
    num = len(norms)
    settings = {"size": 10, "step_size": 0.1, "smoothness": 2.0, "decay": alpha}
    kappas = np.array([influence(norms[n], num - 1 - n, **settings) for n in range(num)])
    np.testing.assert_allclose(kappas, 2.0 * 10 * 0.01 / 8 * weights(norms, alpha), rtol=1e-12)
    levels = levels_for_target(kappas, epsilon, num)
    assert levels.min() >= 1
    assert (kappas / levels**2).sum() <= epsilon * (1 + 1e-12)
    assert (kappas / np.ceil(levels) ** 2).sum() <= epsilon * (1 + 1e-12)
    if levels.min() > 1:
        assert (kappas / levels**2).sum() == pytest.approx(epsilon, rel=1e-12)


def test_counts_stand_for_repeated_steps():
    run = np.array([4.0, 1.0, 0.1])
    repeated = np.repeat(run, [3, 1, 5])
    for form in (closed_form, exact):
        lumped = form(run, 4.5, np.array([3, 1, 5]))
        np.testing.assert_allclose(np.repeat(lumped, [3, 1, 5]), form(repeated, 4.5), rtol=1e-12)


def test_runs_have_budgets_of_their_own():
    runs = np.exp(np.random.default_rng(1).standard_normal((3, 7)))
    together = closed_form(runs, np.array([3.0, 5.0, 9.0]))
    for run, budget, bits in zip(runs, (3.0, 5.0, 9.0), together, strict=True):
        np.testing.assert_allclose(bits, closed_form(run, budget), rtol=1e-12)


def test_vanishing_weights_keep_one_level():
    bits = closed_form(np.array([0.0, 1.0, 1.0]), 4.0)
    np.testing.assert_allclose(bits, [2, 5, 5], rtol=1e-12)
    np.testing.assert_allclose(exact(np.zeros(3), 4.0), 4.0, rtol=1e-12)


def test_bits_and_levels_are_each_others_inverse():
    np.testing.assert_array_equal(levels_of(np.array([2, 3, 4, 16])), [1, 3, 7, 2**15 - 1])
    np.testing.assert_allclose(bits_of(levels_of(np.linspace(2, 16, 29))), np.linspace(2, 16, 29))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: closed_form(np.ones(2), 1.5), "average_bits=1.5 must lie in [2, 16]"),
        (lambda: exact(np.ones(2), 17), "average_bits=17 must lie in [2, 16]"),
        (lambda: closed_form(np.array([-1.0, 1]), 3), "weights must be numbers >= 0"),
        (lambda: whole(np.ones(3), 5), "total_bits=5 must be >= 2 x 3 steps"),
        (lambda: decay(2.0, 1.0, 0.1), "step_size=2 must be below 2/smoothness=2"),
        (lambda: decay(0.1, 1.0, 1.5), "strong_convexity=1.5 must lie in [0, smoothness=1]"),
        (lambda: decay(0.0, 1.0, 0.1), "step_size=0 must be a number > 0"),
    ],
)
def test_bad_values_are_refused(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
