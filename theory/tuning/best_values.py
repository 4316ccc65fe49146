"""A bound at many points, at its best step size there unless one is given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from theory.bound import Bound
from theory.tuning.mesh_evaluation import values
from theory.tuning.step_sizes import best_step_sizes

_MANY = 2**17
"""Points from which a bound is evaluated block by block; below, all terms at all points fit."""


def values_at(
    bound: Bound, points: Mapping[str, np.ndarray], *, gap: float = 1e-6
) -> tuple[np.ndarray, np.ndarray | None]:
    """A bound at points, and its best step sizes; nan where a condition fails.

    Points that are alike in what the bound depends on are evaluated once.

    Args:
        bound: any.
        points: columns of numbers, those among them that the bound does not use left aside.
        gap: share of a bound at which the search for its best step size stops, where it has to be
            searched for.

    Raises:
        ValueError: a number is missing or out of range, or nothing limits the step size.
    """
    names = [name for name in bound.parameters if name in points]
    columns = np.stack([points[name] for name in names], axis=1)
    place = np.arange(len(columns))
    if any(np.ptp(column) > 0 for name, column in points.items() if name not in names):
        columns, place = np.unique(columns, axis=0, return_inverse=True)
        place = place.ravel()
    mine = dict(zip(names, columns.T, strict=True))
    if "step_size" in bound.parameters and "step_size" not in mine:
        tuned = best_step_sizes(bound, mine, gap=gap, vanishing=True)
        return tuned.value[place], tuned.step_size[place]
    return _where_it_holds(bound, mine)[place], mine["step_size"][
        place
    ] if "step_size" in mine else None


def _where_it_holds(bound: Bound, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """The bound at every point; nan where a condition fails."""
    if len(next(iter(columns.values()))) >= _MANY:
        return values(bound, columns)
    evaluation = bound.evaluate(**columns)
    return np.where(evaluation.holds, evaluation.value, np.nan)
