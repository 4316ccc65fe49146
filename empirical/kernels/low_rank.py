"""Vectors seen as matrices, and their projections on few directions.

A vector (d,) is a matrix A of n rows and m columns, row by row, filled up with zeros. Its factors
are kept as rows: `left` (r, n), orthonormal, and `right` (r, m); the matrix that they stand for is
left^T right, and with right = left A it is the projection of A on the span of left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isqrt

import numpy as np
import torch
from torch import Tensor

_ALIGNED = 64
"""Bytes: what a matrix product rounds to may depend on where in memory its factors begin."""


@dataclass(frozen=True)
class Matrices:
    """How vectors of d coordinates are seen.

    Attributes:
        size: d, >= 0.
        rank: of what is sent, >= 1; never more than a matrix has.
        rows: n; 0 for the whole number next above sqrt(d).

    Raises:
        ValueError: an attribute is out of its range.
    """

    size: int
    rank: int
    rows: int = 0

    def __post_init__(self) -> None:
        check_rank(self.rank, self.rows)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows n and columns m, n m >= d."""
        n = self.rows or (isqrt(self.size - 1) + 1 if self.size else 0)
        return n, -(-self.size // n) if n else 0

    @property
    def directions(self) -> int:
        """The rank r, but at most n and m."""
        return min(self.rank, *self.shape)

    def as_rows(self, flat: Tensor) -> Tensor:
        """A flattened factor, (*leading, r n) or (*leading, r m), as its r rows."""
        return flat.reshape(*flat.shape[:-1], self.directions, -1)

    def basis(self, flat: Tensor) -> Tensor:
        """Orthonormal rows of the same span as a flattened factor's, flattened."""
        return orthonormal(self.as_rows(flat)).flatten(-2)

    def lefts(self, vectors: Tensor, right: Tensor) -> Tensor:
        """A right^T as rows: (*batch, workers, d) and (*batch, workers | 1, r, m) -> (.., r, n)."""
        return self._products(lambda a, q: torch.mm(a, q.T).T.contiguous(), vectors, right)

    def rights(self, vectors: Tensor, left: Tensor) -> Tensor:
        """A's share in directions: (*batch, workers, d) and (*batch, workers | 1, r, n) -> r, m."""
        return self._products(lambda a, p: torch.mm(p, a), vectors, left)

    def vectors(self, left: Tensor, right: Tensor) -> Tensor:
        """What factors stand for: (*leading, r, n) and (*leading, r, m) -> (*leading, d)."""
        pairs = zip(_each(left, 2), _each(right, 2), strict=True)
        found = [torch.mm(p.T, q).view(-1)[: self.size] for p, q in pairs]
        return torch.stack(found).reshape(*left.shape[:-2], self.size)

    def random_right(self, rng: np.random.Generator) -> np.ndarray:
        """Normal numbers (r, m): a uniformly random subspace, orthonormalised or not."""
        return rng.standard_normal((self.directions, self.shape[1]))

    def _products(
        self, product: Callable[[Tensor, Tensor], Tensor], vectors: Tensor, factor: Tensor
    ) -> Tensor:
        """Products of one matrix at a time: of several at once torch rounds as their number is."""
        n, m = self.shape
        factors, found = factor.expand(*vectors.shape[:-1], *factor.shape[-2:]), []
        for vector, one in zip(_each(vectors, 1), _each(factors, 2), strict=True):
            missing = n * m - self.size
            filled = torch.cat([vector, vector.new_zeros(missing)]) if missing else vector
            found.append(product(filled.view(n, m), one))
        return torch.stack(found).reshape(*vectors.shape[:-1], *found[0].shape)


def orthonormal(rows: Tensor) -> Tensor:
    """Orthonormal rows of the same span: (*leading, r, n) -> (*leading, r, n), r <= n.

    By Householder reflections: orthonormal to rounding whatever the rows are. Where they are
    dependent, further directions are added, such as a zero matrix' first ones.
    """
    bases = [torch.linalg.qr(one.T).Q.T for one in _each(rows, 2)]
    return torch.stack(bases).reshape(rows.shape)


def check_rank(rank: int, rows: int) -> None:
    """Raises ValueError unless vectors may be seen as matrices of so many rows, at that rank."""
    if rank < 1:
        raise ValueError(f"rank={rank} must be a whole number >= 1")
    if rows < 0:
        raise ValueError(f"matrix_rows={rows} must be >= 0; 0 makes matrices nearly square")


def _each(parts: Tensor, axes: int) -> Iterator[Tensor]:
    """Parts of so many axes, one after the other, each at the beginning of a block of memory."""
    leading = parts.shape[:-axes]
    for part in parts.reshape(leading.numel(), *parts.shape[-axes:]):
        fits = part.is_contiguous() and part.data_ptr() % _ALIGNED == 0
        yield part if fits else part.clone(memory_format=torch.contiguous_format)
