"""What becomes of the memory of an inner rule when workers start again from their mean."""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeVar

import torch
from torch import Tensor

from empirical.components.inner_rule import InnerRule

W = TypeVar("W")
"""A state with the fields x and inner, such as WorkerState."""


class BufferPolicy(Enum):
    """The memory of an inner rule at a synchronisation: bounds differ by it."""

    KEEP = "stays with its worker"
    RESET = "starts anew"
    AVERAGE = "is averaged like the iterates, and sent along"


def packed(state: Any, memory: BufferPolicy) -> Tensor:
    """The iterate, and the buffers of its rule where they are averaged: (*batch, workers, m)."""
    x: Tensor = state.x
    if memory is not BufferPolicy.AVERAGE:
        return x
    buffers = [part for part in state.inner if isinstance(part, Tensor)]
    return torch.cat([x, *buffers], dim=-1)


def unpacked(state: W, heard: Tensor, memory: BufferPolicy, rule: InnerRule) -> W:
    """The state once the mean of what packed has sent is received, (*batch, workers or 1, m).

    Counters stay: they count steps, and all workers have taken the same.
    """
    return _unpacked(state, heard, memory, rule)  # type: ignore[no-any-return]  # untyped tree


def _unpacked(state: Any, heard: Tensor, memory: BufferPolicy, rule: InnerRule) -> Any:
    parts = iter(heard.split(state.x.shape[-1], dim=-1))
    x = next(parts).expand_as(state.x)
    if memory is BufferPolicy.RESET:
        return state._replace(x=x, inner=rule.init(x))
    if memory is BufferPolicy.KEEP:
        return state._replace(x=x)
    inner = (
        next(parts).expand_as(part) if isinstance(part, Tensor) else part for part in state.inner
    )
    return state._replace(x=x, inner=tuple(inner))
