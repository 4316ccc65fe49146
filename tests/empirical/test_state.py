from typing import NamedTuple

import torch

from empirical.state import leaves, rebuilt, tensors


class Inner(NamedTuple):
    buffer: torch.Tensor
    count: int


class State(NamedTuple):
    x: torch.Tensor
    inner: Inner
    memory: tuple[torch.Tensor, ...]


STATE = State(torch.zeros(2, 1), Inner(torch.ones(1, 1), 7), (torch.full((2, 1), 3.0),))


def test_leaves_have_dotted_names_in_order():
    assert [name for name, _ in leaves(STATE)] == ["x", "inner.buffer", "inner.count", "memory.0"]


def test_only_tensors_are_replaced():
    parts = [part + 1 for part in tensors(STATE)]
    made = rebuilt(STATE, iter(parts))
    assert type(made) is State
    assert type(made.inner) is Inner
    assert made.inner.count == 7
    assert all(map(torch.equal, tensors(made), parts))
