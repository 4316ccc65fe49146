"""Traversal of an algorithm's state: its leaves in a fixed order, and their replacement.

A state is a NamedTuple or tuple, nested at will. Its leaves are tensors, or plain values such as a
step counter, which belong to the schedule and not to the iterates.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor


def leaves(state: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the dotted name and the value of every leaf of a state, in order.

    Args:
        state: a leaf, or a tuple of states.
        name: dotted name of the state itself; empty for a whole state.
    """
    if not isinstance(state, tuple):
        yield name, state
        return
    names = getattr(state, "_fields", None) or [str(index) for index in range(len(state))]
    for part, value in zip(names, state, strict=True):
        yield from leaves(value, f"{name}.{part}" if name else part)


def tensors(state: Any) -> list[Tensor]:
    """Returns the leaves of a state that are tensors, in order."""
    return [value for _, value in leaves(state) if isinstance(value, Tensor)]


def rebuilt(state: Any, parts: Iterator[Tensor]) -> Any:
    """Returns a state in which every tensor is replaced and plain values are kept.

    Args:
        state: gives the structure.
        parts: the new tensors, in the order of tensors(state).
    """
    if isinstance(state, Tensor):
        return next(parts)
    if not isinstance(state, tuple):
        return state
    values = [rebuilt(value, parts) for value in state]
    return type(state)(*values) if hasattr(state, "_fields") else tuple(values)
