"""The figure of costs: a measure over the bytes that a worker sent and received."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from empirical.reports.costs import Cost, is_better
from theory.presentation.direct_labels import EndLabel, label_ends

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Colours that most colour-blind people can tell apart (Okabe and Ito)."""

_GREY, _DARK = "#b8b8b8", "#555555"

_WHY = ", which cost more or end worse"

_REFERENCE = "minibatch_sgd"
"""The method without local steps or compression, which is labelled wherever it is."""


def costs_figure(costs: Sequence[Cost]) -> Figure:
    """Draws the measure of every method over the bytes that a worker sent and received.

    Methods to which no other is at least as good for fewer bytes are coloured and labelled, six at
    most, and so is Minibatch SGD in dark grey; all others are light grey.

    Args:
        costs: one curve each; the axis of bytes is logarithmic.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 4.8), layout="constrained")
    axes = figure.subplots()
    best = frontier(costs)
    # Of more than there are colours, some from the cheapest to the best, both ends included.
    places = np.linspace(0, len(best) - 1, min(len(best), len(_COLOURS))).round().astype(int)
    shown = [best[place] for place in places]
    colours = {cost.label: colour for cost, colour in zip(shown, _COLOURS, strict=False)}
    for cost in costs:
        if cost.label == _REFERENCE:
            colours.setdefault(cost.label, _DARK)
    labels = []
    for cost in costs:
        spent, values = cost.curve
        colour = colours.get(cost.label, _GREY)
        width, layer = (1.8, 3) if cost.label in colours else (0.8, 2)
        # The first point has spent nothing, which a logarithmic axis cannot show.
        axes.plot(spent[1:] / 1e6, values[1:], color=colour, lw=width, zorder=layer)
        axes.plot(spent[-1:] / 1e6, values[-1:], "o", ms=4, color=colour, zorder=layer)
        if cost.label in colours:
            text = f"{cost.label} ({cost.factor:.3g}x)"
            labels.append(EndLabel(float(spent[-1] / 1e6), float(values[-1]), text, colour))
    axes.set_xscale("log")
    axes.set_xlabel("sent and received by a worker [MB]")
    axes.set_ylabel(costs[0].measure.replace("_", " "))
    axes.grid(visible=True, which="major", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.canvas.draw()  # fixes the limits, which the places of labels depend on
    label_ends(axes, labels)
    others = len(costs) - len(colours)
    if others:
        axes.text(
            0.01,
            0.99,
            f"light grey: {others} others" + (_WHY if len(shown) == len(best) else ""),
            transform=axes.transAxes,
            va="top",
            fontsize=8,
            color="#777777",
        )
    return figure


def frontier(costs: Sequence[Cost]) -> list[Cost]:
    """Returns the methods that no other beats in bytes and in the measure, the cheapest first.

    Runs that diverged are none of them.
    """
    finite = [cost for cost in costs if np.isfinite(cost.end.mean())]
    found: list[Cost] = []
    for cost in sorted(finite, key=lambda item: item.sent + item.received):
        if not found or is_better(cost.measure, cost.end.mean(), found[-1].end.mean()):
            found.append(cost)
    return found
