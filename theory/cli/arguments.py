"""Assignments name=value of the command line, with numbers and ranges as values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

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
            return _whole(name, _range(text.split(":")), text)
        return np.array([_number(part, "value") for part in text.split(",")])
    except ValueError as error:
        forms = "3, or 1,2,5, or 0.1:1:10 (ten values), or 1:64:log2 (powers of two)"
        said = f"{name}={text} must be a number or a range: {forms}; {error}"
        raise ValueError(said) from None


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


def _range(parts: Sequence[str]) -> np.ndarray:
    """Returns the numbers of a range.

    Raises:
        ValueError: a part of it is wrong; the message says which, and what it must be.
    """
    if len(parts) != 3:
        raise ValueError(f"a range has three parts, LOW:HIGH:COUNT, and this has {len(parts)}")
    first, last = _number(parts[0], "low end"), _number(parts[1], "high end")
    if not (math.isfinite(first) and math.isfinite(last)):
        raise ValueError("both ends of a range must be finite")
    if parts[2].startswith("log"):
        return _powers(first, last, parts[2])
    if not re.fullmatch(r"\d{1,20}", parts[2]) or not 1 <= int(parts[2]) <= _MOST_POINTS:
        most = f"from 1 to {_MOST_POINTS:.0e}"
        raise ValueError(f"its third part {parts[2]!r} must be a whole number {most}, or logBASE")
    return np.linspace(first, last, int(parts[2]))


def _powers(first: float, last: float, how: str) -> np.ndarray:
    base = _number(how[3:], "base of log")
    if not 1 < base < math.inf:
        raise ValueError(f"its third part {how!r} must have a base above 1, such as log2")
    if not 0 < first <= last:
        raise ValueError(f"powers must start above 0 and not end below, {first:g} to {last:g}")
    # The small number keeps the end of a range such as 1:1000:log10 in spite of rounding.
    count = int(np.floor(np.log(last / first) / np.log(base) + 1e-9)) + 1
    if count > _MOST_POINTS:
        raise ValueError(f"it has {count:.3g} values, more than {_MOST_POINTS:.0e}")
    return first * base ** np.arange(count)


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"the {what} {text!r} is no number") from None
