"""Figures of bounds. matplotlib is imported when a figure is drawn, not before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from theory.notation import GLOSSARY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RESOLUTION = 150
"""Dots per inch of figures that are saved as pixels."""


def save(figure: Figure, path: Path) -> None:
    """Writes a figure; the ending of the path says in which format."""
    figure.savefig(path, dpi=_RESOLUTION)


def axis_label(name: str) -> str:
    """Name, symbol and unit of a glossary quantity."""
    row = GLOSSARY[name]
    return f"{name.replace('_', ' ')}  ${row.latex}$  [${row.unit.latex}$]"


def curves(
    x: np.ndarray,
    lines: Mapping[str, np.ndarray],
    *,
    name: str,
    label: str,
    dashed: Sequence[str] = (),
    mark: Mapping[str, float] | None = None,
) -> Figure:
    """Draws values against one hyperparameter, both axes logarithmic.

    Args:
        x: the hyperparameter.
        lines: values by legend entry; nan leaves a gap.
        name: glossary name of x.
        label: of the vertical axis, with its unit.
        dashed: entries that are lower bounds.
        mark: the place of x to show, by name.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    for legend, values in lines.items():
        style = "--" if legend in dashed else "-"
        entry = f"{legend} (lower bound)" if legend in dashed else legend
        axes.loglog(x, values, style, marker=".", label=entry)
    for place in (mark or {}).values():
        axes.axvline(place, color="black", lw=0.8, ls=":")
    axes.set_xlabel(axis_label(name))
    axes.set_ylabel(label)
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend()
    return figure


def stacked(
    x: np.ndarray,
    terms: Mapping[str, np.ndarray],
    *,
    name: str,
    label: str,
    title: str,
) -> Figure:
    """Draws the terms of a bound as areas on top of each other, against one hyperparameter.

    Areas are shares of the sum, on a linear axis; the sum itself stands above them on a logarithmic
    one.

    Args:
        x: the hyperparameter.
        terms: values of each term by name.
        name: glossary name of x.
        label: of the sum, with its unit.
        title: of the picture.
    """
    from matplotlib import color_sequences
    from matplotlib.figure import Figure

    total = np.sum(list(terms.values()), axis=0)
    shares = [100 * values / np.where(total > 0, total, 1) for values in terms.values()]
    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    above, below = figure.subplots(2, sharex=True, height_ratios=(2, 3))
    above.loglog(x, total, color="black", marker=".")
    above.set_ylabel(label)
    above.set_title(title, fontsize="medium")
    above.grid(visible=True, which="both", alpha=0.25)
    colours = color_sequences["tab10"]
    below.stackplot(x, *shares, labels=list(terms), colors=colours, alpha=0.8)
    below.set(ylim=(0, 100), xlim=(x.min(), x.max()), ylabel="share of the bound  [%]")
    below.set_xlabel(axis_label(name))
    figure.legend(loc="outside upper center", ncols=min(len(terms), 3), fontsize="small")
    return figure
