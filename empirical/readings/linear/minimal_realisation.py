"""The part of a periodic linear system that can be reached and can be seen.

Steps are taken as balance.py leaves them: what is small there is small in every unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from empirical.readings.linear.balance import divisors
from empirical.readings.linear.linear_form import StepMap

_RANK = 1e-9
"""Singular values below it count as zero, where rows and gradients have size 1."""


@dataclass(frozen=True)
class Realisation:
    """Coordinates at the start of a period that lose nothing reachable and keep nothing unseen.

    With S the rows at the start of a period, S -> lift @ (restrict @ S) changes no later output.

    Attributes:
        restrict: (k, rows).
        lift: (rows, k); restrict @ lift is the identity.
    """

    restrict: np.ndarray
    lift: np.ndarray

    def unbalanced(self, sizes: np.ndarray) -> Realisation:
        """Returns this realisation for rows that were not divided by their sizes (rows,)."""
        return Realisation(self.restrict / divisors(sizes), self.lift * sizes[:, None])


def minimal(
    period: Sequence[StepMap], outputs: Sequence[np.ndarray], start: np.ndarray
) -> Realisation:
    """The smallest coordinates in which a period maps to the next and to its outputs.

    It holds whatever the gradients are, so the outputs must hold the points where they are taken
    if they depend on the state (and need not if they are inputs).

    Args:
        period: the steps of one period.
        outputs: what is seen before each of them, (outputs, rows) each.
        start: what is reached at the start of the first period, (rows, any).
    """
    unseen = np.zeros((period[0].keep.shape[1], 0))
    seen = _closure(unseen, lambda later: _seen(period, outputs, later))
    reached = reached_for_ever(period, start)
    left, sizes, _ = np.linalg.svd(seen.T @ reached, full_matrices=False)
    basis = seen @ left[:, sizes > _RANK]
    return Realisation(basis.T, basis)


def reached_by(steps: Sequence[StepMap], start: np.ndarray) -> np.ndarray:
    """A basis of what a start and any gradients can reach in some steps, (rows, any)."""
    basis = _span(start)
    for step in steps:
        basis = _span(step.keep @ basis, step.take)
    return basis


def reached_along(steps: Sequence[StepMap], start: np.ndarray) -> Iterator[np.ndarray]:
    """A basis of what is reached before each of some steps, (rows, any) each."""
    basis = _span(start)
    for step in steps:
        yield basis
        basis = _span(step.keep @ basis, step.take)


def reached_for_ever(period: Sequence[StepMap], start: np.ndarray) -> np.ndarray:
    """A basis of what a start and any gradients reach in any number of periods, (rows, any)."""
    return _closure(_span(start), lambda basis: reached_by(period, basis))


def _seen(
    period: Sequence[StepMap], outputs: Sequence[np.ndarray], later: np.ndarray
) -> np.ndarray:
    """Functionals, as columns, that outputs and the functionals of the next period amount to."""
    for step, output in zip(reversed(period), reversed(outputs), strict=True):
        later = _span(step.keep.T @ later, output.T)
    return later


def _closure(basis: np.ndarray, grown: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """What a subspace and its images span: it grows at most as often as there are rows."""
    for _ in range(len(basis) + 1):
        larger = _span(basis, grown(basis))
        if larger.shape[1] <= basis.shape[1]:
            break
        basis = larger
    return basis


def _span(*blocks: np.ndarray) -> np.ndarray:
    """An orthonormal basis of the columns of all blocks."""
    left, values, _ = np.linalg.svd(np.concatenate(blocks, axis=1), full_matrices=False)
    return left[:, values > _RANK * max(values.max(initial=0.0), 1.0)]
