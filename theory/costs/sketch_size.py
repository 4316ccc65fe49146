r"""How large a count sketch must be to recover heavy coordinates, with explicit constants.

For a vector x of d coordinates, r rows and c columns, the estimate of a coordinate from one row is
off with variance at most |x|^2 / c, and symmetrically about 0 where the sign of its block is a coin
of its own. So a row is off upwards by more than tau |x| with probability at most p / 2, with
p = 1 / (c tau^2), the median with that of (r + 1) / 2 successes or more in r trials, and any of d
medians in either direction with 2 d times that. Without symmetry it is d times the same with p.

What HEAVYMIX needs of it, with k kept and thresholds x^_i^2 >= l^2 / k:

    |x^_i - x_i| <= (sqrt(3) - sqrt(2)) / 2 |x| / sqrt(k)   for all i,   and   l^2 >= (3/4) |x|^2.

Then every coordinate that passes has x_i^2 >= |x|^2 / (2 k), and filling up to k at random
contracts: E|x - x~|^2 <= (1 - k/d) |x|^2 for k <= d/2.

Source: ivkin2019sketched, Lemma 1, as read, whose constants do not give these premises; these are
derived.
"""

from __future__ import annotations

from math import log, sqrt
from typing import NamedTuple

from scipy.special import betainc

TOLERANCE = (sqrt(3) - sqrt(2)) / 2
"""Error of an estimate that is allowed, in units of |x| / sqrt(k): 0.1589."""


class SketchSize(NamedTuple):
    """Rows and columns of a count sketch."""

    rows: int
    columns: int

    @property
    def cells(self) -> int:
        """Numbers in a table."""
        return self.rows * self.columns


def median_failure(rows: int, row_failure: float) -> float:
    """P[Bin(r, p) >= (r + 1) / 2]: how often the median of r rows fails where a row does with p.

    Args:
        rows: r, odd.
        row_failure: p.
    """
    half = (rows + 1) / 2
    return float(betainc(half, half, min(row_failure, 1.0)))


def recovery_failure(
    size: int, kept: int, rows: int, columns: int, *, four_wise: bool = False
) -> float:
    """At most how often the premises above fail for one vector and fresh hashes; 0 for c >= d.

    Args:
        size: d.
        kept: k, >= 1.
        rows: r, odd.
        columns: c.
        four_wise: signs are values of polynomials: energies vary less, errors need not be
            symmetric.
    """
    return 0.0 if columns >= size else _failure(size, kept, rows, columns, four_wise)


def sketch_size_for(
    size: int, kept: int, failure: float, *, num_rounds: int = 1, four_wise: bool = False
) -> SketchSize:
    """The fewest cells with which chance makes Lemma 1 hold in all rounds, but for a rare failure.

    Hashes must be fresh in every round, or the vectors independent of them. Where it is d cells or
    more the guarantee is vacuous: the vector itself is shorter, and one row of d columns is exact.

    Args:
        size: d, >= 1.
        kept: k, in [1, d].
        failure: delta', of the premises in some round; in (0, 1).
        num_rounds: T, >= 1.
        four_wise: signs are values of polynomials.

    Raises:
        ValueError: an argument is out of its range.
    """
    if not 1 <= kept <= size:
        raise ValueError(f"kept={kept} must lie in [1, size={size}]")
    if not 0 < failure < 1:
        raise ValueError(f"failure={failure} must lie in (0, 1)")
    if num_rounds < 1:
        raise ValueError(f"num_rounds={num_rounds} must be >= 1")
    wanted = failure / num_rounds
    sizes = []
    for rows in range(1, _most_rows(size, wanted), 2):
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
    """More rows than are ever best, which is some 2 ln(d / delta')."""
    return 8 + int(4 * log(2 * size / failure))
