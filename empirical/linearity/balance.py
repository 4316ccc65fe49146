"""The same steps in coordinates of size 1, so that no decision on rank depends on units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from empirical.linearity.linear_form import StepMap

_LOOKED_AT = 3
"""Periods over which the size of a row is taken."""


@dataclass(frozen=True)
class Balanced:
    """Steps on rows divided by their size, driven by gradients times the step size.

    A state may hold points, gradients and sums of either. Rescaling the objective, with the step
    size against it, changes none of the numbers here.

    Attributes:
        before: the steps until all periods are alike.
        period: the steps of one period.
        start: coefficients of x_0, (rows, 1).
        sizes: of the rows before every step, and after the last, (rows,) each.
    """

    before: tuple[StepMap, ...]
    period: tuple[StepMap, ...]
    start: np.ndarray
    sizes: tuple[np.ndarray, ...]


def balanced(
    before: Sequence[StepMap], period: Sequence[StepMap], start: np.ndarray, step_size: float
) -> Balanced:
    """Divides every row by the largest coefficient that x_0 or eta times a gradient has in it.

    Args:
        before: the steps until all periods are alike.
        period: the steps of one period.
        start: coefficients of x_0, (rows, 1).
        step_size: eta, unit x^2/f.
    """
    sizes = _sizes(before, period, start, step_size)
    steps = [
        StepMap(
            keep=step.keep * here / there[:, None],
            take=step.take / (step_size * there[:, None]),
            points=step.points * here,
            report=step.report * here,
        )
        for step, here, there in zip([*before, *period], sizes, sizes[1:], strict=False)
    ]
    count = len(before)
    scaled = start / sizes[0][:, None]
    return Balanced(tuple(steps[:count]), tuple(steps[count:]), scaled, tuple(sizes))


def _sizes(
    before: Sequence[StepMap], period: Sequence[StepMap], start: np.ndarray, step_size: float
) -> list[np.ndarray]:
    """Before every step of the first rounds and of a period; after the last as at its start."""
    steps = [*before, *(list(period) * _LOOKED_AT)]
    found, reached = [_largest(start)], start
    for step in steps:
        reached = np.concatenate([step.keep @ reached, step.take / step_size], axis=1)
        found.append(_largest(reached))
    begun, length = len(before), len(period)
    offsets = [
        np.maximum.reduce(found[begun + offset :: length][:_LOOKED_AT]) for offset in range(length)
    ]
    sizes = [*found[:begun], *offsets, offsets[0]]
    return [np.where(size > 0, size, 1.0) for size in sizes]


def _largest(reached: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(reached).max(axis=1, initial=0.0))
