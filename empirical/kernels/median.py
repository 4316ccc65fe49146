"""Elementwise medians of an odd number of tensors, by minima and maxima alone.

torch.median finds each entry's median on its own and is an order of magnitude slower. Here a few
elementwise minima and maxima of whole tensors suffice, ten for five tensors; they are exact, and a
NaN among the entries makes their median NaN.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor


class _Step(NamedTuple):
    """A step of the network: orders the tensors at two places, entry by entry.

    Attributes:
        first: place that the smaller entries go to.
        second: place that the larger entries go to.
        smaller: whether the smaller entries are still needed.
        larger: whether the larger entries are still needed.
    """

    first: int
    second: int
    smaller: bool
    larger: bool


def median(rows: list[Tensor], spare: Tensor | None = None, out: Tensor | None = None) -> Tensor:
    """Returns the elementwise median of an odd number of tensors of one shape.

    Args:
        rows: the tensors; they are overwritten.
        spare: one more tensor of that shape as scratch, made where it is not given.
        out: tensor that the median is written to; one of the rows where it is not given.

    Raises:
        ValueError: the number of rows is even.
    """
    steps, middle = _network(len(rows))
    rows = list(rows)
    spare = torch.empty_like(rows[0]) if spare is None and steps else spare
    for index, (first, second, smaller, larger) in enumerate(steps):
        one, other = rows[first], rows[second]
        if index == len(steps) - 1 and out is not None:
            keep = torch.minimum if smaller else torch.maximum
            return keep(one, other, out=out)
        if smaller and larger:
            assert spare is not None
            rows[first] = torch.minimum(one, other, out=spare)
            torch.maximum(one, other, out=other)
            spare = one
        elif smaller:
            torch.minimum(one, other, out=one)
        else:
            torch.maximum(one, other, out=other)
    return rows[middle] if out is None else out.copy_(rows[middle])


@cache
def _network(count: int) -> tuple[tuple[_Step, ...], int]:
    """Returns the steps of a selection network, and the place of the median after them.

    Neither the least nor the largest of any count // 2 + 2 entries can be the median of all. So
    these two are found and dropped, another entry is added, and so on until one entry is left.
    Steps whose results nobody reads are left out afterwards.
    """
    if count % 2 == 0:
        raise ValueError(f"count={count} must be odd: a median lies between two of an even number")
    pairs: list[tuple[int, int]] = []
    pool, rest = list(range(count))[: count // 2 + 2], list(range(count))[count // 2 + 2 :]
    while len(pool) > 1:
        half = len(pool) // 2
        pairs += [(pool[place], pool[-1 - place]) for place in range(half)]
        pairs += [(pool[0], low) for low in pool[1 : len(pool) - half]]
        pairs += [(high, pool[-1]) for high in pool[half:-1]]
        pool = pool[1:-1] + rest[:1]
        rest = rest[1:]
    needed, steps = {pool[0]}, []
    for first, second in reversed(pairs):
        if first in needed or second in needed:
            steps.append(_Step(first, second, first in needed, second in needed))
            needed |= {first, second}
    return tuple(reversed(steps)), pool[0]
