"""Numbers as bytes: the fields that bodies of messages are made of."""

from __future__ import annotations

import torch
from torch import Tensor

from empirical.envelope import CorruptMessage


def to_bytes(numbers: Tensor) -> Tensor:
    """The bytes of a tensor's numbers, in order: (n,) any format -> (n itemsize,) uint8."""
    return numbers.contiguous().reshape(-1).view(torch.uint8)


def from_bytes(body: Tensor, count: int, dtype: torch.dtype) -> Tensor:
    """What to_bytes was given.

    Raises:
        CorruptMessage: the bytes are not that many numbers.
    """
    if len(body) != count * dtype.itemsize:
        raise CorruptMessage(f"{len(body)} bytes are not {count} numbers of {dtype.itemsize} bytes")
    return body.clone().view(dtype)  # a clone is aligned, a slice of a buffer need not be
