"""HEAVYMIX's facts on random vectors with the worst estimates, and Sketched-SGD's bounds."""

from fractions import Fraction

import numpy as np
import pytest

from theory.bound import ConditionError, Standing
from theory.catalogue import lookup
from theory.counterexamples.counterexample import replay, stored

SELECTED = lookup("sketched_sgd.heavymix.selected")
CONTRACTION = lookup("sketched_sgd.heavymix.contraction")
NONCONVEX = lookup("sketched_sgd.nonconvex")
VALUES = {
    "num_rounds": 50,
    "dimension": 20,
    "kept": 5,
    "estimate_tolerance": 0.5,
    "smoothness": 2.0,
    "gradient_bound": 3.0,
    "initial_gap": 0.7,
    "step_size": 0.05,
}


def left_out(squares, heavy, kept):
    """E|C(v) - v|^2/|v|^2 with the least of the heavy ones used, exactly."""
    used = sorted(square for square, is_heavy in zip(squares, heavy, strict=True) if is_heavy)[
        :kept
    ]
    others = len(squares) - len(used)
    return (sum(squares) - sum(used)) * Fraction(len(squares) - kept, others) / sum(squares)


def worst(squares, kept, tolerance):
    """Small coordinates estimated as high as may be, large ones as low, |v|^2 low."""
    norm = sum(squares)
    threshold, error = norm * (1 - tolerance / 2) / kept, tolerance * norm / (2 * kept)
    can = [square + error >= threshold for square in squares]
    must = [square - error >= threshold for square in squares]
    order = sorted((square, place) for place, square in enumerate(squares))
    heavy = list(must)
    for square, place in order[: len(order) // 2]:
        heavy[place] = can[place] and square > 0
    return can, heavy


@pytest.mark.parametrize("tolerance", [Fraction(0), Fraction(1, 2), Fraction(9, 10)])
def test_both_facts_hold_for_the_worst_estimates(tolerance):
    rng = np.random.default_rng(0)
    for _ in range(300):
        size = int(rng.integers(2, 12))
        kept = int(rng.integers(1, size))
        power = int(rng.integers(1, 6))
        squares = [Fraction(int(item)) ** power for item in rng.integers(1, 9, size)]
        most, heavy = worst(squares, kept, tolerance)
        assert sum(most) * (1 - tolerance) <= kept
        assert left_out(squares, heavy, kept) <= max(1 - Fraction(kept, size), tolerance)


def test_both_are_attained():
    for name, item in (("heavymix_selected", SELECTED), ("heavymix_contraction", CONTRACTION)):
        found = replay(stored(name), item)
        assert found.attained == pytest.approx(found.promised, rel=1e-12)


def test_half_of_the_printed_errors_is_the_repair():
    assert SELECTED.value(kept=7, estimate_tolerance=0.5) == 14
    for kept in range(1, 11):
        share = CONTRACTION.value(kept=kept, dimension=20, estimate_tolerance=0.5)
        assert share == 1 - kept / 20
    assert CONTRACTION.value(kept=11, dimension=20, estimate_tolerance=0.5) == 0.5


def test_as_read_they_allow_any_estimates_and_are_refuted():
    for name in ("selected", "contraction"):
        read = lookup(f"sketched_sgd.heavymix.{name}.as_read")
        assert "estimate_tolerance" not in read.parameters
        assert read.standing is Standing.REFUTED


def test_the_steps_are_those_of_error_feedback_with_the_share_that_is_kept():
    known = lookup("compressed.nonconvex.error_feedback")
    numbers = {**VALUES, "contraction": 5 / 20}
    expected = known.value(**{name: numbers[name] for name in known.parameters})
    assert NONCONVEX.value(**VALUES) == pytest.approx(float(expected), rel=1e-14)


def test_more_is_kept_than_estimates_can_vouch_for_is_refused():
    with pytest.raises(ConditionError):
        NONCONVEX.value(**{**VALUES, "kept": 11})
    with pytest.raises(ConditionError):
        NONCONVEX.value(**{**VALUES, "kept": 20, "estimate_tolerance": 0.0})


def test_with_strong_convexity_noise_leads_after_d_over_k_squared_steps():
    item = lookup("sketched_sgd.strongly_convex")
    assert [float(slope) for slope in item.exponents("num_rounds").values()] == [-1, -2, -3]
    unit = dict.fromkeys(item.parameters, 1.0)
    ratio = 10
    at = {**unit, "dimension": ratio, "num_rounds": ratio**2}
    terms = item.evaluate(**at).terms
    assert terms["statistical"] == terms["second moment"] > terms["memory"]
