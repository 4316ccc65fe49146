"""The entries of largest magnitude, exactly, several times faster than torch.topk on a CPU.

Magnitudes are compared as whole numbers, the bits of a number without its sign: there is nothing to
overflow or to vanish, -0.0 equals 0.0, and NaN is above everything. Of equals the lowest index is
taken, on every device.
"""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np
import torch
from torch import Tensor

_KEYS = {2: torch.int16, 4: torch.int32, 8: torch.int64}
"""Types that hold the bits of a magnitude, by bytes of a number."""

_CHUNK = 1 << 16
"""Entries looked at together: they and the scratch fit the second-level cache."""

_STRIDE = 131
"""One entry in so many is sampled: a prime, out of step with the rows of any matrix."""

_SORTED = 1024
"""Up to so many entries sorting all rows of a tensor at once is fastest."""


def largest(values: Tensor, count: int) -> Tensor:
    """Where the entries of largest magnitude are: (*leading, d) -> (*leading, min(count, d)) int64.

    Indices ascend. The set is that of torch.topk on the magnitudes, up to ties, of which the lowest
    indices are taken. Large vectors on a CPU are read once: a sample gives a threshold that is
    almost surely a little too low, what passes it is trimmed exactly, and where less passes than is
    asked for the threshold is lowered and all is read again; so the result never depends on luck.

    Args:
        values: floating-point numbers of any format and device, finite or not.
        count: >= 1.

    Raises:
        ValueError: count is below 1.
    """
    if count < 1:
        raise ValueError(f"count={count} must be >= 1")
    leading, size = values.shape[:-1], values.shape[-1]
    count = min(count, size)
    rows = (
        values.detach()
        .contiguous()
        .view(_KEYS[values.dtype.itemsize])
        .reshape(leading.numel(), size)
    )
    mask = torch.iinfo(rows.dtype).max
    if size <= _SORTED:
        order = (rows & mask).sort(dim=-1, descending=True, stable=True).indices
        found = order[:, :count].sort(dim=-1).values
    else:
        found = torch.stack([_largest(row, count, mask) for row in rows])
    return found.reshape(*leading, count)


def _largest(row: Tensor, count: int, mask: int) -> Tensor:
    """Returns the places of the largest magnitudes of one vector (d,) of bits."""
    if row.device.type != "cpu" or len(row) <= _CHUNK or count > len(row) // 8:
        return _trimmed(row & mask, count)
    bits = row.numpy()
    sample = np.sort(bits[::_STRIDE] & mask)
    expected = count * len(sample) / len(row)
    rank = ceil(expected + 4 * sqrt(expected) + 8)
    while True:
        threshold = sample[-rank] if rank <= len(sample) else 0
        passing = torch.from_numpy(_passing(bits, threshold, mask))
        if len(passing) >= count:
            return passing[_trimmed(row[passing] & mask, count)]
        rank *= 2


def _passing(bits: np.ndarray, threshold: int, mask: int) -> np.ndarray:
    """Where the magnitude is at least the threshold, ascending."""
    scratch, passed, found = np.empty(_CHUNK, bits.dtype), np.empty(_CHUNK, bool), []
    for first in range(0, len(bits), _CHUNK):
        part = bits[first : first + _CHUNK]
        size = len(part)
        np.bitwise_and(part, mask, out=scratch[:size])
        np.greater_equal(scratch[:size], threshold, out=passed[:size])
        found.append(np.flatnonzero(passed[:size]) + first)
    return np.concatenate(found)


def _trimmed(magnitudes: Tensor, count: int) -> Tensor:
    """Where the largest are, ascending, of equals the first."""
    size = len(magnitudes)
    if count == size:
        return torch.arange(size, device=magnitudes.device)
    if magnitudes.device.type == "cpu":
        least = int(np.partition(magnitudes.numpy(), size - count)[size - count])
    else:
        least = int(magnitudes.topk(count).values[-1])
    kept = magnitudes > least
    ties = (magnitudes == least).nonzero().squeeze(-1)
    kept[ties[: count - int(kept.sum())]] = True
    return kept.nonzero().squeeze(-1)
