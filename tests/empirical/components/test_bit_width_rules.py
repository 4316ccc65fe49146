"""Rules that choose widths: budgets kept, targets met, runs apart, and nothing known too early."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.components.bit_width import Situation
from empirical.components.bit_width_rules import EXAMPLES, Budget, ErrorTarget, Fixed, NormRatio
from theory.costs.bit_allocation import closed_form, error, influence, weights

NORMS = st.lists(st.floats(-6, 6), min_size=1, max_size=40).map(lambda logs: np.exp(np.array(logs)))
EVERY = pytest.mark.parametrize("rule", EXAMPLES, ids=repr)


def play(rule, squared_norms, *, size=10, step_size=0.1):
    """Bits of every round, (rounds, runs), for squared norms (rounds, runs)."""
    norms = torch.as_tensor(np.asarray(squared_norms), dtype=torch.float64)
    norms = norms.reshape(len(norms), -1, 1, 1)
    spent, memory = torch.zeros_like(norms[0]), rule.init(torch.zeros_like(norms[0]))
    chosen = []
    for count, squared_norm in enumerate(norms):
        now = Situation(squared_norm, spent, count, size, step_size)
        bits, memory = rule.choose(now, memory)
        assert bits.dtype is torch.int64
        assert bits.shape == squared_norm.shape
        assert int(bits.min()) >= 2
        assert int(bits.max()) <= 16
        spent = spent + bits
        chosen.append(bits.flatten())
    return torch.stack(chosen).numpy()


@EVERY
def test_a_batch_is_its_runs(rule):
    norms = np.exp(np.random.default_rng(0).standard_normal((25, 3)))
    together = play(rule, norms)
    for run in range(3):
        np.testing.assert_array_equal(together[:, run : run + 1], play(rule, norms[:, run]))


@EVERY
def test_a_width_depends_on_what_came_before_only(rule):
    norms = np.exp(np.random.default_rng(1).standard_normal(20))
    other = np.concatenate([norms[:11], 100 * norms[11:]])
    np.testing.assert_array_equal(play(rule, norms)[:11], play(rule, other)[:11])


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
@pytest.mark.parametrize("rule", EXAMPLES[1:], ids=repr)
def test_no_gradient_or_a_broken_one_gets_the_fewest_bits_and_is_forgotten(rule, bad):
    norms = np.exp(np.random.default_rng(2).standard_normal(12))
    assert (play(rule, [bad, bad, *norms])[:2] == 2).all()
    if isinstance(rule, NormRatio):
        np.testing.assert_array_equal(play(rule, [bad, *norms])[1:], play(rule, norms))
    assert np.isfinite(play(rule, [*norms, bad, *norms])).all()


@given(
    norms=NORMS, average=st.floats(2, 16), horizon=st.integers(1, 15),
    contraction=st.floats(0.5, 1), trend=st.floats(0.7, 1.3), newest=st.floats(0.05, 1),
)  # fmt: skip
def test_a_budget_is_never_exceeded(norms, average, horizon, contraction, trend, newest):
    """D2 and D5, at the end of every horizon, with two bits left for each round to come."""
    rule = Budget(average, horizon, contraction, trend, newest)
    bits = play(rule, norms).flatten()
    for done in range(1, len(bits) + 1):
        to_come = -done % horizon
        granted = average * horizon * -(-done // horizon)
        assert bits[:done].sum() + 2 * to_come <= granted + 1e-6


@given(norms=NORMS.filter(lambda item: len(item) > 3), average=st.floats(2, 10))
def test_a_budget_is_spent(norms, average):
    """Up to a bit that rounding leaves, and what a last round cannot take with its 16."""
    bits = play(Budget(average, len(norms)), norms).flatten()
    assert average * len(norms) - bits.sum() < 1 or bits[-1] == 16


@pytest.mark.parametrize("average", [2.0, 3.0, 3.5, 8.0])
def test_equal_norms_are_given_equal_bits(average):
    bits = play(Budget(average, 20), np.full(20, 0.3))
    assert bits.sum() == 20 * average
    assert bits.max() - bits.min() <= (average != int(average))


def test_a_larger_norm_than_before_gets_more_and_later_rounds_do():
    calm, loud = np.ones(10), np.ones(10)
    loud[6] = 100.0
    assert play(Budget(6, 10), loud)[6, 0] >= play(Budget(6, 10), calm)[6, 0] + 2
    rising = play(Budget(6, 40, contraction=0.8), np.ones(40)).flatten()
    assert rising[-8:].mean() > rising[:8].mean() + 3
    assert (np.diff(rising) >= -1).all()


def test_it_is_near_the_closed_form_that_knows_every_norm():
    """On norms that fall by a known rate and scatter: the error of fixed bits over its own."""
    rng, alpha, num = np.random.default_rng(3), 0.97, 150
    norms = 0.98 ** (2 * np.arange(num)) * np.exp(rng.standard_normal(num))
    run = weights(norms, alpha)
    fixed, known = error(run, 6.0), error(run, closed_form(run, 6))
    rule = Budget(6.0, num, contraction=alpha, trend=0.98)
    found = error(run, play(rule, norms).flatten().astype(float))
    assert found <= 1.35 * known
    assert fixed / found >= 1.2


@given(
    norms=NORMS, alpha=st.floats(0, 1), target=st.floats(1e-6, 1), size=st.integers(1, 1000),
)  # fmt: skip
def test_a_target_is_met_with_the_fewest_bits(norms, alpha, target, size):
    num = len(norms)
    rule = ErrorTarget(target, num, smoothness=2.0, strong_convexity=2.0 * alpha)
    bits = play(rule, norms, size=size, step_size=0.3).flatten()
    settings = {"size": size, "step_size": 0.3, "smoothness": 2.0}
    shrink = 1 - 2 * alpha * 0.3 * (2 - 0.6)
    kappas = [influence(norms[n], num - 1 - n, decay=shrink, **settings) for n in range(num)]
    levels = 2.0 ** (bits - 1) - 1
    within = bits < 16
    spent = np.array(kappas) / levels**2
    assert (spent[within] <= target / num * (1 + 1e-6)).all()
    fewer = np.array(kappas) / np.maximum(2.0 ** (bits - 2) - 1, 1e-9) ** 2
    assert (fewer[bits > 2] > target / num * (1 - 1e-6)).all()


def test_step_sizes_of_a_batch_have_targets_met_each():
    rule = ErrorTarget(0.01, 10, smoothness=1.0)
    steps = torch.tensor([0.1, 0.4]).double().reshape(2, 1, 1)
    together = play(rule, np.ones((10, 2)), step_size=steps)
    for run, step in enumerate((0.1, 0.4)):
        np.testing.assert_array_equal(
            together[:, run : run + 1], play(rule, np.ones(10), step_size=step)
        )
    with pytest.raises(ValueError, match=r"step_size=2\.5 must be below 2/smoothness=2"):
        rule.check_step_size(torch.tensor([0.1, 2.5]))


def test_after_its_horizon_a_target_keeps_its_last_share():
    rule = ErrorTarget(0.01, 3, smoothness=1.0, strong_convexity=0.5)
    bits = play(rule, np.ones(6)).flatten()
    assert (bits[3:] == bits[2]).all()


def test_half_the_norm_is_a_bit_less():
    norms = 0.25 ** np.arange(8.0)
    bits = play(NormRatio(first_bits=6, fewest_bits=3), norms).flatten()
    assert bits.tolist() == [6, 5, 4, 3, 3, 3, 3, 3]
    assert play(NormRatio(first_bits=4), [1.0, 16.0]).flatten().tolist() == [4, 6]


def test_fixed_bits_are_fixed():
    assert (play(Fixed(5), np.geomspace(1, 1e-9, 7)) == 5).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Fixed(1), "bits=1 must be a whole number in [2, 16]"),
        (lambda: Fixed(2.5), "bits=2.5 must be a whole number in [2, 16]"),
        (lambda: Budget(1.9, 5), "average_bits=1.9 must be a number in [2, 16]"),
        (lambda: Budget(4, 0), "num_rounds=0 must be a whole number >= 1"),
        (lambda: Budget(4, 5, contraction=0.0), "contraction=0 must be a number in (0, 1]"),
        (lambda: Budget(4, 5, newest=1.1), "newest=1.1 must be a number in (0, 1]"),
        (lambda: Budget(4, 5, trend=0.0), "trend=0 must be a number > 0"),
        (lambda: ErrorTarget(0.0, 5, 1.0), "target=0 must be a number > 0"),
        (lambda: ErrorTarget(0.1, 5, 0.0), "smoothness=0 must be a number > 0"),
        (lambda: ErrorTarget(0.1, 5, 1.0, 2.0), "strong_convexity=2 must lie in [0, smoothness=1]"),
        (lambda: NormRatio(3, 4), "fewest_bits=4 must be at most first_bits=3"),
        (lambda: NormRatio(17), "first_bits=17 must be a whole number in [2, 16]"),
    ],
)
def test_bad_values_are_refused(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()
