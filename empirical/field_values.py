"""Values of fields: text and plain data turned into the type of a field, and refused in one line.

Commands and TOML files give text, records give JSON, and Python code gives numbers of many types.
"""

from __future__ import annotations

import json
import math
import types
import typing
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Any


def number_for(hint: Any, value: Any) -> Any:
    """Returns a number in the one form that a field of some type has; anything else as it is.

    A scalar of NumPy or torch becomes Python's, and a whole number in a field of floats a float.

    Args:
        hint: the type of the field.
        value: the value of the field.
    """
    plain = value.item() if getattr(value, "ndim", None) == 0 else value
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        return plain
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if int in options and float(plain).is_integer():
        return int(plain)
    return float(plain) if float in options else plain


def to_member(kind: type[Enum], value: Any, where: str) -> Enum:
    """Returns the member of an enumeration whose name, in lower case, is the value."""
    if isinstance(value, kind):
        return value
    known = {item.name.lower(): item for item in kind}
    if value not in known:
        raise ValueError(f"{where}={value} is unknown; choose from {listed(known)}")
    return known[value]


def to_path(value: Any) -> Path:
    """Returns a path, with the home folder in place of ~.

    Raises:
        ValueError: the value names the home of somebody who has none.
    """
    try:
        return Path(str(value)).expanduser()
    except RuntimeError:
        raise ValueError(f"{value} begins with the home of a user who is not known here") from None


def to_tuple(value: Any, where: str) -> Any:
    """Returns nested tuples, which are hashable, from nested lists or text such as [1,-0.5].

    Raises:
        ValueError: the text is no list.
    """
    if not isinstance(value, str):
        return _tuples(value)
    try:
        return _tuples(json.loads(value))
    except ValueError:
        raise ValueError(f"{where}={value} must be a list such as [1,-0.5]") from None


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list | tuple) else value


def to_bool(value: Any, where: str) -> bool:
    """Returns a truth value from itself or from true, false, 1, 0; else raises ValueError."""
    words = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        raise ValueError(f"{where}={value} must be true or false")
    return words[str(value).lower()]


def to_int(value: Any, where: str) -> int:
    """Returns a whole number from a number or text; raises ValueError for anything else."""
    try:
        # Not by way of a float, which holds whole numbers up to 2^53 only: seeds may be larger.
        return value if type(value) is int else int(str(value))
    except ValueError:
        number = _float(value)
    # NaN differs from its floor, and the floor of inf is NaN: both are refused here.
    if isinstance(value, bool) or number != number // 1:
        raise ValueError(f"{where}={value} must be a whole number")
    return int(number)


def to_float(value: Any, where: str) -> float:
    """Returns a finite number from a number or text; raises ValueError for anything else."""
    number = _float(value)
    if not math.isfinite(number):
        raise ValueError(f"{where}={value} must be a finite number")
    return number


def _float(value: Any) -> float:
    """Returns a number from a number or text; NaN for what is none or lies beyond the floats."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def listed(items: Iterable[str]) -> str:
    """Returns names in alphabetical order, set apart by commas, as messages list them."""
    return ", ".join(sorted(items))
