"""Figures of bounds over one hyperparameter, as curves or as stacked shares.

matplotlib is imported when a figure is drawn, not before, so that other commands start quickly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from theory.notation import GLOSSARY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RESOLUTION = 150
"""Dots per inch of figures in a pixel format."""


def save(figure: Figure, path: Path) -> None:
    """Writes a figure in the format that the suffix of the path names."""
    figure.savefig(path, dpi=_RESOLUTION)


def axis_label(name: str) -> str:
    """Returns the label of an axis: name, symbol and unit of a glossary quantity."""
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
        x: the values of the hyperparameter.
        lines: the values of each curve by legend entry; nan leaves a gap.
        name: the glossary name of x.
        label: the label of the vertical axis, with its unit.
        dashed: the entries of lower bounds, which are drawn dashed.
        mark: a value of x to mark by a vertical line, by name.
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

    The areas are shares of the sum in percent, on a linear axis, since heights on a logarithmic
    axis do not add up. The sum itself is drawn above them on a logarithmic axis.

    Args:
        x: the values of the hyperparameter.
        terms: the values of each term by name.
        name: the glossary name of x.
        label: the label of the axis of the sum, with its unit.
        title: the title of the figure.
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
