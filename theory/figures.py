"""Pictures of bounds. matplotlib is imported when a picture is asked for, not before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from theory.notation import GLOSSARY


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
    path: Path,
    dashed: Sequence[str] = (),
    mark: Mapping[str, float] | None = None,
) -> None:
    """Draws values against one hyperparameter, both axes logarithmic.

    Args:
        x: the hyperparameter.
        lines: values by legend entry; nan leaves a gap.
        name: glossary name of x.
        label: of the vertical axis, with its unit.
        path: where the picture goes; the ending says which kind.
        dashed: entries that are lower bounds.
        mark: the place of x to show, by name.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
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
    figure.savefig(path, dpi=150)
    plt.close(figure)


def stacked(
    x: np.ndarray,
    terms: Mapping[str, np.ndarray],
    *,
    name: str,
    label: str,
    title: str,
    path: Path,
) -> None:
    """Draws the terms of a bound as areas on top of each other, against one hyperparameter.

    Areas are shares of the sum, on a linear axis; the sum itself stands above them on a logarithmic
    one.

    Args:
        x: the hyperparameter.
        terms: values of each term by name.
        name: glossary name of x.
        label: of the sum, with its unit.
        title: of the picture.
        path: where the picture goes.
    """
    import matplotlib.pyplot as plt

    total = np.sum(list(terms.values()), axis=0)
    shares = [100 * values / np.where(total > 0, total, 1) for values in terms.values()]
    figure, (above, below) = plt.subplots(
        2, sharex=True, figsize=(6.4, 5.6), layout="constrained", height_ratios=(2, 3)
    )
    above.loglog(x, total, color="black", marker=".")
    above.set_ylabel(label)
    above.set_title(title, fontsize="medium")
    above.grid(visible=True, which="both", alpha=0.25)
    colours = plt.get_cmap("tab10").colors
    below.stackplot(x, *shares, labels=list(terms), colors=colours, alpha=0.8)
    below.set(ylim=(0, 100), xlim=(x.min(), x.max()), ylabel="share of the bound  [%]")
    below.set_xlabel(axis_label(name))
    figure.legend(loc="outside upper center", ncols=min(len(terms), 3), fontsize="small")
    figure.savefig(path, dpi=150)
    plt.close(figure)


@dataclass(frozen=True)
class Regimes:
    """What a map over two hyperparameters shows; all tables are (len(x), len(y)).

    Attributes:
        names: glossary names of x and y.
        x: values of the first hyperparameter.
        y: values of the second.
        best: index into values of the least bound; -1 where none applies.
        values: of each bound by key; nan where it does not apply.
        gap: least upper over greatest lower bound; None without lower bounds.
        fixed: the other numbers.
        lines: places (x, y) by formula, where theory puts boundaries.
        hidden: the same for boundaries of two bounds where a third is less.
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


def regime_map(regimes: Regimes, path: Path, mark: Mapping[str, float] | None = None) -> None:
    """Draws which of several bounds is least, by colour, and where any two of them are equal.

    A line between two methods is striped in their colours; it is drawn where no third one is less.
    Formulas are black and dashed, and grey where a third method is less; contours of the gap to a
    lower bound are thin and labelled.

    Args:
        regimes: what to show.
        path: where the picture goes.
        mark: the point to show, by name.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.2, 6.0), layout="constrained")
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
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _regions(axes: Any, regimes: Regimes) -> list[Any]:
    """Colours the regions; gives their legend entries."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    keys = list(regimes.values)
    colours = ["#dddddd", *(plt.get_cmap("tab10").colors * 3)[: len(keys)]]
    axes.pcolormesh(
        regimes.x,
        regimes.y,
        regimes.best.T,
        cmap=ListedColormap(colours),
        vmin=-1.5,
        vmax=len(keys) - 0.5,
        shading="nearest",
        alpha=0.55,
        rasterized=True,
    )
    shown = [index for index in range(-1, len(keys)) if (regimes.best == index).any()]
    return [
        Patch(color=colours[i + 1], alpha=0.55, label=keys[i] if i >= 0 else "none applies")
        for i in shown
    ]


def _boundaries(axes: Any, regimes: Regimes) -> list[Any]:
    """Stripes where two bounds are equal, for those whose regions touch."""
    import matplotlib.pyplot as plt
    from matplotlib.lines import Line2D

    colours = plt.get_cmap("tab10").colors * 3
    least = np.min([np.nan_to_num(v, nan=np.inf) for v in regimes.values.values()], axis=0)
    drawn = False
    tables = list(regimes.values.values())
    for i, j in sorted(touching(regimes.best)):
        first, second = tables[i], tables[j]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log(first / second)
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


def touching(best: np.ndarray) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Pairs of regions with a common border, and the cells before it; regions are >= 0."""
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for step in ((1, 0), (0, 1)):
        here = best[: best.shape[0] - step[0], : best.shape[1] - step[1]]
        there = best[step[0] :, step[1] :]
        for i, j in zip(*np.nonzero((here != there) & (here >= 0) & (there >= 0)), strict=True):
            one, other = sorted((int(here[i, j]), int(there[i, j])))
            found.setdefault((one, other), []).append((int(i), int(j)))
    return found


def _gap_contours(axes: Any, regimes: Regimes) -> list[Any]:
    """Contours of least upper over greatest lower bound."""
    from matplotlib.lines import Line2D

    if regimes.gap is None or not np.isfinite(regimes.gap).any() or min(regimes.gap.shape) < 2:
        return []
    finite = regimes.gap[np.isfinite(regimes.gap) & (regimes.gap > 0)]
    decades = np.log10(finite.max()) - np.log10(finite.min())
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
    """What does not vary, in the letters of papers."""
    return ",  ".join(
        f"${GLOSSARY[name].latex}={value:g}$" for name, value in sorted(fixed.items())
    )


def _ends(values: np.ndarray) -> tuple[float, float]:
    """The range of an axis; where there is one value, a range about it."""
    return (values.min(), values.max()) if len(values) > 1 else (values[0] / 2, values[0] * 2)
