"""One theorem in a terminal: its formula, its conditions, what is known of it, its letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from theory.bound import Bound, Constants, Side
from theory.notation import GLOSSARY
from theory.notation.plain_formula import plain, plain_letter
from theory.presentation.fitted_table import FittedTable, table
from theory.presentation.plain_text import printable
from theory.presentation.tables import as_text, counterexample_as_json, instance_line
from theory.presentation.typography import typographic

_SIGNS = {
    (Side.UPPER, Constants.EXPLICIT): "≤",
    (Side.UPPER, Constants.ORDER): "≲",
    (Side.LOWER, Constants.EXPLICIT): "≥",
    (Side.LOWER, Constants.ORDER): "≳",
    (Side.EXACT, Constants.EXPLICIT): "=",
}
"""The relation of a measure to the sum of the terms."""


def print_statement(bound: Bound, console: Console) -> None:
    """Prints a theorem with all that the catalogue holds about it."""
    console.print(f"[bold]{bound.key}[/bold]  {escape(bound.title)}\n")
    console.print(_formula(bound))
    console.print(_labelled(_facts(bound)))
    console.print(_letters(bound.parameters))
    console.print(f"LaTeX  {bound.latex}", highlight=False, markup=False, soft_wrap=True)


def _formula(bound: Bound) -> Table:
    """Returns the inequality, a line for each term, with what each term is called."""
    made = Table.grid(padding=(0, 2))
    made.add_column()
    made.add_column(style="cyan", no_wrap=True)
    made.add_row(printable(f"{bound.measure.formula} {_SIGNS[bound.side, bound.constants]}"), "")
    for index, term in enumerate(bound.terms):
        sign = "+ " if index else "  "
        line = Table.grid()  # what does not fit on a line goes on behind the sign
        line.add_row(f"    {sign}", escape(printable(plain(term.expression))))
        made.add_row(line, term.name)
    return made


def _facts(bound: Bound) -> Iterable[tuple[str, str]]:
    """Yields what is said of a theorem: the name of a fact, or nothing, and a line."""
    if bound.constants is Constants.ORDER:
        yield "constants", "hidden: only powers mean something"
    if bound.step_size is not None:
        yield "step size", f"{plain_letter('step_size')} = {plain(bound.step_size)}"
    yield "where", typographic(bound.measure.report_point.value)
    conditions = [plain(item) for item in bound.conditions]
    conditions += [f"{name} = {as_text(value)}" for name, value in bound.fixes]
    yield from _under("if", conditions or ["always"])
    assumed = sorted(bound.assumptions, key=lambda item: item.name)
    yield from _under("assuming", [f"{item.name}: {typographic(item.value)}" for item in assumed])
    source = bound.source
    yield "source", f"{source.key}, {source.locator}: {source.provenance.value}"
    if source.note:
        yield "", typographic(source.note)
    yield "standing", f"{bound.standing.name}: {bound.standing.value}"
    if bound.refutation is not None:
        yield "", typographic(instance_line(counterexample_as_json(bound)))
        yield "", f"amended in {bound.amended}"


def _under(name: str, lines: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Yields lines of which the first has the name of the fact beside it."""
    return zip([name, *[""] * (len(lines) - 1)], lines, strict=True)


def _labelled(rows: Iterable[tuple[str, str]]) -> Table:
    """Returns lines beside their names; what does not fit on a line goes on below its beginning."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="bold", no_wrap=True)
    made.add_column()
    made.add_row("", "")
    for name, line in rows:
        made.add_row(name, escape(printable(line)))
    made.add_row("", "")
    return made


def _letters(names: Sequence[str]) -> FittedTable:
    """Returns the letters of a formula with the names by which commands and Python know them."""
    rows = [
        [
            plain_letter(name),
            name,
            str(GLOSSARY[name].unit),
            typographic(GLOSSARY[name].meaning),
        ]
        for name in names
    ]
    return table(["letter", "parameter", "unit", "meaning"], rows)
