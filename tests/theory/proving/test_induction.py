"""Induction needs a start, a step onward to the same claim, and symbols kept apart."""

from dataclasses import replace

import pytest
import sympy as sp

from theory.proving.certificates import scalar
from theory.proving.induction import Induction
from theory.proving.inferences import Combination
from theory.proving.proof import Proof, proved
from theory.proving.steps import Hypothesis

n = sp.Symbol("n", integer=True, nonnegative=True)
now, after, growth = scalar("a_n"), scalar("a_n+1"), scalar("c")
ZERO = sp.Integer(0)

GROWS = Hypothesis("growth", "a grows by at most c", now + growth - after)
SUPPOSED = Hypothesis("so far", "a_n <= c n", growth * n - now)
ONWARD = Combination("onward", "and c more", growth * (n + 1) - after, ((1, GROWS), (1, SUPPOSED)))
LINEAR = Induction("linear", "a_n <= c n", SUPPOSED, ONWARD, n, ((now, ZERO),), ((now, after),))


def test_what_grows_by_c_a_step_is_at_most_c_n() -> None:
    assert LINEAR.flaw() is None
    assert LINEAR.hypotheses == {GROWS}
    assert LINEAR.gap == growth * n - now
    assert proved(Proof("linear", "", (GROWS, SUPPOSED, ONWARD, LINEAR), (LINEAR,)))
    assert "from n on to n + 1" in LINEAR.how


def test_the_step_onward_alone_still_supposes_the_claim() -> None:
    assert SUPPOSED in ONWARD.hypotheses


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"initial": ((now, sp.Integer(1)),)}, "at n = 0"),
        ({"following": ((now, now),)}, "speaks of what follows"),
        ({"following": ((now, growth),)}, "speaks of what follows"),
        ({"following": ((now, after + 1),)}, "no symbol of its own"),
        ({"following": ()}, "no value at 0"),
        ({"initial": ()}, "no value at 0"),
        ({"onward": replace(ONWARD, shown=growth * (n + 2) - after)}, "is not the claim"),
    ],
)
def test_what_is_no_induction_is_refused(changes, reason) -> None:
    assert reason in (replace(LINEAR, **changes).flaw() or "")


def test_a_claim_that_fails_at_the_next_is_not_shown() -> None:
    small = Combination(
        "onward", "too little", growth * (n + 1) - after - 1, ((1, GROWS), (1, SUPPOSED))
    )
    assert small.flaw() is not None


def test_an_index_that_starts_at_1_has_no_start_at_0() -> None:
    m = sp.Symbol("m", integer=True, positive=True)
    supposed = Hypothesis("so far", "a_m <= c m", growth * m - now)
    onward = Combination(
        "onward", "and c more", growth * (m + 1) - after, ((1, GROWS), (1, supposed))
    )
    counted = replace(LINEAR, supposed=supposed, onward=onward, index=m)
    assert "does not count 0, 1, 2" in (counted.flaw() or "")


def test_what_the_step_onward_supposes_does_not_depend_on_the_index() -> None:
    late = Hypothesis("late", "from 3 on alone", (n - 3) + now + growth - after)
    enough = Combination(
        "enough", "so", growth * (n + 1) - after + n - 3, ((1, late), (1, SUPPOSED))
    )
    onward = replace(ONWARD, shown=growth * (n + 1) - after, parts=((1, enough), (1, GROWS)))
    assert "may not hold at every n" in (replace(LINEAR, onward=onward).flaw() or "")
