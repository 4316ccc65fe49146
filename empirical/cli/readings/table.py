"""What the tables of the exact readings share: cells, and the columns that vary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from theory.presentation.fitted_table import table
from theory.presentation.tables import number

Row = dict[str, Any]
"""One line of a table as plain data, by column."""


def grid_table(rows: Sequence[Row], title: str) -> Any:
    """A table of the columns in which rows differ; of all columns for a single row."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [
        name for name in names if len(rows) == 1 or len({str(row.get(name)) for row in rows}) > 1
    ]
    return table(columns, [[cell(row.get(name)) for name in columns] for row in rows], title)


def cell(value: Any) -> str:
    """A value as a table shows it; nothing for None."""
    if value is None:
        return ""
    return number(value) if isinstance(value, float) else str(value)


def varying(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """The names whose values differ between rows."""
    return [name for name in names if len({row[name] for row in rows}) > 1]


def keys_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys of all rows, in the order of appearance."""
    return list(dict.fromkeys(key for row in rows for key in row))
