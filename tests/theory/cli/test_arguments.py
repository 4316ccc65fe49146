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
    "text",
    [
        "",
        "much",
        "1:2",
        "1:2:log1",
        "0:4:log2",
        "1:2:3:4",
        "4:1:log2",
        "1:2:99999999",
        "1:2:log1.00000001",
    ],
)
def test_what_is_no_number_shows_the_forms(text):
    with pytest.raises(ValueError, match="must be a number or a range: 3, or 1,2,5"):
        numbers("x", text)


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
