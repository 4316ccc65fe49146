"""The same steps in coordinates of size 1, so that no decision on rank depends on units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from empirical.readings.linear.linear_form import StepMap

_LOOKED_AT = 3
"""Fewest periods over which the size of a row is taken."""


@dataclass(frozen=True)
class Balanced:
    """Steps on rows divided by their size, driven by gradients times the step size.

    A state may hold points, gradients and sums of either. Rescaling the objective, with the step
    size against it, changes none of the numbers here.

    Attributes:
        before: the steps until all periods are alike.
        period: the steps of one period.
        start: coefficients of x_0, (rows, 1).
        sizes: of the rows before every step, and after the last, (rows,) each; 0 for a row that
            is always 0 there.
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
            keep=step.keep * here / divisors(there)[:, None],
            take=step.take / (step_size * divisors(there)[:, None]),
            points=step.points * here,
            report=step.report * here,
        )
        for step, here, there in zip([*before, *period], sizes, sizes[1:], strict=False)
    ]
    count = len(before)
    scaled = start / divisors(sizes[0])[:, None]
    return Balanced(tuple(steps[:count]), tuple(steps[count:]), scaled, tuple(sizes))


def divisors(sizes: np.ndarray) -> np.ndarray:
    """The sizes, with 1 for those that are 0: nothing divided by it is anything but 0."""
    return np.where(sizes > 0, sizes, 1.0)


def _sizes(
    before: Sequence[StepMap], period: Sequence[StepMap], start: np.ndarray, step_size: float
) -> list[np.ndarray]:
    """Before every step of the first rounds and of a period; after the last as at its start.

    Periods are looked at until no row is reached that was not before: a message may go through
    several rounds' buffers.
    """
    head, reached = _passed(before, start, step_size)
    sizes = [np.zeros(step.keep.shape[1]) for step in period]
    for count in range(_LOOKED_AT + len(start) + 1):
        seen, reached = _passed(period, reached, step_size)
        grown = [np.maximum(old, new) for old, new in zip(sizes, seen, strict=True)]
        fresh = any(((old == 0) & (new > 0)).any() for old, new in zip(sizes, grown, strict=True))
        sizes = grown
        if count >= _LOOKED_AT - 1 and not fresh:
            break
    return [*head, *sizes, sizes[0]]


def _passed(
    steps: Sequence[StepMap], reached: np.ndarray, step_size: float
) -> tuple[list[np.ndarray], np.ndarray]:
    """The sizes before each step, and what is reached after the last."""
    sizes = []
    for step in steps:
        sizes.append(np.abs(reached).max(axis=1, initial=0.0))
        reached = np.concatenate([step.keep @ reached, step.take / step_size], axis=1)
    return sizes, reached
