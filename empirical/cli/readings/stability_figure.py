"""The largest stable step size over one to three parameters, as a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from empirical.cli.readings.axes import finish, quantity_label, set_axis, single_axes
from empirical.cli.readings.table import Row, keys_of, varying
from theory.presentation.figures import axis_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FOUND = ("stable", "admitted")
"""What a row holds beside the parameters that were given."""

_AT_MOST = 3
"""Ranges that a figure can show: two axes and panels."""


def stability_figure(title: str, rows: Sequence[Row]) -> Figure:
    """Largest stable step size over one, two or three parameters, with what theory admits.

    One range gives curves; two a map by colour with the admissible step sizes as contour lines; a
    third one panel a value.

    Raises:
        ValueError: no parameter varies, or more than three do.
    """
    names = stability_axes(rows)
    if len(names) == 1:
        return _curves(title, rows, names[0])
    return _maps(title, rows, names)


def stability_axes(given: Sequence[Mapping[str, Any]]) -> list[str]:
    """The parameters that vary.

    Raises:
        ValueError: none does, or more than three do.
    """
    names = varying(given, [name for name in given[0] if name not in _FOUND])
    if not 1 <= len(names) <= _AT_MOST:
        raise ValueError(f"--figure draws one to {_AT_MOST} ranges, not {len(names)}")
    return names


def _curves(title: str, rows: Sequence[Row], name: str) -> Figure:
    figure, axes = single_axes()
    x = [float(row[name]) for row in rows]
    axes.plot(x, [row["stable"] for row in rows], "k-", marker="s", label="largest stable")
    for key in keys_of([row["admitted"] for row in rows]):
        values = [row["admitted"].get(key) or np.nan for row in rows]
        axes.plot(x, values, "--", marker=".", label=f"admitted by {key}")
    axes.set_yscale("log")
    set_axis(axes, name, x)
    axes.set_ylabel(axis_label("step_size"))
    axes.set_title(title)
    finish(axes)
    return figure


def _maps(title: str, rows: Sequence[Row], names: Sequence[str]) -> Figure:
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    third = names[2] if len(names) > 2 else None
    panels: dict[Any, list[Row]] = {}
    for row in rows:
        panels.setdefault(row[third] if third else None, []).append(row)
    stable = np.array([row["stable"] for row in rows], dtype=float)
    finite = stable[np.isfinite(stable)]
    if finite.size == 0:
        raise ValueError("nothing limits the step size anywhere; there is no map to draw")
    norm = LogNorm(finite.min(), max(finite.max(), finite.min() * 1.01))
    figure = Figure(figsize=(4.6 * len(panels) + 1, 4.4), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)
    for panel, (value, members) in zip(axes[0], panels.items(), strict=True):
        colours = _map(panel, members, names, norm)
        where = title if third is None else f"{title}, {third} = {float(value):g}"
        drawn = "".join(f"\nwhite: admitted by {key}" for key in _drawn(members))
        panel.set_title(where + drawn, fontsize=10)
    axes[0][0].set_ylabel(quantity_label(names[1]))
    figure.colorbar(colours, ax=axes[0].tolist(), label=f"largest stable {axis_label('step_size')}")
    return figure


def _map(panel: Any, rows: Sequence[Row], names: Sequence[str], norm: Any) -> Any:
    values = [[float(row[name]) for row in rows] for name in names[:2]]
    (x, column), (y, line) = (np.unique(value, return_inverse=True) for value in values)

    def laid(numbers: Sequence[float | None]) -> np.ndarray:
        table = np.full((len(y), len(x)), np.nan)
        table[line, column] = np.array(numbers, dtype=float)  # None is nan
        return table

    stable = laid([row["stable"] for row in rows])
    colours = panel.pcolormesh(x, y, stable, norm=norm, shading="nearest", cmap="viridis")
    for key in _drawn(rows):
        admitted = laid([row["admitted"].get(key) for row in rows])
        lines = panel.contour(x, y, admitted, norm=norm, levels=6, colors="white")
        panel.clabel(lines, fmt="%.2g", fontsize=8)
    set_axis(panel, names[0], x)
    return colours


def _drawn(rows: Sequence[Row]) -> list[str]:
    """The bound that a map shows: the catalogue's, where it has one for these methods."""
    return keys_of([row["admitted"] for row in rows])[:1]
