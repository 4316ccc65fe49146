"""Operator norms of causal block Toeplitz matrices of any length, with a certificate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

_MARGIN = 1e-9
"""Relative margin on every certified number, far above what rounding can do to it."""

_TAIL = 1e-11
"""Blocks are summed until what is left is at most this share of the sum."""

_LONGEST = 2**15
"""Blocks after which a decay counts as none."""

_ANGLES = 2**12
"""Fewest points of the unit circle at which the symbol is evaluated."""


class NoDecay(ValueError):
    """What one round leaves does not die out (fast enough), so no bound serves every length."""


@dataclass(frozen=True)
class BlockToeplitz:
    """The map from K inputs a round to K outputs a round of a periodic linear system.

    Block (r, r - n) is now for n = 0 and outward @ through^(n-1) @ inward for n >= 1.

    Attributes:
        now: (K, K), strictly lower triangular.
        inward: (k, K).
        through: (k, k).
        outward: (K, k).
    """

    now: np.ndarray
    inward: np.ndarray
    through: np.ndarray
    outward: np.ndarray

    def blocks(self, count: int) -> np.ndarray:
        """The first blocks W_0, W_1, ..., (count, K, K)."""
        found, state = [self.now], self.inward
        for _ in range(1, count):
            found.append(self.outward @ state)
            state = self.through @ state
        return np.stack(found)

    def finite(self, num_rounds: int) -> np.ndarray:
        """The matrix of some rounds, (K R, K R)."""
        blocks, size = self.blocks(num_rounds), len(self.now)
        made = np.zeros((num_rounds, size, num_rounds, size))
        for row in range(num_rounds):
            for column in range(row + 1):
                made[row, :, column] = blocks[row - column]
        return made.reshape(num_rounds * size, num_rounds * size)

    @cached_property
    def norm(self) -> float:
        """At least the operator norm of every finite section, and their limit up to the margin.

        The least of two bounds: |sum_n |W_n|| with entrywise moduli, which is exact where no entry
        is negative; and one on the symbol W(theta) = sum_n W_n e^{in theta} from its values on a
        grid. With u the top singular vector at the largest value, |W(theta) u|^2 is stationary
        there, so that the nearest of G grid points misses at most (pi/G)^2 sup |(|W u|^2)''| / 2,
        where |(|W u|^2)''| <= 2 (S_1^2 + S_0 S_2) with S_k = sum_n n^k |W_n|.
        """
        blocks, tail = self._enough
        entrywise = float(np.linalg.norm(np.abs(blocks).sum(0), 2))
        if (blocks >= 0).all():
            return (entrywise + tail) * (1 + _MARGIN)
        angles = max(_ANGLES, 1 << (4 * len(blocks)).bit_length())
        symbol = np.fft.fft(blocks, n=angles, axis=0)[: angles // 2 + 1]  # real: the rest mirrors
        sizes, order = np.linalg.norm(blocks, 2, axis=(1, 2)), np.arange(len(blocks))
        zeroth, first, second = (float((sizes * order**k).sum()) for k in range(3))
        on_grid = float(np.linalg.norm(symbol, 2, axis=(1, 2)).max())
        missed = (np.pi / angles) ** 2 * (first**2 + zeroth * second)
        return (min(entrywise, math.sqrt(on_grid**2 + missed)) + tail) * (1 + _MARGIN)

    @cached_property
    def mean_square(self) -> float:
        """At least the mean over rows of the sum of squares in a row, for every length."""
        blocks, tail = self._enough
        total = np.linalg.norm(blocks) + tail * np.sqrt(len(self.now))
        return float(total**2 / len(self.now) * (1 + _MARGIN))

    @cached_property
    def _enough(self) -> tuple[np.ndarray, float]:
        """W_0, W_1, ... and a bound on the sum of the norms of all that follow.

        With |A^p| <= 1/2, what is left after N blocks is at most |C A^N| sum_k |A^k B|, and that
        sum is at most its first p terms over 1 - |A^p|.
        """
        kept, state = [self.now], self.inward
        inward, shrunk = self._inward_sum()
        seen, left = _norm(self.now), self.outward
        while True:
            tail = _norm(left) * inward
            if tail <= _TAIL * seen:
                return np.stack(kept), tail
            if len(kept) > _LONGEST:
                raise NoDecay(f"{_LONGEST} rounds do not suffice; a round leaves {shrunk:.6g}")
            kept.append(self.outward @ state)
            seen += _norm(kept[-1])
            state, left = self.through @ state, left @ self.through

    def _inward_sum(self) -> tuple[float, float]:
        """A bound on sum_k |A^k B|, and the norm of the power of A that gave it."""
        power, state, total = np.eye(len(self.through)), self.inward, 0.0
        for _ in range(_LONGEST):
            total += _norm(state)
            power, state = self.through @ power, self.through @ state
            shrunk = _norm(power)
            if shrunk <= 0.5:
                return total / (1 - shrunk), shrunk
        raise NoDecay("what a gradient leaves in the state does not die out")


def _norm(matrix: np.ndarray) -> float:
    return float(np.linalg.norm(matrix, 2)) if matrix.size else 0.0
