"""What people read: the verdict table, the figure of rates, and a page that holds both."""

from __future__ import annotations

import base64
import html
import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from empirical.experiments.records import commit, finite, versions
from empirical.reports.costs import Cost
from empirical.verdicts.inference import student_interval
from empirical.verdicts.judge import Judged
from empirical.verdicts.verdict import Claim, Evidence, Verdict
from theory.presentation.figures import axis_label
from theory.presentation.tables import number

COLUMNS = ("bound", "claim", "verdict", "promised", "measured [95 %]", "tightness", "evidence")
"""Of the verdict table, in the terminal and on the page."""

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td { text-align: left; white-space: nowrap; padding: .3rem .6rem; }
th, td { border-bottom: 1px solid #ccc; }
.scroll { overflow-x: auto; } img { max-width: 100%; }
.HOLDS, .PROVED { color: #17692e; } .VIOLATED { color: #b00020; font-weight: bold; }
.INCONCLUSIVE, .INAPPLICABLE { color: #7a5b00; }
"""


def verdict_row(judged: Judged) -> list[str]:
    """One line of the verdict table."""
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
    """A verdict as plain data; what is not finite is null."""
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


def draw_rates(rates: Sequence[Judged], path: Path) -> None:
    """Draws, for each series of budgets, the measured mean with its interval under its bound.

    Args:
        rates: judged series, each a panel; horizon on the horizontal axis, both axes logarithmic.
        path: where the picture goes.
    """
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(
        1,
        len(rates),
        figsize=(4.4 * len(rates), 4.2),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for judged, axes in zip(rates, panels[0], strict=True):
        _draw_series(judged, axes)
    unit = rates[0].bound.measure.unit.latex
    panels[0][0].set_ylabel(rf"time average of $E\,\|\nabla F\|^2$  [${unit}$]")
    figure.savefig(path, dpi=150)
    plt.close(figure)


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
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=8)


COST_COLUMNS = (
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
"""Of the table of costs."""


def cost_row(cost: Cost) -> list[str]:
    """One line of the table of costs: bytes and seconds of one worker."""
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


def draw_costs(costs: Sequence[Cost], path: Path) -> None:
    """Draws the measure of every method along the bytes that a worker sent and received.

    Args:
        costs: one curve each; bytes on the horizontal axis, logarithmic.
        path: where the picture goes.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 5.4), layout="constrained")
    styles = itertools.cycle(itertools.product(("-", "--", ":", "-."), range(10)))
    for cost, (dash, color) in zip(costs, styles, strict=False):
        spent, values = cost.curve
        label = f"{cost.label} ({cost.factor:.3g}x)"
        axes.plot(spent[1:] / 1e6, values[1:], dash, color=f"C{color}", label=label)
        axes.plot(spent[-1:] / 1e6, values[-1:], "o", color=f"C{color}", markersize=4)
    axes.set_xscale("log")
    axes.set_xlabel("sent and received by a worker [MB]")
    axes.set_ylabel(costs[0].measure.replace("_", " "))
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.01, 0.5))
    figure.savefig(path, dpi=150)
    plt.close(figure)


def write_page(
    folder: Path,
    *,
    title: str,
    lead: Sequence[str],
    tables: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]],
    figures: Sequence[tuple[Path, str]],
) -> Path:
    """Writes index.html: one file that needs no network, pictures included.

    Args:
        folder: where it goes.
        title: of the page.
        lead: paragraphs at the top.
        tables: heading, columns and rows of each; at least one.
        figures: picture and caption of each; they follow the first table.

    Returns:
        The page.
    """
    parts = [f"<h1>{html.escape(title)}</h1>"]
    parts += [f"<p>{html.escape(text)}</p>" for text in lead]
    first, *others = (_html_table(heading, columns, rows) for heading, columns, rows in tables)
    parts += [first, *(_html_figure(path, caption) for path, caption in figures), *others]
    packages = ", ".join(f"{name} {value}" for name, value in versions().items())
    parts.append(f"<p><small>{html.escape(packages)}; commit {commit() or 'none'}</small></p>")
    page = folder / "index.html"
    page.write_text(
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style>{''.join(parts)}</html>\n"
    )
    return page


def write_costs(folder: Path, costs: Sequence[Cost], rows: Sequence[Sequence[str]]) -> Path:
    """Writes a page with the table of costs and its figure, and returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / "costs.png"
    draw_costs(costs, picture)
    lead = [
        f"{costs[0].measure.replace('_', ' ')} at the end of each run, against what one worker "
        "sent and received. Compression counts both ways, against one uncompressed vector each "
        "way after every step. Bytes are whole messages, headers and indices included."
    ]
    table = ("Costs", COST_COLUMNS, rows)
    caption = "The measure along the bytes spent."
    return write_page(
        folder, title="ratebound report", lead=lead, tables=[table], figures=[(picture, caption)]
    )


def write_json(path: Path, value: Any) -> None:
    """Writes plain data, indented."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _html_table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def cell(text: str) -> str:
        return f'<td class="{text if text.isupper() else ""}">{html.escape(text)}</td>'

    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in rows)
    return (
        f"<h2>{html.escape(heading)}</h2><div class=scroll>"
        f"<table><tr>{head}</tr>{body}</table></div>"
    )


def _html_figure(path: Path, caption: str) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    text = html.escape(caption)
    image = f'<img alt="{text}" src="data:image/png;base64,{data}">'
    return f"<figure>{image}<figcaption>{text}</figcaption></figure>"
