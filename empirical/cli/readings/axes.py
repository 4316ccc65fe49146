"""What the figures of the exact readings share: axes of glossary quantities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from empirical.cli.readings.table import varying
from theory.notation import GLOSSARY
from theory.presentation.figures import axis_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def the_one_that_varies(given: Sequence[Mapping[str, Any]]) -> str:
    """The name of the only parameter that varies.

    Raises:
        ValueError: none does, or several do.
    """
    names = varying(given, list(given[0]))
    if len(names) != 1:
        raise ValueError(f"--figure draws one range, not {', '.join(names) or 'none'}")
    return names[0]


def quantity_label(name: str) -> str:
    """Returns the label of an axis: the glossary's, or the name as it was given."""
    if name == "heterogeneity_on_average":
        return f"{axis_label('heterogeneity')}, on average"
    return axis_label(name) if name in GLOSSARY else name


def set_axis(axes: Axes, name: str, x: Sequence[float] | np.ndarray) -> None:
    """Label and ticks; whole numbers are ticked one by one, in the logarithm where far apart."""
    axes.set_xlabel(quantity_label(name))
    if name in GLOSSARY and GLOSSARY[name].integer:
        values = np.unique(x)
        if values[-1] >= 8 * values[0]:
            axes.set_xscale("log")
        axes.set_xticks(values, [f"{value:g}" for value in values])
        axes.minorticks_off()


def single_axes() -> tuple[Figure, Axes]:
    """A figure with one pair of axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.6), layout="constrained")
    return figure, figure.subplots()


def finish(axes: Axes) -> None:
    """Adds grid and legend."""
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=8)
