"""Elementwise functions applied to long tensors in pieces that fit a cache."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

_PIECE = 1 << 16
"""Entries handled at once on a CPU, so that scratch stays in the second-level cache."""


def piecewise(function: Callable[..., Tensor], *values: Tensor) -> Tensor:
    """Applies an elementwise function to cache-sized pieces of the last axis.

    The result is that of function(*values). Without pieces, temporaries of 32 MiB and more are
    paged in and out at every operation, which makes long chains of operations several times slower
    than the memory they touch.

    Args:
        function: elementwise: its result for an entry depends on that entry of each value only.
        values: tensors (*leading, d) with the same d; the axes before it broadcast.

    Returns:
        What the function makes of the values, (*leading, d).
    """
    size = values[0].shape[-1]
    rows = max(value[..., :1].numel() for value in values)
    piece = max(_PIECE // max(rows, 1), 1)
    if size <= piece or values[0].device.type != "cpu":
        return function(*values)
    first = function(*(value[..., :piece] for value in values))
    found = first.new_empty(*first.shape[:-1], size)
    found[..., :piece] = first
    for start in range(piece, size, piece):
        end = start + piece
        found[..., start:end] = function(*(value[..., start:end] for value in values))
    return found
