"""Several bounds at the same numbers, each at its best step size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from theory.bound import Bound, Side
from theory.comparing.boundaries import crossing_lines, without_repeats
from theory.figures import Regimes, curves, regime_map
from theory.solving.best_values import values_at

Reading = Callable[[Bound, Mapping[str, float]], Mapping[str, Any]]
"""Sets a bound at some numbers beside what can be attained there: attained, tightness, reading."""


@dataclass(frozen=True)
class Comparison:
    """Bounds at the same points.

    Attributes:
        bounds: what is compared.
        points: columns of numbers, flat.
        values: of every bound by key; nan where its conditions fail.
        step_sizes: at which each bound with a free step size stands there, by key.
    """

    bounds: tuple[Bound, ...]
    points: Mapping[str, np.ndarray]
    values: Mapping[str, np.ndarray]
    step_sizes: Mapping[str, np.ndarray]

    @property
    def promises(self) -> tuple[Bound, ...]:
        """The bounds among which the least is best: what no method beats is no method's."""
        return tuple(item for item in self.bounds if item.side is not Side.LOWER)

    @property
    def least(self) -> np.ndarray:
        """Index into promises of the least; -1 where none applies."""
        return self._choose(self.promises, np.inf, np.argmin)

    @property
    def floor(self) -> np.ndarray | None:
        """The greatest lower bound, nan where none applies; None where none is compared."""
        lower = [self.values[item.key] for item in self.bounds if item.side is Side.LOWER]
        if not lower:
            return None
        found = np.max(np.nan_to_num(np.stack(lower), nan=-np.inf), axis=0)
        return np.where(np.isinf(found), np.nan, found)

    @property
    def best(self) -> np.ndarray:
        """The value of the least; nan where none applies."""
        stacked = [self.values[item.key] for item in self.promises]
        found = np.min(np.nan_to_num(np.stack(stacked), nan=np.inf), axis=0)
        return np.where(np.isinf(found), np.nan, found)

    def _choose(
        self, bounds: Sequence[Bound], missing: float, choose: Callable[..., np.ndarray]
    ) -> np.ndarray:
        stacked = np.nan_to_num(np.stack([self.values[item.key] for item in bounds]), nan=missing)
        return np.where(np.isinf(stacked).all(axis=0), -1, choose(stacked, axis=0))


def compared(bounds: Sequence[Bound], points: Mapping[str, np.ndarray]) -> Comparison:
    """Bounds at points, each at its best step size unless one is given.

    Args:
        bounds: to compare.
        points: columns of numbers for their parameters, all of one length.

    Raises:
        ValueError: no bound but lower ones, different units, or a bound without best step size.
    """
    if all(item.side is Side.LOWER for item in bounds):
        raise ValueError("lower bounds alone leave nothing to compare; give an upper bound")
    units = {str(item.measure.unit): item.key for item in bounds}
    if len(units) > 1:
        said = ", ".join(f"{key} has {unit}" for unit, key in units.items())
        raise ValueError(f"bounds of different units cannot be compared: {said}")
    found = {bound.key: values_at(bound, points) for bound in bounds}
    return Comparison(
        tuple(bounds),
        points,
        {key: value for key, (value, _) in found.items()},
        {key: step for key, (_, step) in found.items() if step is not None},
    )


def compare_bounds(
    bounds: Sequence[Bound], points: Mapping[str, np.ndarray], reading: Reading | None = None
) -> list[dict[str, Any]]:
    """One row a point: its numbers, each bound's value, and the key of the least.

    A bound whose conditions fail there is nan and is never the least, nor is a lower bound. Beside
    lower bounds a row has the gap: the least over the greatest of them.

    Args:
        bounds: to compare.
        points: columns of numbers for their parameters.
        reading: adds the tightness of every bound that it applies to.
    """
    return rows_of(compared(bounds, points), reading)


def rows_of(found: Comparison, reading: Reading | None = None) -> list[dict[str, Any]]:
    """A comparison as plain data, one row a point."""
    keys = [item.key for item in found.promises]
    least = [keys[index] if index >= 0 else "none applies" for index in found.least]
    columns: dict[str, list[Any]] = {name: item.tolist() for name, item in found.points.items()}
    columns |= {key: item.tolist() for key, item in found.values.items()}
    columns["least"] = least
    if found.floor is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["gap"] = (found.best / found.floor).tolist()
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for index, row in enumerate(rows if reading is not None else ()):
        for bound in found.bounds:
            beside = _beside(reading, found, bound, index)
            row[f"tightness of {bound.key}"] = beside.get("tightness", float("nan"))
    return rows


def draw(found: Comparison, path: Path, mark: Mapping[str, float] | None = None) -> None:
    """Curves over one range, or a map of the least bound over two.

    Args:
        found: bounds at the points of one or two ranges.
        path: where the picture goes.
        mark: a point to show, by name.

    Raises:
        ValueError: there is no range, or there are more than two, or the mark is elsewhere.
    """
    varying = [name for name, column in found.points.items() if len(set(column)) > 1]
    mark = dict(mark or {})
    if mark and set(mark) != set(varying):
        raise ValueError(f"--mark takes {', '.join(varying)}, not {', '.join(mark)}")
    for name, place in mark.items():
        low, high = found.points[name].min(), found.points[name].max()
        if not low <= place <= high:
            raise ValueError(f"--mark {name}={place:g} is not in the range {low:g} to {high:g}")
    if len(varying) == 1:
        [name] = varying
        lower = tuple(item.key for item in found.bounds if item.side is Side.LOWER)
        label = f"bound  [${found.bounds[0].measure.unit.latex}$]"
        x = found.points[name]
        curves(x, found.values, name=name, label=label, path=path, dashed=lower, mark=mark)
    elif len(varying) == 2:
        regime_map(_regimes(found, (varying[0], varying[1])), path, mark)
    else:
        raise ValueError(f"--figure draws one or two ranges, not {len(varying)}")


def _regimes(found: Comparison, names: tuple[str, str]) -> Regimes:
    """What a map of two ranges shows."""
    x, y = (np.unique(found.points[name]) for name in names)
    order = np.lexsort((found.points[names[1]], found.points[names[0]]))

    def laid(column: np.ndarray) -> np.ndarray:
        return column[order].reshape(len(x), len(y))

    floor, lines = found.floor, crossing_lines(found, names)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = None if floor is None else laid(found.best / floor)
    return Regimes(
        names=names,
        x=x,
        y=y,
        best=laid(found.least),
        values={item.key: laid(found.values[item.key]) for item in found.promises},
        gap=gap,
        fixed={
            name: float(column[0]) for name, column in found.points.items() if name not in names
        },
        lines=lines,
        hidden=without_repeats(crossing_lines(found, names, hidden=True), lines),
    )


def _beside(
    reading: Reading | None, found: Comparison, bound: Bound, index: int
) -> Mapping[str, Any]:
    if reading is None or np.isnan(found.values[bound.key][index]):
        return {}
    given = dict(found.points)
    if bound.key in found.step_sizes:
        given["step_size"] = found.step_sizes[bound.key]
    return reading(bound, {name: float(given[name][index]) for name in bound.parameters})
