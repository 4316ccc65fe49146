"""The count sketch: a linear map of vectors to r rows of c numbers, with estimates from them.

Every row puts every coordinate into one of its c buckets with a sign; a bucket holds the sum. The
estimate of a coordinate from its bucket is wrong by the other coordinates that share the bucket,
and the median over the rows is wrong by more than tau |x| with a probability that falls
exponentially in r.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from empirical.field_ranges import check_whole
from empirical.kernels.median import median
from empirical.kernels.ordered_sum import row_sum
from empirical.kernels.sketch_hashes import Hashes, Signs, hashes

_TILE = 1 << 16
"""Numbers of a vector handled at once on a CPU: they and the scratch fit the second-level cache."""

_ELSEWHERE = 1 << 22
"""The block size on other devices, where every call costs more."""

_LONG = 8192
"""Columns from which blocks are handled one by one; shorter ones are moved many at a time."""


@dataclass(frozen=True)
class Sketch:
    r"""The linear map of vectors (d,) to tables (r, c), and estimates from a table.

    x is cut into blocks of c coordinates. Row q adds block j, moved cyclically by shift[q, j], with
    the sign block_sign[q, j] offset_sign[q, o] for the coordinate at place o of the block. Two
    coordinates of one block never share a bucket, two of different blocks do with probability 1 / c
    exactly, and the signs of any two are independent; so for any x, over the hashes,

        E x^_i = x_i,    Var x^_i <= (|x|^2 - x_i^2) / c           of one row,
        P[|median x^_i - x_i| > tau |x|] <= P[Bin(r, 1 / (c tau^2)) >= (r + 1) / 2],
        E sum_b S_qb^2 = |x|^2,    Var sum_b S_qb^2 <= V |x|^4 / c,

    where V = 2 with `four_wise`, else 4, since offset signs repeat from block to block and whole
    blocks can coincide with one sign. If c >= d no two coordinates share a bucket, and all
    estimates are exact. No hash is stored per coordinate. Errors of neighbours in a block are
    dependent.

    Attributes:
        size: d, the dimension of the vectors, >= 0.
        rows: r, odd, so that the median is one of the estimates and odd in x; >= 1.
        columns: c, >= 1.
        seed: seed of the hashes, >= 0; on every machine they depend on seed, draw, d, r, c and
            `four_wise` alone.
        draw: number of the sketch among independent ones of that seed, >= 0.
        four_wise: signs from a polynomial of degree 3 a row, independent for any four coordinates;
            much slower.

    Raises:
        ValueError: an attribute is out of its range.

    Source: charikar2002frequent, Section 3, with shifts of blocks for the bucket hash; the bounds
        on errors are derived here.
    """

    size: int
    rows: int
    columns: int
    seed: int = 0
    draw: int = 0
    four_wise: bool = False

    def __post_init__(self) -> None:
        check_shape(self.rows, self.columns)
        check_whole(self, 0, "size", "seed", "draw")

    @property
    def cells(self) -> int:
        """The count of numbers in a table, r c."""
        return self.rows * self.columns

    @property
    def hashes(self) -> Hashes:
        """The bucket and the sign of every coordinate in every row."""
        key = (self.size, self.rows, self.columns, self.seed, self.draw)
        return hashes(*key, four_wise=self.four_wise)

    def accumulate(self, vectors: Tensor) -> Tensor:
        """Returns the tables of vectors, (*leading, d) -> (*leading, r, c), in their number format.

        The table of a vector does not depend on which other vectors share the tensor.

        Raises:
            ValueError: the last axis is not d.
        """
        if vectors.shape[-1] != self.size:
            raise ValueError(f"vectors of {vectors.shape[-1]} numbers must have size={self.size}")
        leading = vectors.shape[:-1]
        flat = _working(vectors).reshape(leading.numel(), self.size)
        tables = flat.new_zeros(leading.numel(), self.rows, self.columns)
        work = _Work(self, flat)
        for part in work.parts:
            work.accumulate(flat[part], tables[part])
        return tables.reshape(*leading, self.rows, self.columns).to(vectors.dtype)

    def query(self, tables: Tensor) -> Tensor:
        """Returns estimates of all coordinates, (*leading, r, c) -> (*leading, d): row medians.

        Raises:
            ValueError: a table is not of r rows and c columns.
        """
        leading = self._leading(tables)
        flat = _working(tables).reshape(leading.numel(), self.rows, self.columns)
        found = flat.new_empty(leading.numel(), self.size)
        work = _Work(self, flat)
        for part in work.parts:
            work.query(flat[part], found[part])
        return found.reshape(*leading, self.size).to(tables.dtype)

    def query_at(self, tables: Tensor, coordinates: Tensor) -> Tensor:
        """Returns estimates of some coordinates, (*leading, r, c), (*leading, k) -> (*leading, k).

        Raises:
            ValueError: a table is not of r rows and c columns.
        """
        self._leading(tables)
        signs = Signs(self.hashes, self.columns, tables)
        shifts = torch.from_numpy(self.hashes.shifts).to(tables.device)
        blocks, offsets = coordinates // self.columns, coordinates % self.columns
        estimates = []
        for row in range(self.rows):
            buckets = (offsets + shifts[row][blocks]) % self.columns
            found = tables[..., row, :].gather(-1, buckets)
            estimates.append(found * signs.at(row, coordinates))
        return median(estimates)

    def norm(self, tables: Tensor) -> Tensor:
        """Returns estimates of |x|, (*leading, r, c) -> (*leading,).

        An estimate is the median over rows of the root of the row's sum of squares. Tables are
        scaled by a power of two first, so that no square overflows or vanishes.

        Raises:
            ValueError: a table is not of r rows and c columns.
        """
        self._leading(tables)
        numbers = _working(tables)
        largest = numbers.abs().amax((-2, -1), keepdim=True)
        usual = largest.isfinite() & (largest > 0)
        exponent = torch.frexp(largest.where(usual, torch.ones_like(largest))).exponent
        limit = (
            100 if numbers.dtype == torch.float32 else 1000
        )  # powers that are numbers themselves
        exponent = exponent.clamp(-limit, limit)
        scaled = torch.ldexp(numbers, -exponent)
        norms = torch.ldexp(row_sum(scaled, torch.square).sqrt(), exponent.squeeze(-1))
        return median(list(norms.unbind(-1))).to(tables.dtype)

    def _leading(self, tables: Tensor) -> torch.Size:
        if tables.shape[-2:] != (self.rows, self.columns):
            raise ValueError(
                f"a table of {tuple(tables.shape[-2:])} must have rows={self.rows} and "
                f"columns={self.columns}"
            )
        return tables.shape[:-2]


def check_shape(rows: int, columns: int) -> None:
    """Raises ValueError unless the rows are odd and >= 1 and the columns >= 1."""
    if rows < 1 or rows % 2 == 0:
        raise ValueError(
            f"rows={rows} must be odd and >= 1: the median of an even number of rows is biased"
        )
    if columns < 1:
        raise ValueError(f"columns={columns} must be >= 1")


def _working(numbers: Tensor) -> Tensor:
    """Returns numbers in the format of the sums: float32 for formats of 16 bits."""
    wide = numbers.dtype.itemsize > 2
    return numbers.detach() if wide else numbers.detach().float()


class _Work:
    """Both directions of a sketch for vectors or tables of one format, on one device.

    A row of a table is doubled, so that a block which is moved cyclically stays in one piece.
    """

    def __init__(self, sketch: Sketch, like: Tensor) -> None:
        self._size, self._rows, self._columns = sketch.size, sketch.rows, sketch.columns
        self._signs = Signs(sketch.hashes, sketch.columns, like)
        self._by_slices = sketch.columns >= _LONG
        self._shifts = torch.from_numpy(sketch.hashes.shifts).to(like.device)
        self._moves = sketch.hashes.shifts.tolist() if self._by_slices else []
        cached = like.device.type == "cpu"
        self._tile = min(_TILE if cached else _ELSEWHERE, sketch.columns)
        blocks = -(-sketch.size // sketch.columns)
        room = 2 * _TILE if cached else _ELSEWHERE
        self._together = max(1, min(room // sketch.columns, blocks))
        at_once = self._tile if self._by_slices else self._together * sketch.columns
        self._group = max(1, room // at_once)
        self.parts = [
            slice(first, first + self._group) for first in range(0, len(like), self._group)
        ]

    def accumulate(self, vectors: Tensor, tables: Tensor) -> None:
        """Fills zero tables (n, r, c) from vectors (n, d)."""
        if self._by_slices:
            self._accumulate_slices(vectors, tables)
        else:
            self._accumulate_blocks(vectors, tables)

    def query(self, tables: Tensor, found: Tensor) -> None:
        """Fills estimates (n, d) from tables (n, r, c)."""
        doubled = torch.cat([tables, tables], dim=-1)
        if self._by_slices:
            self._query_slices(doubled, found)
        else:
            self._query_blocks(doubled, found)

    def _tiles(self) -> Iterator[tuple[int, int, int, int]]:
        """Yields start and stop in the vector, the number of the block, and the start in it."""
        for block, first in enumerate(range(0, self._size, self._columns)):
            last = min(first + self._columns, self._size)
            for start in range(first, last, self._tile):
                yield start, min(start + self._tile, last), block, start - first

    def _accumulate_slices(self, vectors: Tensor, tables: Tensor) -> None:
        doubled = tables.new_zeros(len(tables), self._rows, 2 * self._columns)
        for start, stop, block, place in self._tiles():
            part, length = vectors[:, start:stop], stop - start
            for row in range(self._rows):
                goal = self._moves[row][block] + place
                signs = self._signs.within(row, block, place, place + length)
                doubled[:, row, goal : goal + length].addcmul_(part, signs)
        torch.add(doubled[..., : self._columns], doubled[..., self._columns :], out=tables)

    def _query_slices(self, doubled: Tensor, found: Tensor) -> None:
        scratch = found.new_empty(self._rows + 1, len(found), self._tile)
        for start, stop, block, place in self._tiles():
            length = stop - start
            *rows, spare = scratch[..., :length].unbind(0)
            for row, estimates in enumerate(rows):
                source = self._moves[row][block] + place
                signs = self._signs.within(row, block, place, place + length)
                torch.mul(doubled[:, row, source : source + length], signs, out=estimates)
            median(rows, spare, out=found[:, start:stop])

    def _batches(self) -> Iterator[tuple[int, int]]:
        """Yields first and last of the blocks that are handled together."""
        blocks = self._shifts.shape[1]
        for first in range(0, blocks, self._together):
            yield first, min(first + self._together, blocks)

    def _accumulate_blocks(self, vectors: Tensor, tables: Tensor) -> None:
        c = self._columns
        for first, last in self._batches():
            part = vectors[:, first * c : last * c]
            part = pad(part, (0, (last - first) * c - part.shape[1])).unflatten(1, (-1, c))
            doubled = part.new_empty(*part.shape[:2], 2 * c)
            each = torch.arange(last - first, device=part.device)
            for row in range(self._rows):
                torch.mul(part, self._signs.across(row, first, last), out=doubled[..., :c])
                doubled[..., c:] = doubled[..., :c]
                # The window of a doubled block from c - shift on is the block moved by shift.
                moved = doubled.unfold(-1, c, 1)[:, each, c - self._shifts[row, first:last]]
                tables[:, row] += _folded(moved)

    def _query_blocks(self, doubled: Tensor, found: Tensor) -> None:
        c = self._columns
        sources = doubled.unfold(-1, c, 1)
        for first, last in self._batches():
            rows = []
            for row in range(self._rows):
                estimates = sources[:, row][:, self._shifts[row, first:last]]
                rows.append(estimates.mul_(self._signs.across(row, first, last)))
            part = found[:, first * c : last * c]
            part.copy_(median(rows).flatten(1)[:, : part.shape[1]])


def _folded(terms: Tensor) -> Tensor:
    """Returns the sum over axis 1, in an order fixed by its length alone; overwrites the terms."""
    count = terms.shape[1]
    while count > 1:
        half = count // 2
        terms[:, :half] += terms[:, count - half : count]
        count -= half
    return terms[:, 0]
