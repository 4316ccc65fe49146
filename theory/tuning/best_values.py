"""The values of a bound at many points, each at its best step size unless one is given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from theory.bound import Bound
from theory.tuning.mesh_evaluation import values
from theory.tuning.step_sizes import best_step_sizes

_MANY = 2**17
"""The number of points from which a bound is evaluated in blocks; fewer fit into memory at once."""


def values_at(
    bound: Bound, points: Mapping[str, np.ndarray], *, gap: float = 1e-6
) -> tuple[np.ndarray, np.ndarray | None]:
    """Returns a bound at many points, and its best step sizes; nan where a condition fails.

    Points that differ only in quantities that the bound does not use are evaluated once.

    Args:
        bound: the bound to evaluate.
        points: columns of values by name; those that the bound does not use are ignored.
        gap: the relative error at which the search for a best step size stops, if a search is
            needed.

    Returns:
        The values, and the step sizes at which they were taken; None in place of the step sizes
        if the bound has no free step size.

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
    """Returns the bound at every point; nan where a condition fails."""
    if len(next(iter(columns.values()))) >= _MANY:
        return values(bound, columns)
    evaluation = bound.evaluate(**columns)
    return np.where(evaluation.holds, evaluation.value, np.nan)
