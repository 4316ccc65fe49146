import math
from types import SimpleNamespace

import numpy as np
import pytest

from empirical.field_ranges import check_curvature, check_known, check_whole, check_within


def owner(value, **more):
    return SimpleNamespace(field=value, **more)


@pytest.mark.parametrize(
    ("interval", "good", "bad"),
    [
        ("[0, 1)", (0, 0.5), (-0.1, 1, math.nan, math.inf)),
        ("(0, 1]", (0.5, 1), (0, 1.1, math.nan)),
        ("(0, inf)", (1e-300, 1e300), (0, -1, math.inf, math.nan)),
        ("[0, inf)", (0, 1e300), (-1e-300, math.inf, math.nan)),
        ("(-2, 2)", (-1.9, 0), (-2, 2)),
    ],
)
def test_intervals_have_open_and_closed_ends(interval, good, bad):
    for value in good:
        check_within(owner(value), interval, "field")
    for value in bad:
        with pytest.raises(ValueError, match=rf"^field={value} must "):
            check_within(owner(value), interval, "field")


@pytest.mark.parametrize(
    ("interval", "message"),
    [
        ("[0, 1)", r"field=-1 must be a number in \[0, 1\)$"),
        ("(0, inf)", "field=-1 must be a number > 0$"),
        ("[1, inf)", "field=-1 must be a number >= 1$"),
    ],
)
def test_the_message_says_what_is_allowed(interval, message):
    with pytest.raises(ValueError, match=message):
        check_within(owner(-1), interval, "field")


@pytest.mark.parametrize("value", [1, 5, np.int64(3), 2.0])
def test_whole_numbers_pass(value):
    check_whole(owner(value), 1, "field")


@pytest.mark.parametrize("value", [0, -3, 1.5, math.nan, "3", None])
def test_what_is_no_whole_number_or_too_small_is_refused(value):
    with pytest.raises(ValueError, match=rf"^field={value} must be a whole number >= 1$"):
        check_whole(owner(value), 1, "field")


def test_none_passes_where_a_field_is_optional():
    check_whole(owner(None), 1, "field", optional=True)
    check_within(owner(None), "[0, 1]", "field", optional=True)
    with pytest.raises(ValueError, match=r"must be a whole number >= 1, or none$"):
        check_whole(owner(0), 1, "field", optional=True)


def test_fields_of_the_glossary_have_its_ranges():
    check_known(SimpleNamespace(smoothness=1.0, local_steps=3), "smoothness", "local_steps")
    with pytest.raises(ValueError, match="local_steps"):
        check_known(SimpleNamespace(smoothness=1.0, local_steps=0), "smoothness", "local_steps")


def test_curvatures_lie_within_the_smoothness():
    for value in (-2.0, 0.0, 2.0):
        check_curvature(owner(value, smoothness=2.0), "field")
    for value, below in ((-2.1, False), (2.1, False), (2.0, True), (math.nan, False)):
        with pytest.raises(ValueError, match=r"must lie in \[-smoothness, smoothness=2"):
            check_curvature(owner(value, smoothness=2.0), "field", below=below)
