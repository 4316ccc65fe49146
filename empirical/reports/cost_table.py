"""Presentation of costs: rows of a table, a figure, and the page that holds both."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from empirical.experiments.records import finite
from empirical.reports.costs import Cost
from empirical.reports.page import write_page
from theory.presentation.tables import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = (
    "method",
    "at the end",
    "seeds",
    "MB up",
    "MB down",
    "compression",
    "seconds",
    "R",
    "step size",
)
"""Columns of the table of costs; bytes and seconds are those of one worker."""


def cost_row(cost: Cost) -> list[str]:
    """Returns one row of the table of costs, in the order of COLUMNS.

    The final value is the mean over seeds ± its standard deviation.
    """
    spread = f" ± {cost.end.std(ddof=1):.2g}" if len(cost.end) > 1 else ""
    experiment = cost.runs.experiment
    return [
        cost.label,
        "diverged" if np.isnan(cost.end).any() else f"{cost.end.mean():.4g}{spread}",
        str(len(cost.end)),
        f"{cost.sent / 1e6:.4g}",
        f"{cost.received / 1e6:.4g}",
        f"{cost.factor:.3g}x",
        f"{cost.seconds:.3g}",
        str(experiment.num_rounds),
        number(float(experiment.algorithm.step_size)),
    ]


def cost_answer(cost: Cost) -> dict[str, Any]:
    """Returns a cost as JSON holds it; None for numbers that are not finite."""
    experiment, several = cost.runs.experiment, len(cost.end) > 1
    return {
        "algorithm": cost.label,
        "measure": cost.measure,
        "at_end": finite(float(cost.end.mean())),
        "standard_deviation": finite(float(cost.end.std(ddof=1))) if several else None,
        "num_seeds": len(cost.end),
        "sent_bytes": cost.sent,
        "received_bytes": cost.received,
        "compression": finite(float(cost.factor)),
        "seconds": cost.seconds,
        "num_rounds": experiment.num_rounds,
        "step_size": float(experiment.algorithm.step_size),
    }


def costs_figure(costs: Sequence[Cost]) -> Figure:
    """Draws the measure of every method over the bytes that a worker sent and received.

    Args:
        costs: one curve each; the axis of bytes is logarithmic.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.4), layout="constrained")
    axes = figure.subplots()
    styles = itertools.cycle(itertools.product(("-", "--", ":", "-."), range(10)))
    for cost, (dash, color) in zip(costs, styles, strict=False):  # styles repeat for ever
        spent, values = cost.curve
        label = f"{cost.label} ({cost.factor:.3g}x)"
        # The first point has spent nothing, which a logarithmic axis cannot show.
        axes.plot(spent[1:] / 1e6, values[1:], dash, color=f"C{color}", label=label)
        axes.plot(spent[-1:] / 1e6, values[-1:], "o", color=f"C{color}", markersize=4)
    axes.set_xscale("log")
    axes.set_xlabel("sent and received by a worker [MB]")
    axes.set_ylabel(costs[0].measure.replace("_", " "))
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def write_costs(folder: Path, costs: Sequence[Cost], rows: Sequence[Sequence[str]]) -> Path:
    """Writes a page with the table of costs and its figure.

    Args:
        folder: where the page goes; it is created where it is missing.
        costs: the costs, one curve each.
        rows: rows of the table, as cost_row makes them.

    Returns:
        The path of the page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lead = [
        f"{costs[0].measure.replace('_', ' ')} at the end of each run, against what one worker "
        "sent and received. Compression counts both ways, against one uncompressed vector each "
        "way after every step. Bytes are whole messages, headers and indices included."
    ]
    table = ("Costs", COLUMNS, rows)
    figure = ("costs", costs_figure(costs), "The measure along the bytes spent.")
    return write_page(folder, title="ratebound report", lead=lead, tables=[table], figures=[figure])
