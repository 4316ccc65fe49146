"""Bound, worst case, exact moments and simulation of one method, as one figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from empirical.cli.readings.axes import finish, set_axis, single_axes, the_one_that_varies
from empirical.cli.readings.request import Asked
from empirical.cli.readings.table import Row, keys_of
from empirical.falsification.tightness import worst_instance
from empirical.progress import Progress
from empirical.readings.simulate import simulate
from empirical.verdicts.inference import student_interval
from theory.measures import Quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NUM_SEEDS = 200
"""Seeds of the simulation that is drawn beside exact moments."""


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
    noise = asked[0].gradient_noise
    promised = [{item["key"]: item["bound"] for item in row["bounds"]} for row in rows]
    for key in keys_of(promised):
        values = [row.get(key) or np.nan for row in promised]
        axes.plot(x, values, "--", marker=".", label=f"bound {key}")
    label = "exact worst case" + (", without noise" if noise else "")
    axes.plot(x, [row["worst_case"] for row in rows], "k-", marker="s", label=label)
    if _has_moments(asked[0]):
        _draw_moments(axes, x, asked, progress)
    axes.set_yscale("log")
    set_axis(axes, name, x)
    axes.set_ylabel(_measured(asked[0]))
    axes.set_title(f"{asked[0].algorithm.report_point.name}, {rows[0]['workers']}", fontsize=10)
    finish(axes)
    return figure


def _draw_moments(
    axes: Axes, x: Sequence[float], asked: Sequence[Asked], progress: Progress
) -> None:
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
    axes.plot(x, exact, "C2-", marker="o", markersize=3, label="exact moments, worst parabolas")
    reach = np.abs(np.array(ends).T - np.array(means))
    label = f"simulated mean, {NUM_SEEDS} seeds, 95 %" if asked[0].gradient_noise else "simulated"
    axes.errorbar(x, means, yerr=reach, fmt="C3x", capsize=3, label=label)


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
