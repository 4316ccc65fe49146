"""Several bounds at the same numbers, each at its best step size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from theory.bound import Bound, ConditionError
from theory.figures import best_map, curves
from theory.tuning import best_step_size

Reading = Callable[[Bound, Mapping[str, float]], Mapping[str, Any]]
"""Sets a bound at some numbers beside what can be attained there: attained, tightness, reading."""


def compare_bounds(
    bounds: Sequence[Bound], points: Mapping[str, np.ndarray], reading: Reading | None = None
) -> list[dict[str, Any]]:
    """One row a point: its numbers, each bound's value, and the key of the least.

    A bound whose conditions fail there is nan and is never the least.

    Args:
        bounds: to compare.
        points: columns of numbers for their parameters.
        reading: adds the tightness of every bound that it applies to.
    """
    count = len(next(iter(points.values())))
    rows = []
    for index in range(count):
        values = {name: float(column[index]) for name, column in points.items()}
        at = {bound.key: _admissible(bound, values) for bound in bounds}
        found = {b.key: _value(b, at[b.key]) for b in bounds}
        finite = {key: value for key, value in found.items() if np.isfinite(value)}
        least = min(finite, key=lambda key: finite[key]) if finite else "none applies"
        rows.append({**values, **found, "least": least})
        for bound in bounds if reading is not None else ():
            beside = _beside(reading, bound, at[bound.key])
            rows[-1][f"tightness of {bound.key}"] = beside.get("tightness", float("nan"))
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


def _admissible(bound: Bound, values: Mapping[str, float]) -> dict[str, float] | None:
    """The bound's own numbers, its best step size put in where none is given; None if none is."""
    mine = {name: value for name, value in values.items() if name in bound.parameters}
    try:
        if "step_size" not in mine and "step_size" in bound.parameters:
            mine["step_size"] = best_step_size(bound, mine).step_size
        bound.value(**mine)
    except ConditionError:
        return None
    return mine


def _value(bound: Bound, values: Mapping[str, float] | None) -> float:
    return float("nan") if values is None else float(bound.value(**values))


def _beside(
    reading: Reading | None, bound: Bound, values: Mapping[str, float] | None
) -> Mapping[str, Any]:
    return {} if reading is None or values is None else reading(bound, values)
