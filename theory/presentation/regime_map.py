"""The regime map: a figure of which of several bounds is least over two hyperparameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from theory.comparison.comparison import NONE, TIE
from theory.comparison.regime_boundaries import touching
from theory.notation import GLOSSARY
from theory.presentation.figures import axis_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Regimes:
    """The data of a regime map; all tables have shape (len(x), len(y)).

    Attributes:
        names: the glossary names of x and y.
        x: the values of the first hyperparameter.
        y: the values of the second hyperparameter.
        best: the index into `values` of the least bound; NONE where none applies, TIE where several
            are equal.
        values: the values of each bound by key; nan where it does not apply.
        gap: the least upper bound over the greatest lower bound; None without lower bounds.
        fixed: the values of all other quantities, by name.
        lines: the points (x, y) of each boundary that has a formula, by formula.
        hidden: the points (x, y) of boundaries between two bounds where a third is less, by
            formula.
    """

    names: tuple[str, str]
    x: np.ndarray
    y: np.ndarray
    best: np.ndarray
    values: Mapping[str, np.ndarray]
    gap: np.ndarray | None = None
    fixed: Mapping[str, float] = field(default_factory=dict)
    lines: Mapping[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    hidden: Mapping[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)


def regime_map(regimes: Regimes, mark: Mapping[str, float] | None = None) -> Figure:
    """Draws which of several bounds is least, by colour, and where any two of them are equal.

    The line between two methods is striped in their colours and drawn where no third one is less.
    Lines given by formulas are black and not solid, and grey where a third method is less. Contours
    of the gap to a lower bound are thin and labelled.

    Args:
        regimes: the data to draw.
        mark: a point to mark by a star, with a value for each of the two quantities.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 6.0), layout="constrained")
    axes = figure.subplots()
    axes.set(xscale="log", yscale="log", xlim=_ends(regimes.x), ylim=_ends(regimes.y))
    entries = _regions(axes, regimes) + _boundaries(axes, regimes)
    styles = ("--", ":", "-.")
    for (formula, (x, y)), style in zip(regimes.lines.items(), styles * 4, strict=False):
        entries += axes.plot(x, y, color="black", ls=style, lw=1.6, label=formula)
    for (formula, (x, y)), style in zip(regimes.hidden.items(), styles * 4, strict=False):
        entries += axes.plot(x, y, color="#777777", ls=style, lw=1.0, label=formula)
    entries += _gap_contours(axes, regimes)
    if mark:
        place = [mark[name] for name in regimes.names]
        text = ", ".join(f"{name.replace('_', ' ')} {mark[name]:g}" for name in regimes.names)
        entries += axes.plot(*place, "*", ms=15, mfc="white", mec="black", ls="", label=text)
    axes.set_xlabel(axis_label(regimes.names[0]))
    axes.set_ylabel(axis_label(regimes.names[1]))
    figure.legend(handles=entries, loc="outside upper center", ncols=2, fontsize="small")
    figure.supxlabel(_given(regimes.fixed), fontsize="x-small", color="#555555")
    return figure


def _regions(axes: Any, regimes: Regimes) -> list[Any]:
    """Colours the region of each method and returns the legend entries."""
    from matplotlib import color_sequences
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    keys = list(regimes.values)
    colours = ["#777777", "#dddddd", *(color_sequences["tab10"] * 3)[: len(keys)]]
    axes.pcolormesh(
        regimes.x,
        regimes.y,
        regimes.best.T,
        cmap=ListedColormap(colours),
        vmin=TIE - 0.5,
        vmax=len(keys) - 0.5,
        shading="nearest",
        alpha=0.55,
        rasterized=True,
    )
    labels = {TIE: "equal", NONE: "none applies", **dict(enumerate(keys))}
    return [
        Patch(color=colours[index - TIE], alpha=0.55, label=label)
        for index, label in labels.items()
        if (regimes.best == index).any()
    ]


def _boundaries(axes: Any, regimes: Regimes) -> list[Any]:
    """Draws a striped line where two bounds are equal if their regions touch; returns the entry."""
    from matplotlib import color_sequences
    from matplotlib.lines import Line2D

    colours = color_sequences["tab10"] * 3
    least = np.min([np.nan_to_num(v, nan=np.inf) for v in regimes.values.values()], axis=0)
    drawn = False
    tables = list(regimes.values.values())
    for i, j in sorted(touching(regimes.best)):
        first, second = tables[i], tables[j]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log(first / second)
        # No line where a third bound is less than both by more than 10 %.
        ratio = np.where(np.minimum(first, second) <= 1.1 * least, ratio, np.nan)
        for colour, width, style in (("white", 4.5, "-"), (colours[i], 2.5, "-")):
            axes.contour(
                regimes.x,
                regimes.y,
                ratio.T,
                [0],
                colors=[colour],
                linewidths=width,
                linestyles=style,
            )
        axes.contour(
            regimes.x, regimes.y, ratio.T, [0], colors=[colours[j]], linewidths=2.5, linestyles="--"
        )
        drawn = True
    entry = Line2D([], [], color=colours[0], lw=2.5, label="striped: the two are equal")
    entry.set(linestyle=(0, (4, 2)), gapcolor=colours[1])
    return [entry] if drawn else []


def _gap_contours(axes: Any, regimes: Regimes) -> list[Any]:
    """Draws contours of the least upper over the greatest lower bound; returns the entry."""
    from matplotlib.lines import Line2D

    if regimes.gap is None or not np.isfinite(regimes.gap).any() or min(regimes.gap.shape) < 2:
        return []
    finite = regimes.gap[np.isfinite(regimes.gap) & (regimes.gap > 0)]
    decades = np.log10(finite.max()) - np.log10(finite.min())
    # Levels 1, 2, 5 a decade, or 1 alone where these would crowd the map.
    steps = (1, 2, 5) if decades < 3 else (1,)
    powers = range(int(np.floor(np.log10(finite.min()))), int(np.ceil(np.log10(finite.max()))) + 1)
    levels = [step * 10.0**power for power in powers for step in steps]
    levels = [level for level in levels if finite.min() < level < finite.max()]
    if not levels:
        return []
    drawn = axes.contour(
        regimes.x, regimes.y, regimes.gap.T, levels, colors="#333333", linewidths=0.8
    )
    axes.clabel(drawn, fmt=lambda level: f"{level:g}", fontsize="x-small")
    return [Line2D([], [], color="#333333", lw=0.8, label="least upper / greatest lower bound")]


def _given(fixed: Mapping[str, float]) -> str:
    """The values that do not vary, each with its symbol."""
    return ",  ".join(
        f"${GLOSSARY[name].latex}={value:g}$" for name, value in sorted(fixed.items())
    )


def _ends(values: np.ndarray) -> tuple[float, float]:
    """The range of an axis; for a single value, from half of it to twice it."""
    return (values.min(), values.max()) if len(values) > 1 else (values[0] / 2, values[0] * 2)
