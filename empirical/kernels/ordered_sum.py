"""Sums over the coordinates of vectors that are the same to the bit wherever the vectors live."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

_PIECE = 1 << 14
"""Entries summed by one call: torch shares out longer sums over threads, if they stand alone."""


def row_sum(values: Tensor, of: Callable[[Tensor], Tensor] = torch.abs) -> Tensor:
    """Sums over the last axis in float64, (*leading, d) -> (*leading).

    The order of summation depends on d only: not on the threads, nor on how many other vectors
    share the tensor, as that of torch.sum does for long vectors. Pieces are summed one after the
    other, so that scratch does not grow with d.

    Args:
        values: the vectors.
        of: what is summed, entry by entry; magnitudes unless given.
    """
    total = values.new_zeros(values.shape[:-1], dtype=torch.float64)
    for piece in values.split(_PIECE, dim=-1):
        total += of(piece.contiguous()).sum(-1, dtype=torch.float64)
    return total
