"""Pictures of the exact readings. matplotlib is imported when a picture is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from empirical.cli.reading_request import Asked
from empirical.cli.reading_rows import Row, exact_problem, varying
from empirical.experiments.experiment import Experiment
from empirical.falsification.tightness import worst_instance
from empirical.readings.simulate import simulate
from empirical.readings.stability import Unstable, stationary
from empirical.runtime.trajectory import Trajectory
from empirical.verdicts.inference import student_interval
from theory.measures import Quantity
from theory.notation import GLOSSARY
from theory.presentation.figures import axis_label

NUM_SEEDS = 200
"""Of the simulation beside exact moments."""

_FOUND = ("stable", "admitted")
"""What a row of a stability map holds beside the parameters that were given."""

_AT_MOST = 3
"""Ranges that a stability map can show: two axes and panels."""


def draw_readings(
    asked: Sequence[Asked],
    rows: Sequence[Row],
    path: Path,
    progress: Callable[[int, int, str], None],
) -> None:
    """Bound, worst case, exact moments and simulated mean of one method on one pair of axes.

    Args:
        asked: the worst cases, over a range of one parameter.
        rows: what was found, as data.
        path: where the picture goes.
        progress: told how far the moments are.

    Raises:
        ValueError: not exactly one parameter varies.
    """
    name = readings_axis([item.given for item in asked])
    figure, axes = _figure()
    x = [float(item.given[name]) for item in asked]
    noise = asked[0].gradient_noise
    promised = [{item["key"]: item["value"] for item in row["bounds"]} for row in rows]
    for key in _keys(promised):
        values = [row.get(key) or np.nan for row in promised]
        axes.plot(x, values, "--", marker=".", label=f"bound {key}")
    label = "exact worst case" + (", without noise" if noise else "")
    axes.plot(x, [row["worst_case"] for row in rows], "k-", marker="s", label=label)
    if _has_moments(asked[0]):
        _draw_moments_beside(axes, x, asked, progress)
    axes.set_yscale("log")
    _set_axis(axes, name, x)
    axes.set_ylabel(_measured(asked[0]))
    axes.set_title(f"{asked[0].algorithm.report_point.name}, {rows[0]['workers']}", fontsize=10)
    _finish(figure, axes, path)


def draw_moments(found: Sequence[tuple[Experiment, Trajectory]], path: Path) -> None:
    """The exact E|grad F|^2 at every step, its running mean, and where it settles."""
    figure, axes = _figure()
    for index, (experiment, run) in enumerate(found):
        colour = f"C{index}"
        steps = np.array(run.steps)
        values = run.values["squared_gradient_norm"].numpy()
        averages = run.averages["squared_gradient_norm"].numpy()
        label = f"{experiment.algorithm_name}, R = {experiment.num_rounds}"
        axes.plot(steps + 1, values, colour, alpha=0.5, label=label)
        axes.plot(steps + 1, averages, colour, linestyle="--", label="its mean over earlier steps")
        _draw_settled(axes, experiment, colour)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("local step  t + 1  [1]")
    axes.set_ylabel(rf"$E\,\|\nabla F\|^2$  [${_unit()}$]")
    _finish(figure, axes, path)


def draw_stability(title: str, rows: Sequence[Row], path: Path) -> None:
    """Largest stable step size over one, two or three parameters, with what theory admits.

    One range gives curves; two a map by colour with the admissible step sizes as contour lines; a
    third one panel a value.

    Raises:
        ValueError: no parameter varies, or more than three do.
    """
    names = stability_axes(rows)
    if len(names) == 1:
        _stability_curves(title, rows, names[0], path)
    else:
        _stability_maps(title, rows, names, path)


def stability_axes(given: Sequence[Mapping[str, Any]]) -> list[str]:
    """The parameters that vary.

    Raises:
        ValueError: none does, or more than three do.
    """
    names = varying(given, [name for name in given[0] if name not in _FOUND])
    if not 1 <= len(names) <= _AT_MOST:
        raise ValueError(f"--figure draws one to {_AT_MOST} ranges, not {len(names)}")
    return names


def _draw_moments_beside(
    axes: Any, x: Sequence[float], asked: Sequence[Asked], progress: Callable[[int, int, str], None]
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
    """Whether two camps of parabolas are built for this setting."""
    squared = asked.setting.quantity is Quantity.SQUARED_GRADIENT_NORM
    return squared and {"initial_gap", "heterogeneity"} <= set(asked.values)


def _draw_settled(axes: Any, experiment: Experiment, colour: str) -> None:
    try:
        found = stationary(experiment.algorithm, exact_problem(experiment))
    except (Unstable, ValueError):
        return
    level = found.error["squared_gradient_norm"]
    if level > 0:
        axes.axhline(level, color=colour, linestyle=":", label="settled, exactly")


def _stability_curves(title: str, rows: Sequence[Row], name: str, path: Path) -> None:
    figure, axes = _figure()
    x = [float(row[name]) for row in rows]
    axes.plot(x, [row["stable"] for row in rows], "k-", marker="s", label="largest stable")
    for key in _keys([row["admitted"] for row in rows]):
        values = [row["admitted"].get(key) or np.nan for row in rows]
        axes.plot(x, values, "--", marker=".", label=f"admitted by {key}")
    axes.set_yscale("log")
    _set_axis(axes, name, x)
    axes.set_ylabel(axis_label("step_size"))
    axes.set_title(title)
    _finish(figure, axes, path)


def _stability_maps(title: str, rows: Sequence[Row], names: Sequence[str], path: Path) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.colors import LogNorm

    third = names[2] if len(names) > 2 else None
    panels: dict[Any, list[Row]] = {}
    for row in rows:
        panels.setdefault(row[third] if third else None, []).append(row)
    stable = np.array([row["stable"] for row in rows], dtype=float)
    finite = stable[np.isfinite(stable)]
    if finite.size == 0:
        raise ValueError("nothing limits the step size anywhere; there is no map to draw")
    norm = LogNorm(finite.min(), max(finite.max(), finite.min() * 1.01))
    width = 4.6 * len(panels) + 1
    figure, axes = plt.subplots(
        1, len(panels), figsize=(width, 4.4), sharey=True, squeeze=False, layout="constrained"
    )
    for panel, (value, members) in zip(axes[0], panels.items(), strict=True):
        colours = _map(panel, members, names, norm)
        where = title if third is None else f"{title}, {third} = {float(value):g}"
        drawn = "".join(f"\nwhite: admitted by {key}" for key in _drawn(members))
        panel.set_title(where + drawn, fontsize=10)
    axes[0][0].set_ylabel(_label(names[1]))
    figure.colorbar(colours, ax=axes[0].tolist(), label=f"largest stable {axis_label('step_size')}")
    figure.savefig(path, dpi=150)
    plt.close(figure)


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
    _set_axis(panel, names[0], x)
    return colours


def _drawn(rows: Sequence[Row]) -> list[str]:
    """The bound that a map shows: the catalogue's, where it has one for these methods."""
    return _keys([row["admitted"] for row in rows])[:1]


def _keys(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every key of any row, in the order of appearance."""
    return list(dict.fromkeys(key for row in rows for key in row))


def readings_axis(given: Sequence[Mapping[str, Any]]) -> str:
    """The one parameter that varies.

    Raises:
        ValueError: none does, or several do.
    """
    names = varying(given, list(given[0]))
    if len(names) != 1:
        raise ValueError(f"--figure draws one range, not {', '.join(names) or 'none'}")
    return names[0]


def _label(name: str) -> str:
    """Of an axis: the glossary's, or the name as it was given."""
    if name == "heterogeneity_on_average":
        return f"{axis_label('heterogeneity')}, on average"
    return axis_label(name) if name in GLOSSARY else name


def _set_axis(axes: Any, name: str, x: Sequence[float] | np.ndarray) -> None:
    """Label and ticks; whole numbers are ticked one by one, in the logarithm where far apart."""
    axes.set_xlabel(_label(name))
    if name in GLOSSARY and GLOSSARY[name].integer:
        values = np.unique(x)
        if values[-1] >= 8 * values[0]:
            axes.set_xscale("log")
        axes.set_xticks(values, [f"{value:g}" for value in values])
        axes.minorticks_off()


def _measured(asked: Asked) -> str:
    summary, quantity = asked.setting.summary, asked.setting.quantity
    squared = quantity is Quantity.SQUARED_GRADIENT_NORM
    symbol = r"$E\,\|\nabla F\|^2$" if squared else r"$E\,F - F^*$"
    return (
        f"{summary.name.lower().replace('_', ' ')} of {symbol}  [${'f^2/x^2' if squared else 'f'}$]"
    )


def _unit() -> str:
    return "f^2/x^2"


def _figure() -> tuple[Any, Any]:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.6), layout="constrained")
    return figure, axes


def _finish(figure: Any, axes: Any, path: Path) -> None:
    import matplotlib.pyplot as plt

    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=150)
    plt.close(figure)
