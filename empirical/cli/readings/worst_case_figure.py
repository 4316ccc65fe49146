"""Bound, worst case, exact moments and simulation of one method, as one figure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from empirical.cli.readings.axes import set_axis, single_axes, the_one_that_varies
from empirical.cli.readings.request import Asked
from empirical.cli.readings.table import Row, keys_of
from empirical.description import name_of
from empirical.falsification.tightness import worst_instance
from empirical.progress import Progress
from empirical.readings.simulate import simulate
from empirical.verdicts.inference import student_interval
from theory.measures import Quantity
from theory.notation import GLOSSARY
from theory.notation.plain_formula import plain_letter
from theory.presentation.direct_labels import EndLabel, label_ends
from theory.presentation.typography import typographic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NUM_SEEDS = 200
"""Seeds of the simulation that is drawn beside exact moments."""

_BOUNDS = ("#0072b2", "#56b4e9", "#004a75", "#7a9fd4", "#3d6f9e", "#9cc8e0")
_DASHES = ("--", "-.", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1)), (0, (8, 2)))
_MOMENTS, _SIMULATED = "#009e73", "#d55e00"
"""Bounds are blue, each with a dash of its own; exact moments are green, simulation is orange."""


def worst_case_figure(asked: Sequence[Asked], rows: Sequence[Row], progress: Progress) -> Figure:
    """Bound, worst case, exact moments and simulated mean of one method on one pair of axes.

    Args:
        asked: the worst cases, over a range of one parameter.
        rows: what was found, as data.
        progress: receives how far the moments are.

    Raises:
        ValueError: not exactly one parameter varies.
    """
    name = the_one_that_varies([item.given for item in asked])
    figure, axes = single_axes()
    x = [float(item.given[name]) for item in asked]
    labels = _draw_bounds(axes, x, rows)
    exact = "exact worst case" + (", without noise" if asked[0].gradient_noise else "")
    worst = [row["worst_case"] for row in rows]
    axes.plot(x, worst, "-", color="black", marker="s", markersize=7, fillstyle="none")
    labels.append(EndLabel(x[-1], worst[-1], exact, "black"))
    if _has_moments(asked[0]):
        labels += _draw_moments(axes, x, asked, progress)
    axes.set_yscale("log")
    set_axis(axes, name, x)
    axes.set_ylabel(_measured(asked[0]))
    axes.set_title(_setting(asked[0], name, rows[0]["workers"]), fontsize=9, loc="left")
    axes.grid(visible=True, which="major", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.canvas.draw()  # fixes the limits, which the places of labels depend on
    label_ends(axes, labels)
    return figure


def _draw_bounds(axes: Axes, x: Sequence[float], rows: Sequence[Row]) -> list[EndLabel]:
    """Draws bounds that differ, each once, and returns a label for each with all their keys.

    A bound without a value anywhere is not drawn; the table says why it has none.
    """
    promised = [{item["key"]: item["bound"] for item in row["bounds"]} for row in rows]
    columns = {
        key: np.array([row.get(key) or np.nan for row in promised], dtype=float)
        for key in keys_of(promised)
    }
    groups: list[tuple[np.ndarray, list[str]]] = []
    for key, values in columns.items():
        if np.isnan(values).all():
            continue
        same = next(
            (keys for v, keys in groups if np.allclose(v, values, 1e-6, equal_nan=True)), None
        )
        if same is None:
            groups.append((values, [key]))
        else:
            same.append(key)
    labels = []
    styles = itertools.cycle(zip(_BOUNDS, _DASHES, strict=True))
    for (values, keys), (colour, dash) in zip(groups, styles, strict=False):
        axes.plot(x, values, ls=dash, marker=".", color=colour)
        last = int(np.flatnonzero(np.isfinite(values))[-1])
        labels.append(EndLabel(x[last], float(values[last]), "bound " + "\n= ".join(keys), colour))
    return labels


def _setting(asked: Asked, varied: str, workers: str) -> str:
    """Returns the method with the values of its fields and of its functions, but for one."""
    given = {**asked.given, "step_size": float(asked.algorithm.step_size)}
    del given[varied]
    said = [f"{plain_letter(n) if n in GLOSSARY else n} = {v}" for n, v in given.items()]
    method, point = name_of(type(asked.algorithm)), asked.algorithm.report_point.value
    return f"{method}, {workers}: {', '.join(said)}\nat {typographic(point)}"


def _draw_moments(
    axes: Axes, x: Sequence[float], asked: Sequence[Asked], progress: Progress
) -> list[EndLabel]:
    exact, means, ends = [], [], []
    for index, item in enumerate(asked):
        progress(index, len(asked), "exact moments and simulation")
        found = worst_instance(item.algorithm, item.values)
        if found is None:
            sample = np.array([np.nan])
        else:
            seeds = range(NUM_SEEDS if item.gradient_noise else 1)
            run = simulate(found.algorithm, found.problem, num_rounds=found.num_rounds, seeds=seeds)
            sample = run.final_averages["squared_gradient_norm"].numpy()
        exact.append(np.nan if found is None else found.attained)
        means.append(sample.mean())
        ends.append(student_interval(sample) if len(sample) > 1 else (sample[0], sample[0]))
    axes.plot(x, exact, ":", color=_MOMENTS, marker="o", markersize=3.5)
    reach = np.abs(np.array(ends).T - np.array(means))
    text = f"simulated mean, {NUM_SEEDS} seeds, 95 %" if asked[0].gradient_noise else "simulated"
    axes.errorbar(x, means, yerr=reach, fmt="x", color=_SIMULATED, capsize=3)
    return [
        EndLabel(x[-1], float(exact[-1]), "exact moments, worst parabolas", _MOMENTS),
        EndLabel(x[-1], float(means[-1]), text, _SIMULATED),
    ]


def _has_moments(asked: Asked) -> bool:
    """True if two quadratics can be built with the constants of this setting."""
    squared = asked.setting.quantity is Quantity.SQUARED_GRADIENT_NORM
    return squared and {"initial_gap", "heterogeneity"} <= set(asked.values)


def _measured(asked: Asked) -> str:
    summary, quantity = asked.setting.summary, asked.setting.quantity
    squared = quantity is Quantity.SQUARED_GRADIENT_NORM
    symbol = r"$E\,\|\nabla F\|^2$" if squared else r"$E\,F - F^*$"
    return (
        f"{summary.name.lower().replace('_', ' ')} of {symbol}  [${'f^2/x^2' if squared else 'f'}$]"
    )
