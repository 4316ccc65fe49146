import math

import numpy as np
import pytest

from theory.notation.ranges import Range


@pytest.mark.parametrize(
    ("interval", "found"),
    [
        ("[0, 1)", Range(0, 1, open_high=True)),
        ("(0, 1]", Range(0, 1, open_low=True)),
        ("(0, inf)", Range(0, math.inf, open_low=True, open_high=True)),
        ("(-2, 2e3)", Range(-2, 2000, open_low=True, open_high=True)),
    ],
)
def test_an_interval_is_read_as_it_is_written(interval, found):
    assert Range.of(interval) == found


@pytest.mark.parametrize("text", ["[0, 1", "0, 1", "[0,1)", "[zero, 1)", ""])
def test_what_is_no_interval_is_refused(text):
    with pytest.raises(ValueError, match=r"must be such as|could not convert"):
        Range.of(text)


def test_a_whole_number_may_be_a_float():
    assert Range.of("[1, 5]", integer=True).check("k", 2.0) == 2
    with pytest.raises(ValueError, match=r"^k=2.5 must be a whole number in \[1, 5\]$"):
        Range.of("[1, 5]", integer=True).check("k", 2.5)


def test_of_an_array_the_first_bad_number_is_named():
    with pytest.raises(ValueError, match=r"^k=-1 must be a number >= 0$"):
        Range().check("k", np.array([3, -1, -2]))


@pytest.mark.parametrize("value", [math.inf, math.nan, "two", None])
def test_what_is_not_finite_or_no_number_is_refused(value):
    with pytest.raises(ValueError, match=r"^k=.* must be a number >= 0$"):
        Range().check("k", value)
