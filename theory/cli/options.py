"""Parts that commands share: options, grids of the given numbers, tables of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from theory.presentation.terminal import DONE, console

if TYPE_CHECKING:
    import numpy as np

    from theory.bound import Bound

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, nothing else.")]


def _check_picture(_: object, path: Path | None) -> None:
    """Raises ValueError for a path that no figure can be written to, before any computation."""
    if path is None:
        return
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give a file such as {path / 'figure.png'}")
    if path.suffix.lower() not in _PICTURES:
        raise ValueError(f"{path} must end in one of {', '.join(_PICTURES)}")


_PICTURES = (".png", ".pdf", ".svg", ".jpg", ".webp")
"""The suffixes of files that a figure can be written to."""

Picture = Annotated[
    Path | None,
    Parameter(name="--figure", validator=_check_picture, help="Draw a picture to this file."),
]


def points_of(
    bound: Bound, tokens: Sequence[str], without: tuple[str, ...] = ()
) -> dict[str, np.ndarray]:
    """Returns the grid of the given numbers for a bound's parameters.

    Args:
        bound: the bound.
        tokens: assignments name=value, as typed.
        without: parameters that the command chooses, and that may not be given.

    Raises:
        ValueError: a name in `without` is given, or a number is missing, unknown or out of range.
    """
    from theory.cli.arguments import parse

    given = parse(tokens, bound.parameters)
    for name in without:
        if name in given:
            raise ValueError(f"{bound.key}: {name} is what tune chooses; leave it out")
    wanted = [name for name in bound.parameters if name not in without]
    return given_points(tokens, wanted, bound.key)


def points_or_stand_ins(
    bound: Bound, tokens: Sequence[str]
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Returns the grid for a bound's parameters, where other constants may imply missing ones.

    Returns:
        The grid, and for each constant that was not given a sentence on what it follows from.

    Raises:
        ValueError: a number is missing, unknown or out of range; the message names constants that
            may be given in place of a missing one.
    """
    from theory.cli.arguments import numbers, parse
    from theory.comparison.implied_constants import filled, takes_for
    from theory.notation import GLOSSARY

    texts = parse(tokens, bound.parameters)
    given = {name: numbers(name, text) for name, text in texts.items()}
    missing = [name for name in bound.parameters if name not in given]
    extra = [name for name in given if name not in bound.parameters]
    if missing and extra and GLOSSARY.keys() >= set(extra):
        checked = given_points(tokens, list(given), bound.key)
        found = filled(bound.parameters, checked, bound.assumptions)
        if found is not None:
            return found
    try:
        return given_points(tokens, bound.parameters, bound.key), {}
    except ValueError as error:
        others = takes_for(missing[0], bound.assumptions) if missing and not extra else []
        hint = f", or {' or '.join(others)}, which may stand in for it" if others else ""
        raise ValueError(f"{error}{hint}") from None


def given_points(
    tokens: Sequence[str], wanted: Sequence[str], asker: str, without: tuple[str, ...] = ()
) -> dict[str, np.ndarray]:
    """Returns the grid of the given numbers, checked against the glossary.

    Args:
        tokens: assignments name=value, as typed.
        wanted: the names that must be given, and the only ones.
        asker: what takes the values, such as the key of a bound; it appears in messages.
        without: names among them that may be left out.

    Raises:
        ValueError: a number is missing, unknown or out of range.
    """
    from theory.cli.arguments import grid, numbers, parse
    from theory.notation import check_values

    given = {name: numbers(name, text) for name, text in parse(tokens, wanted).items()}
    required = [name for name in wanted if name not in without or name in given]
    check_values(given, required, asker=asker)
    return grid(given)


def point(columns: Mapping[str, np.ndarray], index: int) -> dict[str, float]:
    """Returns the numbers of one point of a grid, by name."""
    return {name: float(values[index]) for name, values in columns.items()}


def rows_table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | Mapping[str, str], title: str
) -> Any:
    """Returns a table of some columns of rows that are plain data.

    Args:
        rows: the rows.
        columns: the names to show; a mapping gives each a header of its own.
        title: the title of the table.
    """
    from theory.presentation.fitted_table import table
    from theory.presentation.tables import number

    def cell(value: Any) -> str:
        return number(value) if isinstance(value, float) else str(value)

    headers = list(columns.values() if isinstance(columns, Mapping) else columns)
    return table(headers, [[cell(row[name]) for name in columns] for row in rows], title)


def cautioned(*bounds: Bound) -> int:
    """Prints cautions about the numbers of some bounds, and returns the exit code of success."""
    from theory.presentation.tables import cautions

    for line in cautions(bounds):
        console().print(line, highlight=False)
    return DONE
