"""Assignments name=value of the command line, with numbers and ranges as values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from theory.notation import GLOSSARY
from theory.notation.aliases import canonical


def parse(tokens: Iterable[str], wanted: Iterable[str] = ()) -> dict[str, str]:
    """Returns the values of assignments, as text, by name.

    Args:
        tokens: assignments such as num_workers=16.
        wanted: glossary names, in place of which a symbol or another name may be given, such as
            sigma.

    Raises:
        ValueError: a token is not of the form name=value, or a name is given twice or ambiguous.
    """
    names = tuple(wanted)
    found: dict[str, str] = {}
    for token in tokens:
        name, sign, value = token.partition("=")
        if not sign or not name or not value:
            raise ValueError(f"{token!r} must be NAME=VALUE")
        name = canonical(name, names)
        if name in found:
            raise ValueError(f"{name} is given twice: {found[name]} and {value}")
        found[name] = value
    return found


def numbers(name: str, text: str) -> np.ndarray:
    """Returns the numbers that a value stands for: a number, a list such as 1,2,5, or a range.

    A range is low:high:count, evenly spaced with both ends, or low:high:logB, which starts at low
    and multiplies by B up to high. For a whole quantity, low:high:logB gives the nearest whole
    numbers, each once.

    Args:
        name: the name of the quantity.
        text: the value as typed.

    Raises:
        ValueError: the text has none of these forms; the message shows them.
    """
    try:
        if ":" in text:
            return _whole(name, _range(*text.split(":")), text)
        return np.array([float(part) for part in text.split(",")])
    except (TypeError, ValueError):
        forms = "3, or 1,2,5, or 0.1:1:10 (ten values), or 1:64:log2 (powers of two)"
        raise ValueError(f"{name}={text} must be a number or a range: {forms}") from None


def grid(values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns all combinations of values as flat columns, in which the last name varies fastest.

    Raises:
        ValueError: there are more than ten million combinations.
    """
    count = math.prod(column.size for column in values.values())
    if count > _MOST_POINTS:
        raise ValueError(f"{count:.3g} points are more than {_MOST_POINTS:.0e}; take fewer values")
    meshes = np.meshgrid(*values.values(), indexing="ij")
    return {name: mesh.ravel() for name, mesh in zip(values, meshes, strict=True)}


_MOST_POINTS = 10**7
"""The largest number of points of a grid; columns of more may not fit into memory."""


def _whole(name: str, values: np.ndarray, text: str) -> np.ndarray:
    if ":log" in text and name in GLOSSARY and GLOSSARY[name].integer:
        return np.unique(np.round(values))
    return values


def _range(low: str, high: str, how: str) -> np.ndarray:
    first, last = float(low), float(high)
    if not how.startswith("log"):
        if not 1 <= int(how) <= _MOST_POINTS:
            raise ValueError
        return np.linspace(first, last, int(how))
    base = float(how[3:])
    if not (base > 1 and 0 < first <= last):
        raise ValueError
    # The small number keeps the end of a range such as 1:1000:log10 in spite of rounding.
    count = int(np.floor(np.log(last / first) / np.log(base) + 1e-9)) + 1
    if count > _MOST_POINTS:
        raise ValueError
    return first * base ** np.arange(count)
