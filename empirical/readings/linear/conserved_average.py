"""The average of a method's state that nothing but gradients moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from empirical.readings.linear.balance import Balanced
from empirical.readings.linear.linear_form import StepMap
from empirical.readings.linear.minimal_realisation import (
    minimal,
    reached_along,
    reached_by,
    reached_for_ever,
)

_SAME = 1e-9
"""What rounding may leave of a number that should vanish, where all have size 1."""


class NotConserved(ValueError):
    """No average of the state is moved by gradients alone; the message says what is amiss."""


@dataclass(frozen=True)
class ConservedAverage:
    """A virtual sequence y_t = functionals[t] @ S_t with y_0 = x_0, y_{t+1} = y_t - move eta g.

    Attributes:
        functionals: before every step of the first rounds and of one period, (1, rows) each, on
            the rows that it was found on.
        move: eta_hat / eta, by how much a gradient moves it, > 0.
        reported: whether it is the method's own report point.
    """

    functionals: tuple[np.ndarray, ...]
    move: float
    reported: bool


def conserved_average(method: Balanced) -> ConservedAverage:
    """Finds it: the one left fixed vector of a period without gradients, on what matters.

    What matters is what can be reached and what later gradients are taken at: a state may keep
    accounts that no gradient depends on.

    Args:
        method: the means over workers of a method, with a single gradient.

    Raises:
        NotConserved: there is none, or more than one, or gradients move it unevenly.
    """
    before, period, start = method.before, method.period, method.start
    begun = start
    for step in before:
        begun = step.keep @ begun
    reached = reached_by(before, start)
    functional = _fixed(period, reached)
    weight = float((functional @ begun).squeeze())
    if abs(weight) <= _SAME:
        raise NotConserved("the average of its state that is conserved does not start at x_0")
    functionals = [functional / weight]
    for step in [*period[::-1], *before[::-1]]:
        functionals.insert(0, functionals[0] @ step.keep)
    steps = [*before, *period]
    moves = [-float((f @ s.take).squeeze()) for f, s in zip(functionals[1:], steps, strict=True)]
    if not moves[0] > 0 or np.ptp(moves) > _SAME * moves[0]:
        raise NotConserved("the gradients of its steps move the conserved average unevenly")
    basis = reached_for_ever(period, reached)
    bases = [*reached_along(before, start), *reached_along(period, basis)]
    apart = [(s.report - f) @ b for s, f, b in zip(steps, functionals, bases, strict=False)]
    reported = all(np.abs(item).max(initial=0.0) <= _SAME for item in apart)
    return ConservedAverage(tuple(functionals[:-1]), float(np.mean(moves)), reported)


def _fixed(period: Sequence[StepMap], reached: np.ndarray) -> np.ndarray:
    """The left fixed vector of a period on what matters of it, (1, rows)."""
    space = minimal(period, [step.points for step in period], reached)
    moved = space.lift
    for step in period:
        moved = step.keep @ moved
    left, sizes, _ = np.linalg.svd(space.restrict @ moved - np.eye(len(space.restrict)))
    count = int((sizes <= _SAME).sum())
    if count != 1:
        many = "no average of its state is" if count == 0 else f"{count} averages of its state are"
        raise NotConserved(f"{many} conserved between gradients, not one")
    return np.asarray(left[:, -1:].T @ space.restrict)
