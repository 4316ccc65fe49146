"""A table that fits its terminal: what is too wide breaks between words and parts of names.

Keys and names break behind their dots and underscores only, numbers never.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markup import escape
from rich.table import Table

from theory.presentation.plain_text import printable

_LEAST = 8
"""The width in characters below which no column is made narrower for the sake of others."""

_PART = re.compile(r"[^\s_./,]*[\s_./,]?")
"""Text up to a place where a line may end: a space, or a sign between parts of a name."""


@dataclass(frozen=True)
class FittedTable:
    """A table whose columns are as wide as its terminal allows.

    Attributes:
        columns: the headers.
        rows: a text for each column, for each row.
        title: the title, above the table.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yields the table that fits the width of the options."""
        cells = [list(map(printable, row)) for row in (self.columns, *self.rows)]
        widths = _fitted(cells, options.max_width - 3 * len(self.columns) - 1)
        # Units and intervals have brackets, which rich would take for its markup.
        made = Table(title=escape(printable(self.title)), title_justify="left", header_style="bold")
        header, *rows = [
            [escape(_wrapped(text, width)) for text, width in zip(row, widths, strict=True)]
            for row in cells
        ]
        for index, name in enumerate(header):
            numeric = all(_is_number(row[index]) for row in rows)
            made.add_column(name, justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            made.add_row(*row)
        yield made


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> FittedTable:
    """Returns a table; columns that hold only numbers are aligned to the right."""
    return FittedTable(columns, rows, title)


def _fitted(cells: Sequence[Sequence[str]], room: int) -> list[int]:
    """Returns widths of columns that sum to the room there is, where parts of names allow it."""
    columns = list(zip(*cells, strict=True))
    widths = [max(map(_longest_line, column)) for column in columns]
    # Sentences give way first; keys and names, which are copied, break only where they must, and
    # between any two letters only where nothing else is left.
    words = [max(map(_longest_word, column)) for column in columns]
    parts = [max(map(_longest_part, column)) for column in columns]
    for least in (words, parts, [0] * len(columns)):
        while sum(widths) > room:
            # The widest column that can still give way does so, by one character.
            giving = [i for i, width in enumerate(widths) if width > max(least[i], _LEAST)]
            if not giving:
                break
            widths[max(giving, key=widths.__getitem__)] -= 1
    return widths


def _wrapped(text: str, width: int) -> str:
    """Breaks text into lines of at most a width, where parts of names allow it."""
    return "\n".join(_wrapped_line(line, width) for line in text.split("\n"))


def _wrapped_line(text: str, width: int) -> str:
    lines = [""]
    for part in _pieces(text, width):
        if lines[-1] and cell_len(lines[-1]) + cell_len(part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)


def _pieces(text: str, width: int) -> Iterator[str]:
    """Yields the parts of a text, those that are wider than a line cut to its width."""
    for part in _PART.findall(text):
        yield from (part[at : at + width] for at in range(0, max(len(part), 1), max(width, 1)))


def _longest_line(text: str) -> int:
    return max(map(cell_len, text.split("\n")))


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)


def _longest_part(text: str) -> int:
    """The width of the longest part of a text that may not be broken."""
    return (
        cell_len(text)
        if _is_number(text)
        else max(cell_len(p.rstrip()) for p in _PART.findall(text))
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
