"""Presentation of verdicts: rows of a table, plain data, and the figure of rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from empirical.experiments.records import finite
from empirical.verdicts.inference import student_interval
from empirical.verdicts.judge import Judged
from empirical.verdicts.verdict import Claim, Evidence, Verdict
from theory.presentation.figures import axis_label
from theory.presentation.tables import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = ("bound", "claim", "verdict", "promised", "measured [95 %]", "tightness", "evidence")
"""Columns of the verdict table, in the terminal and on the page."""


def verdict_row(judged: Judged) -> list[str]:
    """Returns one row of the verdict table, in the order of COLUMNS."""
    verdict = judged.verdict
    low, high = verdict.interval
    interval = f" [{low:.3g}, {high:.3g}]" if np.isfinite(low) else ""
    level = verdict.claim is Claim.LEVEL
    return [
        verdict.key,
        f"{'level' if level else 'rate'}, {_rounds(judged)}",
        verdict.outcome.value,
        number(verdict.bound),
        f"{verdict.measured:.3g}{interval}",
        number(verdict.tightness) if level else "",
        _evidence(verdict),
    ]


def _rounds(judged: Judged) -> str:
    rounds = [runs.experiment.num_rounds for runs in judged.runs]
    return f"R = {rounds[0]}" if len(rounds) == 1 else f"R = {rounds[0]} to {rounds[-1]}"


def _evidence(verdict: Verdict) -> str:
    if verdict.evidence is Evidence.STATISTICAL:
        return f"{verdict.num_seeds} seeds"
    return verdict.evidence.value if verdict.evidence else ""


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Returns a verdict as plain data, with None (null) for numbers that are not finite."""
    plain = asdict(verdict)
    del plain["levels"], plain["parameter"]
    plain["claim"] = verdict.claimed
    plain["outcome"] = verdict.outcome.value
    plain["evidence"] = verdict.evidence.value if verdict.evidence else None
    plain["tightness"] = verdict.tightness if verdict.claim is Claim.LEVEL else np.nan
    for name in ("bound", "measured", "tightness"):
        plain[name] = finite(plain[name])
    plain["interval"] = [finite(end) for end in verdict.interval]
    return plain


def rates_figure(rates: Sequence[Judged]) -> Figure:
    """Draws, for each series of budgets, the measured mean with its interval under its bound.

    Args:
        rates: judged series, at least one, each drawn as a panel; the horizontal axis is the number
            of rounds, and both axes are logarithmic.
    """
    from matplotlib.figure import Figure

    # At most two panels a row, so that letters are as large on a page as those around the figure.
    columns = min(2, len(rates))
    rows = -(-len(rates) // columns)
    figure = Figure(figsize=(4.6 * columns, 3.4 * rows), layout="constrained")
    panels = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    for judged, axes in zip(rates, panels, strict=False):
        _draw_series(judged, axes)
    for axes in panels[len(rates) :]:
        axes.remove()
    unit = rates[0].bound.measure.unit.latex
    figure.supylabel(rf"time average of $E\,\|\nabla F\|^2$  [${unit}$]", fontsize=10)
    return figure


def _draw_series(judged: Judged, axes: Any) -> None:
    bound, runs = judged.bound, judged.runs
    rounds = [item.experiment.num_rounds for item in runs]
    samples = [item.measures["squared_gradient_norm"] for item in runs]
    means = np.array([sample.mean() for sample in samples])
    ends = np.array([student_interval(sample) for sample in samples]).T
    axes.loglog(
        rounds,
        judged.verdict.levels,
        "k--",
        marker=".",
        label=f"bound, slope {judged.verdict.bound:.2f}",
    )
    label = f"measured, slope {judged.verdict.measured:.2f} (95 % interval)"
    axes.errorbar(
        rounds,
        means,
        yerr=[means - ends[0], ends[1] - means],
        marker="o",
        markersize=3,
        capsize=3,
        label=label,
    )
    axes.set_title(f"{bound.key}: {judged.verdict.outcome.value}", fontsize=10)
    axes.set_xticks(rounds, [str(value) for value in rounds])
    axes.minorticks_off()
    axes.set_xlabel(axis_label("num_rounds"))
    axes.tick_params(labelbottom=True)  # shared axes label the lowest row only, which may be short
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=8)
