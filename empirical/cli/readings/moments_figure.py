"""The exact expectation of |grad F|^2 along a run, as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from empirical.cli.readings.axes import finish, single_axes
from empirical.cli.readings.moments_rows import exact_problem
from empirical.experiments.experiment import Experiment
from empirical.readings.stability import Unstable, stationary
from empirical.runtime.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def moments_figure(found: Sequence[tuple[Experiment, Trajectory]]) -> Figure:
    """The exact E|grad F|^2 at every step, its running mean, and where it settles."""
    figure, axes = single_axes()
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
    axes.set_ylabel(r"$E\,\|\nabla F\|^2$  [$f^2/x^2$]")
    finish(axes)
    return figure


def _draw_settled(axes: Axes, experiment: Experiment, colour: str) -> None:
    try:
        found = stationary(experiment.algorithm, exact_problem(experiment))
    except (Unstable, ValueError):
        return
    level = found.error["squared_gradient_norm"]
    if level > 0:
        axes.axhline(level, color=colour, linestyle=":", label="settled, exactly")
