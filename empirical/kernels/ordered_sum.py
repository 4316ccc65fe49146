"""Sums over coordinates that are the same to the bit in every layout of the workers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

_PIECE = 1 << 14
"""Entries summed by one call: torch splits longer sums over threads if there is one vector only."""


def row_sum(values: Tensor, of: Callable[[Tensor], Tensor] = torch.abs) -> Tensor:
    """Returns sums over the last axis in float64, (*leading, d) -> (*leading).

    The order of summation depends on d alone. That of torch.sum depends, for long vectors, also on
    the number of threads and on how many other vectors share the tensor. Pieces are summed one
    after the other, so that scratch does not grow with d.

    Args:
        values: the vectors.
        of: elementwise function whose values are summed; by default the magnitude.
    """
    total = values.new_zeros(values.shape[:-1], dtype=torch.float64)
    for piece in values.split(_PIECE, dim=-1):
        total += of(piece.contiguous()).sum(-1, dtype=torch.float64)
    return total
