from itertools import pairwise
from math import ceil, comb, log, sqrt

import numpy as np
import pytest

from theory.costs.sketch_size import TOLERANCE, median_failure, recovery_failure, sketch_size_for


@pytest.mark.parametrize("rows", [1, 3, 5, 9])
@pytest.mark.parametrize("chance", [0.0, 0.1, 0.37, 1.0])
def test_the_tail_is_the_binomial_sum(rows, chance):
    half = (rows + 1) // 2
    terms = [comb(rows, n) * chance**n * (1 - chance) ** (rows - n) for n in range(half, rows + 1)]
    assert median_failure(rows, chance) == pytest.approx(sum(terms), rel=1e-13)
    assert median_failure(rows, chance) <= (4 * chance * (1 - chance)) ** (rows / 2) or chance > 0.5


def test_the_tolerance_gives_the_premise():
    """Whoever passes at the lowest admissible norm has at least half an equal share."""
    least = sqrt(3 / 4) - TOLERANCE
    assert least**2 == pytest.approx(1 / 2, rel=1e-12)


@pytest.mark.parametrize("four_wise", [False, True])
@pytest.mark.parametrize(("size", "kept"), [(10**6, 50), (10**7, 2000)])
def test_the_size_is_enough_and_one_column_less_is_not(size, kept, four_wise):
    rows, columns = sketch_size_for(size, kept, 0.01, num_rounds=10, four_wise=four_wise)
    assert rows % 2 == 1
    assert columns < size
    assert recovery_failure(size, kept, rows, columns, four_wise=four_wise) <= 0.001
    assert recovery_failure(size, kept, rows, columns - 1, four_wise=four_wise) > 0.001


@pytest.mark.parametrize("rows", [1, 5, 11, 31, 61])
def test_no_other_number_of_rows_needs_fewer_cells(rows):
    size, kept = 10**7, 20
    found = sketch_size_for(size, kept, 0.01)
    columns = (found.cells - 1) // rows
    assert recovery_failure(size, kept, rows, columns) > 0.01
    assert found.cells < size


@pytest.mark.parametrize(
    ("size", "kept", "cells", "times"),
    [(6_500_000, 50_000, 3.5e8, 53), (90_000_000, 100_000, 7.9e8, 8)],
)
def test_the_guarantee_is_vacuous_where_the_paper_ran(size, kept, cells, times):
    """Some 50 and 9 times the vector itself, at 1 % failure in one round; the runs sent 1/40."""
    found = sketch_size_for(size, kept, 0.01)
    assert found.cells == pytest.approx(cells, rel=0.02)
    assert times * size < found.cells
    rule = 8 / TOLERANCE**2 * kept * ceil(2.42 * log(size / 0.01))
    assert found.cells < rule  # symmetry of the errors saves half of it


def test_exact_tables_never_fail():
    assert recovery_failure(100, 5, 1, 100) == 0
    assert recovery_failure(100, 5, 1, 99) == 1


def test_failures_grow_as_they_must():
    chances = [recovery_failure(1000, 10, 9, c) for c in np.arange(100, 999, 50).tolist()]
    assert all(left >= right for left, right in pairwise(chances))
    assert recovery_failure(10**6, 10, 21, 3000) <= recovery_failure(10**6, 20, 21, 3000)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((10, 0, 0.1), "kept=0 must lie in"),
        ((10, 11, 0.1), "kept=11 must lie in"),
        ((10, 2, 0.0), "failure=0.0 must lie in"),
        ((10, 2, 1.0), "failure=1.0 must lie in"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        sketch_size_for(*arguments)
    with pytest.raises(ValueError, match="num_rounds=0 must be"):
        sketch_size_for(10, 2, 0.1, num_rounds=0)
