"""What becomes of the memory of an inner rule when workers start again from their mean."""

from __future__ import annotations

from enum import Enum

import torch
from torch import Tensor

from empirical.algorithm import WorkerState
from empirical.inner_rule import InnerRule


class Memory(Enum):
    """The memory of an inner rule at a synchronisation: bounds differ by it."""

    KEEP = "stays with its worker"
    RESET = "starts anew"
    AVERAGE = "is averaged like the iterates, and sent along"


def packed(state: WorkerState, memory: Memory) -> Tensor:
    """The iterate, and the buffers of its rule where they are averaged: (*batch, workers, m)."""
    if memory is not Memory.AVERAGE:
        return state.x
    buffers = [part for part in state.inner if isinstance(part, Tensor)]
    return torch.cat([state.x, *buffers], dim=-1)


def unpacked(state: WorkerState, heard: Tensor, memory: Memory, rule: InnerRule) -> WorkerState:
    """The state once what packed has sent is heard, (*batch, workers or 1, m).

    Counters stay: they count steps, and all workers have taken the same.
    """
    parts = iter(heard.split(state.x.shape[-1], dim=-1))
    x = next(parts).expand_as(state.x)
    if memory is Memory.RESET:
        return WorkerState(x, rule.init(x))
    if memory is Memory.KEEP:
        return WorkerState(x, state.inner)
    inner = (
        next(parts).expand_as(part) if isinstance(part, Tensor) else part for part in state.inner
    )
    return WorkerState(x, tuple(inner))
