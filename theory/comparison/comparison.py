"""Several bounds evaluated at the same points, each at its best step size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.bound import Bound, Side
from theory.tuning.best_values import values_at

Reading = Callable[[Bound, Mapping[str, float]], Mapping[str, Any]]
"""A function that compares a bound with what a method attains at some numbers.

It returns a mapping with the keys attained, tightness and reading.
"""


NONE, TIE = -1, -2
"""In place of the index of the least bound: none applies, or several are equal."""

TOLERANCE = 1e-9
"""The relative difference up to which bounds are equal; best step sizes are found numerically."""


@dataclass(frozen=True)
class Comparison:
    """The values of several bounds at the same points.

    Attributes:
        bounds: the bounds that are compared.
        points: for each quantity its value at every point, a column of shape (points,).
        values: by key of a bound its value at every point; nan where its conditions fail.
        step_sizes: by key of a bound with a free step size the one that was used at every point.
    """

    bounds: tuple[Bound, ...]
    points: Mapping[str, np.ndarray]
    values: Mapping[str, np.ndarray]
    step_sizes: Mapping[str, np.ndarray]

    @property
    def promises(self) -> tuple[Bound, ...]:
        """The bounds that are not lower bounds, and so promise what some method attains."""
        return tuple(item for item in self.bounds if item.side is not Side.LOWER)

    @property
    def least(self) -> np.ndarray:
        """The index into `promises` of the least bound at each point.

        It is NONE where none applies and TIE where several are equal and least.
        """
        count = self.leads.sum(axis=0)
        return np.select([count == 0, count > 1], [NONE, TIE], self.leads.argmax(axis=0))

    @property
    def leads(self) -> np.ndarray:
        """Whether each of `promises` is least, or ties with it, at each point; (bounds, points)."""
        stacked = np.stack([self.values[item.key] for item in self.promises])
        leads: np.ndarray = stacked <= self.best * (1 + TOLERANCE)
        return leads

    @property
    def floor(self) -> np.ndarray | None:
        """The greatest lower bound at each point, nan where none applies.

        None if no lower bound is among those compared.
        """
        lower = [self.values[item.key] for item in self.bounds if item.side is Side.LOWER]
        if not lower:
            return None
        found = np.max(np.nan_to_num(np.stack(lower), nan=-np.inf), axis=0)
        return np.where(np.isinf(found), np.nan, found)

    @property
    def best(self) -> np.ndarray:
        """The value of the least of `promises` at each point; nan where none applies."""
        stacked = [self.values[item.key] for item in self.promises]
        found = np.min(np.nan_to_num(np.stack(stacked), nan=np.inf), axis=0)
        return np.where(np.isinf(found), np.nan, found)


def compare(bounds: Sequence[Bound], points: Mapping[str, np.ndarray]) -> Comparison:
    """Returns bounds at points, each at its best step size unless one is given.

    Args:
        bounds: the bounds to compare.
        points: by name a column of values for each parameter, all of one length.

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


def rows_of(found: Comparison, reading: Reading | None = None) -> list[dict[str, Any]]:
    """Returns a comparison as plain data, one row for each point.

    A row holds the numbers of the point, the value of each bound, and the keys of the least bounds:
    none where none applies, and several where these are equal. A bound whose conditions fail at the
    point is nan and is never the least, nor is a lower bound. If lower bounds are compared, a row
    also holds the gap: the least bound over the greatest lower bound.

    Args:
        found: the bounds at all points.
        reading: if given, rows also hold the tightness of every bound that it applies to.
    """
    keys = np.array([item.key for item in found.promises])
    least = [keys[leads].tolist() for leads in found.leads.T]
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


def _beside(
    reading: Reading | None, found: Comparison, bound: Bound, index: int
) -> Mapping[str, Any]:
    if reading is None or np.isnan(found.values[bound.key][index]):
        return {}
    given = dict(found.points)
    if bound.key in found.step_sizes:
        given["step_size"] = found.step_sizes[bound.key]
    return reading(bound, {name: float(given[name][index]) for name in bound.parameters})
