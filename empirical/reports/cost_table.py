"""Presentation of costs: rows of a table, a figure, and the page that holds both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from empirical.experiments.records import finite
from empirical.reports.cost_figure import costs_figure
from empirical.reports.costs import Cost, order_of, setting_of
from empirical.reports.page import write_page
from theory.presentation.tables import number

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
        "way after every step. Bytes are whole messages, headers and indices included.",
        order_of(costs),
    ]
    table = ("Costs", COLUMNS, rows)
    caption = f"The measure along the bytes spent. {setting_of(costs)}"
    figure = ("costs", costs_figure(costs), caption)
    return write_page(folder, title="ratebound report", lead=lead, tables=[table], figures=[figure])
