import numpy as np
import pytest

from theory.cli.arguments import grid, numbers, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", [3]),
        ("1,2,5", [1, 2, 5]),
        ("1:64:log2", [1, 2, 4, 8, 16, 32, 64]),
        ("1:100:log10", [1, 10, 100]),
        ("0.5:1:3", [0.5, 0.75, 1]),
        ("3:20:log2", [3, 6, 12]),
    ],
)
def test_numbers(text, expected):
    np.testing.assert_allclose(numbers("x", text), expected, rtol=1e-12)


def test_a_logarithmic_range_of_a_whole_quantity_is_whole():
    assert numbers("local_steps", "1:10:log1.5").tolist() == [1, 2, 3, 5, 8]
    assert numbers("step_size", "1:2:log1.5").tolist() == [1, 1.5]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "the value '' is no number"),
        ("much", "the value 'much' is no number"),
        ("1,x,3", "the value 'x' is no number"),
        ("1:2", "a range has three parts, LOW:HIGH:COUNT, and this has 2"),
        ("1:2:3:4", "and this has 4"),
        ("a:2:3", "the low end 'a' is no number"),
        ("1::3", "the high end '' is no number"),
        ("1:inf:3", "both ends of a range must be finite"),
        ("1:2:x", "its third part 'x' must be a whole number from 1 to 1e+07, or logBASE"),
        ("1:2:0", "its third part '0' must be"),
        ("1:2:99999999", "its third part '99999999' must be"),
        ("1:2:log1", "its third part 'log1' must have a base above 1"),
        ("1:2:logx", "the base of log 'x' is no number"),
        ("0:4:log2", "powers must start above 0 and not end below, 0 to 4"),
        ("4:1:log2", "powers must start above 0 and not end below, 4 to 1"),
        ("1:2:log1.00000001", "values, more than 1e+07"),
    ],
)
def test_what_is_no_number_shows_the_forms_and_the_part_that_is_wrong(text, part):
    with pytest.raises(ValueError, match="must be a number or a range: 3, or 1,2,5") as caught:
        numbers("x", text)
    assert part in str(caught.value)


def test_parse_refuses_what_is_no_assignment_and_repetition():
    assert parse(["a=1", "b=x=y"]) == {"a": "1", "b": "x=y"}
    with pytest.raises(ValueError, match="'a' must be NAME=VALUE"):
        parse(["a"])
    with pytest.raises(ValueError, match="a is given twice: 1 and 2"):
        parse(["a=1", "a=2"])


def test_the_last_name_runs_fastest():
    points = grid({"a": np.array([1, 2]), "b": np.array([5, 6, 7])})
    assert points["a"].tolist() == [1, 1, 1, 2, 2, 2]
    assert points["b"].tolist() == [5, 6, 7, 5, 6, 7]
