"""Bounds in a terminal, as tables, statements and proofs, and evaluated bounds as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from theory.bound import Bound, Constants, Evaluation, Side, Standing
from theory.counterexamples.counterexample import replay, stored
from theory.notation import GLOSSARY
from theory.notation.plain_formula import legend
from theory.presentation.fitted_table import FittedTable, table
from theory.presentation.plain_text import printable
from theory.presentation.typography import typographic

if TYPE_CHECKING:
    from theory.proving.proof import StepOutcome


def number(value: float) -> str:
    """Formats a number with four significant digits."""
    return f"{value:.4g}"


def as_text(value: object) -> str:
    """Returns a value as text; a float has four significant digits."""
    return number(value) if isinstance(value, float) else str(value)


def cautions(bounds: Sequence[Bound]) -> list[str]:
    """Returns one line for each reason why the numbers of some bounds may mislead a reader."""
    said = []
    for item in bounds:
        if item.standing is Standing.REFUTED:
            said.append(f"caution: {item.key} is refuted; {item.amended} stands in its place")
        if item.side is Side.LOWER:
            said.append(f"caution: {item.key} is a lower bound: it says what no method promises")
        if item.constants is Constants.ORDER:
            said.append(f"caution: {item.key} hides its constants: only powers mean something")
    return said


def catalogue_table(bounds: Sequence[Bound]) -> FittedTable:
    """Returns a table with one row for each bound."""
    rows = [
        [
            item.key,
            typographic(item.measure.quantity.value),
            item.kind,
            item.standing.name,
            item.source.key,
        ]
        for item in bounds
    ]
    return table(["key", "of what", "kind", "standing", "source"], rows)


def catalogue_sum(found: Sequence[Bound]) -> str:
    """Returns a line with the number of statements, of sources, and of each standing."""
    sources = len({item.source.key for item in found})
    stand = ((name, sum(item.standing is name for item in found)) for name in Standing)
    how = ", ".join(f"{count} {name.name}" for name, count in stand if count)
    return f"{len(found)} statements over {sources} sources: {how}"


def letters(names: Iterable[str]) -> str:
    """Returns a line that says which quantity each letter is."""
    return printable(legend(GLOSSARY[name].symbol for name in names))


def counterexample_as_json(bound: Bound) -> dict[str, Any]:
    """Replays the counterexample to a refuted bound and returns the outcome as plain data."""
    assert bound.refutation is not None
    instance = stored(bound.refutation)
    found = replay(instance, bound)
    return {
        "key": bound.key,
        "instance": instance.title,
        "verdict": "REFUTED" if found.refutes else "NOT REFUTED",
        "bound": found.promised,
        "attained": found.attained,
        "amended": bound.amended,
    }


def counterexample_lines(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Prints each replayed counterexample: bound, instance and verdict."""
    for row in rows:
        console.print(f"[bold]{row['key']}[/bold]")
        console.print(f"  {instance_line(row)}\n  amended in {row['amended']}", highlight=False)
        console.print(f"  [bold]{row['verdict']}[/bold]\n")


def instance_line(row: Mapping[str, Any]) -> str:
    """Returns a line such as: one step on ...: attained 1.36, promised 1.3333."""
    return f"{row['instance']}: attained {row['attained']:.5g}, promised {row['bound']:.5g}"


def evaluation_table(
    bound: Bound, evaluation: Evaluation, beside: Mapping[str, Any] | None = None
) -> FittedTable:
    """Returns a table of the terms of a bound at one point, with the leading term marked.

    Args:
        bound: the bound that was evaluated.
        evaluation: its values at one point.
        beside: attained, tightness and reading, or the reason why there are none.
    """
    leading = str(evaluation.leading_term)
    rows = [
        [name, number(float(value)), "leads" if name == leading else ""]
        for name, value in evaluation.terms.items()
    ]
    rows.append(["sum", number(float(evaluation.value)), ""])
    if beside and "tightness" in beside:
        rows.append(["attained", number(beside["attained"]), beside["reading"]])
        rows.append(["tightness", number(beside["tightness"]), "sum / attained"])
    elif beside:
        rows.append(["attained", "", beside["reason"]])
    return table(["term", "value", ""], rows, f"{bound.key}  [{bound.measure.unit}]")


def grid_table(
    points: Mapping[str, np.ndarray],
    evaluation: Evaluation,
    title: str,
    besides: Sequence[Mapping[str, Any]] | None = None,
) -> FittedTable:
    """Returns a table of a bound with one row for each point of a grid.

    A row holds what varies, the bound, its leading term, and whether its conditions hold.

    Args:
        points: columns of values by name, one value for each point.
        evaluation: the values of the bound at every point.
        title: the title of the table.
        besides: tightness and reading at every point, or the reason why there are none.
    """
    varying = [name for name, values in points.items() if len(np.unique(values)) > 1]
    rows = [
        [
            *(number(points[name][index]) for name in varying),
            number(evaluation.value[index]),
            str(evaluation.leading_term[index]),
            "yes" if evaluation.holds[index] else "no",
            *(() if besides is None else _beside(besides[index])),
        ]
        for index in range(len(evaluation.value))
    ]
    columns = [*varying, "bound", "leading term", "conditions hold"]
    columns += [] if besides is None else ["tightness", "reading"]
    return table(columns, rows, title)


def _beside(beside: Mapping[str, Any]) -> list[str]:
    tight = beside.get("tightness")
    return ["" if tight is None else number(tight), beside.get("reading", beside.get("reason", ""))]


def proof_lines(name: str, outcomes: Sequence[StepOutcome], console: Console) -> None:
    """Prints a derivation, each step with the method by which it was checked."""
    console.print(f"[bold]{name}[/bold]")
    made = Table.grid(padding=(0, 1))
    for count, outcome in enumerate(outcomes, start=1):
        mark = "[green]ok[/green]" if outcome.holds else "[red]FAILS[/red]"
        made.add_row(f"  {count:>2}.", mark, _printed(outcome.step.claim))
        made.add_row("", "", f"[dim]{_printed(outcome.step.how)}[/dim]")
        if not outcome.holds:
            made.add_row("", "", f"[red]{_printed(outcome.detail)}[/red]")
    console.print(made, highlight=False)


def _printed(text: str) -> str:
    return escape(printable(typographic(text)))


def as_json(
    bound: Bound,
    values: Mapping[str, float],
    evaluation: Evaluation,
    index: int | None = None,
) -> dict[str, Any]:
    """Returns one evaluated point as plain data.

    Args:
        bound: the bound that was evaluated.
        values: the numbers of the point.
        evaluation: its values, at one or several points.
        index: the index of the point; None if there is one point only.
    """

    def at(array: np.ndarray) -> Any:
        return (array if index is None else array[index]).item()

    return {
        "key": bound.key,
        "values": values,
        "bound": at(evaluation.value),
        "terms": {name: at(value) for name, value in evaluation.terms.items()},
        "leading_term": str(at(evaluation.leading_term)),
        "conditions": [
            {"condition": str(item.relation), "holds": bool(at(item.holds))}
            for item in evaluation.conditions
        ],
        "report_point": bound.measure.report_point.name,
        "unit": str(bound.measure.unit),
    }
