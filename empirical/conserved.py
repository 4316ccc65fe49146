"""The average of a method's state that nothing but gradients moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from empirical.linear import StepMap
from empirical.realisation import reached_by, reached_for_ever

_SAME = 1e-9
"""Relative size of what rounding may leave of a number that should vanish."""


class NotConserved(ValueError):
    """No average of the state is moved by gradients alone; the message says what is amiss."""


@dataclass(frozen=True)
class ConservedAverage:
    """A virtual sequence y_t = functionals[t] @ S_t with y_0 = x_0, y_{t+1} = y_t - move g.

    Attributes:
        functionals: before every step of the first rounds and of one period, (1, rows) each.
        move: eta_hat, by how much a unit gradient moves it; unit of the step size, > 0.
        reported: whether it is the method's own report point.
    """

    functionals: tuple[np.ndarray, ...]
    move: float
    reported: bool


def conserved_average(
    before: Sequence[StepMap], period: Sequence[StepMap], start: np.ndarray
) -> ConservedAverage:
    """Finds it: the one left fixed vector of a period without gradients, on what can be reached.

    Args:
        before: the steps until all periods are alike, each with a single gradient.
        period: the steps of one period.
        start: coefficients of x_0, (rows, 1).

    Raises:
        NotConserved: there is none, or more than one, or gradients move it unevenly.
    """
    begun = start
    for step in before:
        begun = step.keep @ begun
    basis = reached_for_ever(period, reached_by(before, start))
    functional = _fixed(period, basis)
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
    bases = [reached_by(before[:n], start) for n in range(len(before))]
    bases += [reached_by(period[:n], basis) for n in range(len(period))]
    apart = [(s.report - f) @ b for s, f, b in zip(steps, functionals, bases, strict=False)]
    reported = all(np.abs(item).max(initial=0.0) <= _SAME for item in apart)
    return ConservedAverage(tuple(functionals[:-1]), float(np.mean(moves)), reported)


def _fixed(period: Sequence[StepMap], basis: np.ndarray) -> np.ndarray:
    """The left fixed vector of a period on a subspace it maps to itself, (1, rows)."""
    moved = basis
    for step in period:
        moved = step.keep @ moved
    left, sizes, _ = np.linalg.svd(basis.T @ moved - np.eye(basis.shape[1]))
    count = int((sizes <= _SAME).sum())
    if count != 1:
        many = "no average" if count == 0 else f"{count} averages"
        raise NotConserved(f"{many} of its state is conserved between gradients, not one")
    return np.asarray((basis @ left[:, -1:]).T)
