r"""How large a count sketch must be to recover heavy coordinates, with explicit constants.

Take a vector x of d coordinates and a sketch of r rows and c columns. The error of the estimate of
a coordinate from one row has variance at most |x|^2 / c, and is symmetric about 0 where the sign of
its block is an independent fair coin. So a row errs upwards by more than tau |x| with probability
at most p / 2, p = 1 / (c tau^2), by Chebyshev's inequality. The median of the rows does so only if
(r + 1) / 2 of the r rows do, and any of d medians errs in either direction with at most 2 d times
that probability. Without symmetry it is d times the same probability with p in place of p / 2.

HEAVYMIX, which keeps k coordinates, those with estimates x^_i^2 >= l^2 / k first, needs:

    |x^_i - x_i| <= (sqrt(3) - sqrt(2)) / 2 |x| / sqrt(k)   for all i,   and   l^2 >= (3/4) |x|^2.

Then every coordinate that passes the threshold has x_i^2 >= |x|^2 / (2 k), and filling up to k at
random gives a contraction: E|x - x~|^2 <= (1 - k/d) |x|^2 for k <= d/2.

Source: ivkin2019sketched, Lemma 1, as read, whose constants do not give these premises; the
constants here are derived.
"""

from __future__ import annotations

from math import log, sqrt
from typing import NamedTuple

from scipy.special import betainc

TOLERANCE = (sqrt(3) - sqrt(2)) / 2
"""The error that an estimate may have, in units of |x| / sqrt(k): 0.1589."""


class SketchSize(NamedTuple):
    """The size of a count sketch.

    Attributes:
        rows: r, number of independent hash functions; odd.
        columns: c, number of buckets of each row.
    """

    rows: int
    columns: int

    @property
    def cells(self) -> int:
        """The numbers in the table of the sketch, rows times columns."""
        return self.rows * self.columns


def median_failure(rows: int, row_failure: float) -> float:
    """Returns P[Bin(r, p) >= (r + 1) / 2], the probability that the median of r rows fails.

    Args:
        rows: r, odd.
        row_failure: p, the probability that a single row fails; taken as 1 above 1.
    """
    half = (rows + 1) / 2
    # The tail of a binomial is a regularised incomplete beta function of p.
    return float(betainc(half, half, min(row_failure, 1.0)))


def recovery_failure(
    size: int, kept: int, rows: int, columns: int, *, four_wise: bool = False
) -> float:
    """Returns an upper bound on the probability that the premises fail, for one vector.

    The premises are those at the top of this file; hashes are drawn anew for the vector. For
    c >= d the bound is 0.

    Args:
        size: d, number of coordinates.
        kept: k, >= 1.
        rows: r, odd.
        columns: c.
        four_wise: whether signs are values of polynomials, so that the energies of rows vary less
            but errors need not be symmetric.
    """
    return 0.0 if columns >= size else _failure(size, kept, rows, columns, four_wise)


def sketch_size_for(
    size: int, kept: int, failure: float, *, num_rounds: int = 1, four_wise: bool = False
) -> SketchSize:
    """Returns the smallest sketch for which Lemma 1 holds in all rounds, but for a rare failure.

    The hashes must be drawn anew in every round, or the vectors be independent of them. A result of
    d cells or more is of no use: the vector itself is shorter, and one row of d columns is exact.

    Args:
        size: d, number of coordinates, >= 1.
        kept: k, in [1, d].
        failure: delta', the probability that the premises fail in some round; in (0, 1).
        num_rounds: T, >= 1.
        four_wise: whether signs are values of polynomials.

    Returns:
        The odd number of rows and the columns with the fewest cells.

    Raises:
        ValueError: an argument is out of its range.
    """
    if not 1 <= kept <= size:
        raise ValueError(f"kept={kept} must lie in [1, size={size}]")
    if not 0 < failure < 1:
        raise ValueError(f"failure={failure} must lie in (0, 1)")
    if num_rounds < 1:
        raise ValueError(f"num_rounds={num_rounds} must be >= 1")
    wanted = failure / num_rounds  # a union bound over the rounds
    sizes = []
    for rows in range(1, _most_rows(size, wanted), 2):
        # The fewest columns for these rows: doubling, then bisection. Not recovery_failure, which
        # jumps to 0 at c = d.
        low, high = 0, 1
        while _failure(size, kept, rows, high, four_wise) > wanted:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            enough = _failure(size, kept, rows, middle, four_wise) <= wanted
            low, high = (low, middle) if enough else (middle, high)
        sizes.append(SketchSize(rows, high))
    return min(sizes, key=lambda item: item.cells)


def _failure(size: int, kept: int, rows: int, columns: int, four_wise: bool) -> float:
    chance = kept / (columns * TOLERANCE**2)
    one, ways = (chance, 1) if four_wise else (chance / 2, 2)
    off = ways * size * median_failure(rows, one)
    variance = (2 if four_wise else 4) / columns  # of a row's energy, in units of |x|^4
    low = variance / (variance + 1 / 16)  # below 3/4 of its mean, by Cantelli's inequality
    return min(1.0, off + median_failure(rows, low))


def _most_rows(size: int, failure: float) -> int:
    """Returns a number of rows above the best one, which is about 2 ln(d / delta')."""
    return 8 + int(4 * log(2 * size / failure))
