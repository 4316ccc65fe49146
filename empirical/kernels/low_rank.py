"""Vectors seen as matrices, and their projections on few directions.

A vector (d,) is read row by row as a matrix A of n rows and m columns, filled up with zeros. Its
factors are kept as rows: `left` (r, n), orthonormal, and `right` (r, m); the matrix that they stand
for is left^T right, and with right = left A it is the projection of A on the span of left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isqrt

import numpy as np
import torch
from torch import Tensor

_ALIGNED = 64
"""Alignment in bytes: the rounding of a matrix product may depend on where its factors begin."""


@dataclass(frozen=True)
class Matrices:
    """The view of vectors of d coordinates as matrices, with the products that it needs.

    Attributes:
        size: d, the dimension of the vectors, >= 0.
        rank: r, the number of directions, >= 1; at most min(n, m) are used.
        rows: n, >= 0; 0 stands for ceil(sqrt(d)).

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
        """The rows n and the columns m of a matrix, n m >= d."""
        n = self.rows or (isqrt(self.size - 1) + 1 if self.size else 0)
        return n, -(-self.size // n) if n else 0

    @property
    def directions(self) -> int:
        """The number of directions that are used: the rank r, but at most min(n, m)."""
        return min(self.rank, *self.shape)

    def as_rows(self, flat: Tensor) -> Tensor:
        """Returns a flattened factor, (*leading, r n) or (*leading, r m), as its r rows."""
        return flat.reshape(*flat.shape[:-1], self.directions, -1)

    def basis(self, flat: Tensor) -> Tensor:
        """Returns orthonormal rows, flattened, that span the same space as a flattened factor."""
        return orthonormal(self.as_rows(flat)).flatten(-2)

    def lefts(self, vectors: Tensor, right: Tensor) -> Tensor:
        """Returns A right^T as rows, (*batch, workers, r, n).

        Args:
            vectors: the matrices A as vectors, (*batch, workers, d).
            right: right factors, (*batch, workers or 1, r, m).
        """
        return self._products(lambda a, q: torch.mm(a, q.T).T.contiguous(), vectors, right)

    def rights(self, vectors: Tensor, left: Tensor) -> Tensor:
        """Returns left A, the coordinates of A in the directions of left, (*batch, workers, r, m).

        Args:
            vectors: the matrices A as vectors, (*batch, workers, d).
            left: left factors, (*batch, workers or 1, r, n).
        """
        return self._products(lambda a, p: torch.mm(p, a), vectors, left)

    def vectors(self, left: Tensor, right: Tensor) -> Tensor:
        """Returns left^T right as vectors: (*leading, r, n), (*leading, r, m) -> (*leading, d)."""
        pairs = zip(_each(left, 2), _each(right, 2), strict=True)
        found = [torch.mm(p.T, q).view(-1)[: self.size] for p, q in pairs]
        return torch.stack(found).reshape(*left.shape[:-2], self.size)

    def random_right(self, rng: np.random.Generator) -> np.ndarray:
        """Returns normal numbers (r, m): the rows span a uniformly random subspace."""
        return rng.standard_normal((self.directions, self.shape[1]))

    def _products(
        self, product: Callable[[Tensor, Tensor], Tensor], vectors: Tensor, factor: Tensor
    ) -> Tensor:
        """Returns the products with a factor, one matrix at a time.

        The rounding of a batched product in torch depends on how many matrices are in the batch.
        """
        n, m = self.shape
        factors, found = factor.expand(*vectors.shape[:-1], *factor.shape[-2:]), []
        for vector, one in zip(_each(vectors, 1), _each(factors, 2), strict=True):
            missing = n * m - self.size
            filled = torch.cat([vector, vector.new_zeros(missing)]) if missing else vector
            found.append(product(filled.view(n, m), one))
        return torch.stack(found).reshape(*vectors.shape[:-1], *found[0].shape)


def orthonormal(rows: Tensor) -> Tensor:
    """Returns orthonormal rows with the same span, (*leading, r, n) -> the same shape, r <= n.

    They are made by Householder reflections, and so are orthonormal up to rounding whatever the
    rows are. Where rows are dependent, further directions are added; for a zero matrix these are
    the first coordinate axes.
    """
    bases = [torch.linalg.qr(one.T).Q.T for one in _each(rows, 2)]
    return torch.stack(bases).reshape(rows.shape)


def check_rank(rank: int, rows: int) -> None:
    """Raises ValueError unless the rank is >= 1 and the number of rows >= 0."""
    if rank < 1:
        raise ValueError(f"rank={rank} must be a whole number >= 1")
    if rows < 0:
        raise ValueError(f"matrix_rows={rows} must be >= 0; 0 makes matrices nearly square")


def _each(parts: Tensor, axes: int) -> Iterator[Tensor]:
    """Yields the parts of that many last axes, one by one, each aligned in memory."""
    leading = parts.shape[:-axes]
    for part in parts.reshape(leading.numel(), *parts.shape[-axes:]):
        fits = part.is_contiguous() and part.data_ptr() % _ALIGNED == 0
        yield part if fits else part.clone(memory_format=torch.contiguous_format)
