"""Figures that compare bounds: curves over one hyperparameter, a regime map over two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from theory.bound import Side
from theory.comparison.comparison import Comparison
from theory.comparison.regime_boundaries import crossing_lines, without_repeats
from theory.presentation.figures import curves
from theory.presentation.regime_map import Regimes, regime_map

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def comparison_figure(found: Comparison, mark: Mapping[str, float] | None = None) -> Figure:
    """Draws curves over one range, or a map of the least bound over two ranges.

    Args:
        found: bounds at the points of one or two ranges.
        mark: a point to mark, with a value for each quantity that varies.

    Raises:
        ValueError: there is no range, or there are more than two, or the mark is outside them.
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
        return curves(x, found.values, name=name, label=label, dashed=lower, mark=mark)
    if len(varying) == 2:
        return regime_map(_regimes(found, (varying[0], varying[1])), mark)
    raise ValueError(f"--figure draws one or two ranges, not {len(varying)}")


def _regimes(found: Comparison, names: tuple[str, str]) -> Regimes:
    """Returns the data of a regime map over two quantities."""
    x, y = (np.unique(found.points[name]) for name in names)
    # Points sorted by x, then by y, so that reshaping makes tables of shape (len(x), len(y)).
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
