"""The entries of largest magnitude, exactly, several times faster than torch.topk on a CPU.

Magnitudes are compared as whole numbers, the bits of a number without its sign: nothing can
overflow or vanish, -0.0 equals 0.0, and NaN is above everything. Of equal magnitudes the lowest
index is taken, on every device.
"""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np
import torch
from torch import Tensor

_KEYS = {2: torch.int16, 4: torch.int32, 8: torch.int64}
"""Integer types that hold the bits of a number, by its length in bytes."""

_CHUNK = 1 << 16
"""Entries examined together: they and the scratch fit the second-level cache."""

_STRIDE = 131
"""One entry in so many is sampled: a prime, out of step with the rows of any matrix."""

_SORTED = 1024
"""Entries of a vector up to which it is fastest to sort all rows of a tensor at once."""


def largest(values: Tensor, count: int) -> Tensor:
    """Returns the indices of the entries of largest magnitude, in ascending order.

    The set is that of torch.topk on the magnitudes, but for ties, of which the lowest indices are
    taken. Large vectors on a CPU are usually read once: a sample gives a threshold that is almost
    surely a little too low, and the entries above it are trimmed to the largest exactly. If fewer
    than `count` are above it, the threshold is lowered and all entries are read again; so the
    result never depends on the sample.

    Args:
        values: (*leading, d), floating-point numbers of any format and device, finite or not.
        count: how many entries are asked for, >= 1.

    Returns:
        The indices, (*leading, min(count, d)) int64.

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
    """Returns the places of the largest magnitudes of one vector (d,), given as bits."""
    if row.device.type != "cpu" or len(row) <= _CHUNK or count > len(row) // 8:
        return _trimmed(row & mask, count)
    bits = row.numpy()
    sample = np.sort(bits[::_STRIDE] & mask)
    expected = count * len(sample) / len(row)
    # How many of the largest entries are in a random sample has a standard deviation below
    # sqrt(expected); four of them and a few entries make a threshold that is too high unlikely.
    rank = ceil(expected + 4 * sqrt(expected) + 8)
    while True:
        threshold = sample[-rank] if rank <= len(sample) else 0
        passing = torch.from_numpy(_passing(bits, threshold, mask))
        if len(passing) >= count:
            return passing[_trimmed(row[passing] & mask, count)]
        rank *= 2


def _passing(bits: np.ndarray, threshold: int, mask: int) -> np.ndarray:
    """Returns where the magnitude is at least the threshold, ascending."""
    scratch, passed, found = np.empty(_CHUNK, bits.dtype), np.empty(_CHUNK, bool), []
    for first in range(0, len(bits), _CHUNK):
        part = bits[first : first + _CHUNK]
        size = len(part)
        np.bitwise_and(part, mask, out=scratch[:size])
        np.greater_equal(scratch[:size], threshold, out=passed[:size])
        found.append(np.flatnonzero(passed[:size]) + first)
    return np.concatenate(found)


def _trimmed(magnitudes: Tensor, count: int) -> Tensor:
    """Returns where the largest magnitudes are, ascending; of equal ones the first are taken."""
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
