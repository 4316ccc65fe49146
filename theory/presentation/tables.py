"""Bounds in a terminal, as tables, statements and proofs, and evaluated bounds as plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from theory.bound import Bound, Constants, Evaluation, Side, Standing
from theory.counterexamples.counterexample import replay, stored
from theory.notation import GLOSSARY

if TYPE_CHECKING:
    from theory.proving.proof import StepOutcome


def number(value: float) -> str:
    """Formats a number with four significant digits."""
    return f"{value:.4g}"


def plain(value: object) -> str:
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


_TERMINAL = 100
"""The width in characters up to which a table keeps its headers on one line."""

_HEADER = 8
"""The least width in characters to which the headers of a wider table are broken."""


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> Table:
    """Returns a plain table; columns that hold only numbers are aligned to the right.

    If the table is too wide, headers are broken at underscores and dots, so that numbers are not.
    """
    # Units and intervals have brackets, which rich would take for its markup.
    made = Table(title=escape(title), title_justify="left", header_style="bold")
    cells = [max((len(row[index]) for row in rows), default=0) for index in range(len(columns))]
    widths = [max(len(name), cell) for name, cell in zip(columns, cells, strict=True)]
    wide = sum(widths) + 3 * len(columns) + 1 > _TERMINAL
    for index, column in enumerate(columns):
        numeric = all(_is_number(row[index]) for row in rows)
        made.add_column(
            _broken(column, max(cells[index], _HEADER)) if wide else column,
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=not index,
        )
    for row in rows:
        made.add_row(*map(escape, row))
    return made


def _broken(name: str, width: int) -> str:
    """Breaks a name into lines, each with as many parts of the name as fit into a width."""
    lines = [""]
    for part in re.findall(r"[^_.]*[_.]?", name):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def catalogue_table(bounds: Sequence[Bound]) -> Table:
    """Returns a table with one row for each bound."""
    rows = [
        [item.key, item.measure.quantity.value, item.kind, item.standing.name, item.source.key]
        for item in bounds
    ]
    return table(["key", "of what", "kind", "standing", "source"], rows)


def catalogue_sum(found: Sequence[Bound]) -> str:
    """Returns a line with the number of statements, of sources, and of each standing."""
    sources = len({item.source.key for item in found})
    stand = ((name, sum(item.standing is name for item in found)) for name in Standing)
    how = ", ".join(f"{count} {name.name}" for name, count in stand if count)
    return f"{len(found)} statements over {sources} sources: {how}"


def statement(bound: Bound, console: Console) -> None:
    """Prints a theorem with all that the catalogue holds about it."""
    console.print(f"[bold]{bound.key}[/bold]  {bound.title}")
    console.print(f"\n{bound.measure}\n  {_relation(bound)} the sum of")
    for term in bound.terms:
        console.print(f"    [cyan]{term.name:<20}[/cyan] {term.expression}", highlight=False)
    if bound.step_size is not None:
        console.print(f"  at step_size = {bound.step_size}", highlight=False)
    console.print("\nConditions")
    for relation in bound.conditions or (sp.true,):
        console.print(f"    {relation}", highlight=False)
    for name, value in bound.fixes:
        console.print(f"    {name} = {plain(value)}", highlight=False)
    console.print("Assumptions")
    for assumption in sorted(bound.assumptions, key=lambda item: item.name):
        console.print(f"    {assumption.name}: {assumption.value}", highlight=False)
    source = bound.source
    console.print(f"Source     {source.key}, {source.locator}: {source.provenance.value}")
    if source.note:
        console.print(f"           {source.note}")
    console.print(f"Standing   {bound.standing.name}: {bound.standing.value}")
    if bound.refutation is not None:
        console.print(f"           {_instance(counterexample_as_json(bound))}", highlight=False)
        console.print(f"           amended in {bound.amended}", highlight=False)
    console.print(f"LaTeX      {bound.latex}", highlight=False, markup=False, soft_wrap=True)
    rows = [
        [name, GLOSSARY[name].latex, str(GLOSSARY[name].unit), GLOSSARY[name].meaning]
        for name in bound.parameters
    ]
    console.print(table(["parameter", "symbol", "unit", "meaning"], rows))


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
        console.print(f"  {_instance(row)}\n  amended in {row['amended']}", highlight=False)
        console.print(f"  [bold]{row['verdict']}[/bold]\n")


def _instance(row: Mapping[str, Any]) -> str:
    """A line such as: one step on ...: attained 1.36, promised 1.3333."""
    return f"{row['instance']}: attained {row['attained']:.5g}, promised {row['bound']:.5g}"


def evaluation_table(
    bound: Bound, evaluation: Evaluation, beside: Mapping[str, Any] | None = None
) -> Table:
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
) -> Table:
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
    for count, outcome in enumerate(outcomes, start=1):
        mark = "[green]ok[/green]" if outcome.holds else "[red]FAILS[/red]"
        console.print(f"  {count:>2}. {mark} {outcome.step.claim}", highlight=False)
        console.print(f"         [dim]{outcome.step.how}[/dim]", highlight=False)
        if not outcome.holds:
            console.print(f"         [red]{outcome.detail}[/red]", highlight=False)


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


def _relation(bound: Bound) -> str:
    return {"upper": "<=", "lower": ">=", "exact": "="}[bound.side.value]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
