from dataclasses import replace

import pytest
import sympy as sp

from theory import catalogue
from theory.assumptions import Assumption
from theory.bound import Term
from theory.comparison.difference import (
    aligned,
    assumptions,
    caution,
    certified,
    difference_as_json,
    numbers,
    pairs,
)
from theory.notation.letters import M

LOCAL = catalogue.lookup("local_sgd.nonconvex")
MINIBATCH = catalogue.lookup("minibatch_sgd.nonconvex")
AGREEING = catalogue.lookup("local_sgd.nonconvex_homogeneous.wang2021")
TUNED = [catalogue.lookup(f"{name}.nonconvex.tuned") for name in ("minibatch_sgd", "local_sgd")]


def scaled(bound, factor):
    terms = tuple(Term(item.name, factor * item.expression) for item in bound.terms)
    return replace(bound, key="scaled", terms=terms)


def test_assumptions_are_compared_by_what_they_imply():
    found = assumptions(LOCAL, MINIBATCH)
    assert found.left == {
        Assumption.WORKERS_SMOOTH,
        Assumption.HETEROGENEITY_AT_REPORT_POINT,
    }
    assert not found.right  # smoothness of the mean follows from that of the workers
    assert Assumption.SMOOTH in found.both


def test_what_follows_with_another_constant_is_said():
    how = assumptions(LOCAL, AGREEING).by_conversion
    assert how[Assumption.HETEROGENEITY_AT_REPORT_POINT].startswith("greatest_heterogeneity <= 0")


def test_terms_meet_by_their_powers():
    rows = aligned(LOCAL, AGREEING)
    assert [(row.left, row.right) for row in rows] == [
        (("optimisation",), ("optimisation",)),
        (("statistical",), ("statistical",)),
        (("noise drift",), ("network error",)),
        (("heterogeneity drift",), ()),
    ]
    assert [row.ratio for row in rows[:2]] == [1, 1]
    assert sp.simplify(rows[2].ratio - 2 * (1 - 1 / M)) == 0
    assert rows[3].ratio is None


def test_every_term_is_in_one_row():
    for right in (MINIBATCH, AGREEING, *TUNED):
        rows = aligned(LOCAL, right)
        assert sorted(name for row in rows for name in row.left) == sorted(
            term.name for term in LOCAL.terms
        )
        assert sum(len(row.right) for row in rows) == len(right.terms)


def test_a_certificate_says_which_is_less():
    assert certified(*TUNED) == "left"
    assert certified(*reversed(TUNED)) == "right"
    assert certified(LOCAL, LOCAL) == "equal"
    assert certified(LOCAL, scaled(LOCAL, 2)) == "left"
    assert certified(LOCAL, MINIBATCH) is None  # at one step size either may be less


def test_numbers_agree_with_what_is_certified():
    [found] = numbers(*TUNED, points=200)
    assert found.share == 1
    assert found.points == 200
    assert found.ratios[2] <= 1
    shared, best = numbers(LOCAL, scaled(LOCAL, sp.Rational(3, 2)), points=100)
    assert (shared.step_size, best.step_size) == ("shared", "best")
    assert shared.ratios == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert best.ratios == pytest.approx((2 / 3, 2 / 3, 2 / 3))


def test_the_seed_decides_the_numbers():
    one, same, other = (numbers(LOCAL, MINIBATCH, points=50, seed=seed) for seed in (1, 1, 2))
    assert one == same != other


def test_a_corollary_is_held_against_the_best_of_the_other():
    [found] = numbers(MINIBATCH, TUNED[0], points=100)
    assert found.step_size == "best"
    assert 0.5 <= found.ratios[0] <= found.ratios[2] <= 1 + 1e-9


def test_what_has_another_unit_is_not_compared():
    convex = catalogue.lookup("minibatch_sgd.convex")
    assert numbers(LOCAL, convex) == []
    assert certified(LOCAL, convex) is None
    assert "the measures have different units" in caution(LOCAL, convex)


def test_cautions_are_given():
    assert caution(LOCAL, AGREEING) == []
    assert "the report points differ" in caution(LOCAL, MINIBATCH)
    refuted = catalogue.lookup("dq_sgd.nonconvex.as_read")
    assert "dq_sgd.nonconvex.as_read is refuted" in caution(LOCAL, refuted)
    lower = catalogue.lookup("any.nonconvex.lower")
    assert "one is upper, the other lower" in caution(LOCAL, lower)
    assert any("constants are hidden" in text for text in caution(LOCAL, lower))


def test_of_two_papers_those_on_one_method_meet():
    left = catalogue.named("koloskova2020unified")
    right = catalogue.named("wang2021cooperative")
    found = pairs(left, right)
    assert (LOCAL, AGREEING) in found
    assert all(ours.algorithm == theirs.algorithm for ours, theirs in found)
    alike = pairs([LOCAL], [MINIBATCH, catalogue.lookup("minibatch_sgd.convex")])
    assert alike == [(LOCAL, MINIBATCH)]  # no method in common: one quantity
    with pytest.raises(ValueError, match="no two of these bounds"):
        pairs([LOCAL], [catalogue.lookup("minibatch_sgd.convex")] * 2)


def test_a_difference_is_plain_data():
    row = difference_as_json(LOCAL, AGREEING)
    assert row["left"]["key"] == "local_sgd.nonconvex"
    assert row["assumptions"]["right"] == ["HOMOGENEOUS"]
    assert row["aligned_terms"][0]["powers"]["step_size"] == "-1"
    assert [item["step_sizes"] for item in row["numbers"]] == ["shared", "best"]
