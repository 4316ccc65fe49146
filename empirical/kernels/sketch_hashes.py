"""The hashes of a count sketch: the bucket and the sign of each coordinate in each row.

They are a pure function of a key: the same for every worker, process and device.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from empirical.kernels.polynomial_hash import MODULUS, polynomial
from empirical.kernels.random_streams import generator


@dataclass(frozen=True, eq=False)
class Hashes:
    """The random numbers of the r rows of a sketch; blocks have c coordinates.

    Attributes:
        shifts: how far row q moves block j, (r, blocks) int64, in [0, c).
        block_signs: the sign of block j in row q, (r, blocks) int8.
        offset_signs: the sign of a place within every block in row q, (r, c) int8.
        coefficients: for each row those of a polynomial that gives the signs instead, or None.
    """

    shifts: np.ndarray
    block_signs: np.ndarray
    offset_signs: np.ndarray
    coefficients: tuple[tuple[int, ...], ...] | None


@lru_cache(maxsize=8)
def hashes(size: int, rows: int, columns: int, seed: int, draw: int, *, four_wise: bool) -> Hashes:
    """Returns the hashes of one sketch; no global state is read or changed.

    They are made of the raw bits of the stream, which are the same in every version of numpy.

    Args:
        size: d, the dimension of the vectors.
        rows: r.
        columns: c.
        seed: seed of the hashes, >= 0.
        draw: number of the sketch among independent ones of that seed, >= 0.
        four_wise: whether signs are independent for any four coordinates.
    """
    rng = generator(seed, draw, size, rows, columns, int(four_wise))
    blocks = -(-size // columns)
    coefficients = _below(rng, MODULUS, rows, 4).tolist() if four_wise else None
    return Hashes(
        shifts=_below(rng, columns, rows, blocks),
        block_signs=_signs(rng, rows, blocks),
        offset_signs=_signs(rng, rows, 0 if four_wise else columns),
        coefficients=None if coefficients is None else tuple(map(tuple, coefficients)),
    )


def _below(rng: np.random.Generator, end: int, rows: int, count: int) -> np.ndarray:
    """Returns whole numbers in [0, end), (rows, count) int64, uniform up to a bias < end / 2^64."""
    words = rng.bit_generator.random_raw(rows * count).reshape(rows, count)
    return (words % np.uint64(end)).astype(np.int64)


def _signs(rng: np.random.Generator, rows: int, count: int) -> np.ndarray:
    """Returns independent signs, one random bit each: (rows, count) int8."""
    words = rng.bit_generator.random_raw(-(-rows * count // 64))
    bits = np.unpackbits(words.astype("<u8").view(np.uint8))[: rows * count].reshape(rows, count)
    return 1 - 2 * bits.view(np.int8)


class Signs:
    """The signs of coordinates as numbers, in the format and on the device of a tensor.

    Args:
        drawn: the hashes of the sketch.
        columns: c.
        like: tensor whose format and device the signs get.
    """

    def __init__(self, drawn: Hashes, columns: int, like: Tensor) -> None:
        self._columns, self._like, self._coefficients = columns, like, drawn.coefficients
        self._negative = (drawn.block_signs < 0).tolist()
        self._of_blocks = self._numbers(drawn.block_signs)
        plus = self._numbers(drawn.offset_signs)
        self._of_offsets = (plus, -plus)

    def within(self, row: int, block: int, start: int, stop: int) -> Tensor:
        """Returns the signs of places start to stop of one block, (stop - start,)."""
        if self._coefficients is None:
            return self._of_offsets[self._negative[row][block]][row, start:stop]
        first = block * self._columns
        return self._polynomial(row, first + start, first + stop)

    def across(self, row: int, start: int, stop: int) -> Tensor:
        """Returns the signs of all places of blocks start to stop, (stop - start, c)."""
        if self._coefficients is None:
            return self._of_blocks[row, start:stop, None] * self._of_offsets[0][row]
        flat = self._polynomial(row, start * self._columns, stop * self._columns)
        return flat.view(stop - start, self._columns)

    def at(self, row: int, coordinates: Tensor) -> Tensor:
        """Returns the signs of some coordinates, int64 of any shape."""
        if self._coefficients is None:
            blocks, offsets = coordinates // self._columns, coordinates % self._columns
            return self._of_blocks[row][blocks] * self._of_offsets[0][row][offsets]
        return self._parity(row, coordinates)

    def _numbers(self, signs: np.ndarray) -> Tensor:
        return torch.from_numpy(signs).to(self._like.device, self._like.dtype)

    def _polynomial(self, row: int, start: int, stop: int) -> Tensor:
        return self._parity(row, torch.arange(start, stop, device=self._like.device))

    def _parity(self, row: int, coordinates: Tensor) -> Tensor:
        """Returns the signs that the last bits of the polynomial's values give."""
        assert self._coefficients is not None
        bits = polynomial(self._coefficients[row], coordinates) & 1
        return (1 - 2 * bits).to(self._like.dtype)
