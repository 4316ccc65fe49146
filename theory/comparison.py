"""Several bounds at the same numbers, each at its best step size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from theory.bound import Bound, ConditionError
from theory.figures import best_map, curves
from theory.tuning import best_step_size


def compare_bounds(
    bounds: Sequence[Bound], points: Mapping[str, np.ndarray]
) -> list[dict[str, Any]]:
    """One row a point: its numbers, each bound's value, and the key of the least.

    A bound whose conditions fail there is nan and is never the least.
    """
    count = len(next(iter(points.values())))
    rows = []
    for index in range(count):
        values = {name: float(column[index]) for name, column in points.items()}
        found = {bound.key: _value(bound, values) for bound in bounds}
        finite = {key: value for key, value in found.items() if np.isfinite(value)}
        least = min(finite, key=lambda key: finite[key]) if finite else "none applies"
        rows.append({**values, **found, "least": least})
    return rows


def draw(
    bounds: Sequence[Bound],
    points: Mapping[str, np.ndarray],
    rows: Sequence[Mapping[str, Any]],
    path: Path,
) -> None:
    """Curves over one range, or a map of the least bound over two.

    Raises:
        ValueError: there is no range, or there are more than two.
    """
    varying = [name for name, column in points.items() if len(set(column)) > 1]
    keys = [bound.key for bound in bounds]
    if len(varying) == 1:
        lines = {key: np.array([row[key] for row in rows]) for key in keys}
        label = f"bound  [${bounds[0].measure.unit.latex}$]"
        curves(points[varying[0]], lines, name=varying[0], label=label, path=path)
    elif len(varying) == 2:
        first, second = (np.unique(points[name]) for name in varying)
        least = np.array([keys.index(row["least"]) if row["least"] in keys else -1 for row in rows])
        best = least.reshape(len(first), len(second))
        best_map(first, second, best, keys, names=(varying[0], varying[1]), path=path)
    else:
        raise ValueError(f"--figure draws one or two ranges, not {len(varying)}")


def _value(bound: Bound, values: Mapping[str, float]) -> float:
    mine = {name: value for name, value in values.items() if name in bound.parameters}
    try:
        if "step_size" in mine or "step_size" not in bound.parameters:
            return float(bound.value(**mine))
        return float(best_step_size(bound, mine).evaluation.value)
    except ConditionError:
        return float("nan")
