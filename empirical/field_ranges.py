"""The ranges of fields, checked when a frozen description is made.

Every refusal names the field, its value and what is allowed, in one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theory.notation import GLOSSARY
from theory.notation.ranges import Range


def check_known(owner: Any, *names: str) -> None:
    """Checks fields that bear names of the glossary against its ranges.

    Raises:
        ValueError: one is out of its range.
    """
    for name in names:
        GLOSSARY[name].check(getattr(owner, name))


def check_whole(owner: Any, least: int, *names: str, optional: bool = False) -> None:
    """Checks fields that count something.

    Args:
        owner: has the fields.
        least: the least number allowed.
        names: of the fields.
        optional: whether None is allowed too.

    Raises:
        ValueError: one is no whole number, or less.
    """
    _check(owner, Range(low=least, integer=True), names, optional=optional)


def check_within(owner: Any, interval: str, *names: str, optional: bool = False) -> None:
    """Checks fields that lie in an interval.

    Args:
        owner: has the fields.
        interval: such as "[0, 1)", with inf for no end; a round bracket excludes the end.
        names: of the fields.
        optional: whether None is allowed too.

    Raises:
        ValueError: one lies outside, or is no finite number.
    """
    _check(owner, Range.of(interval), names, optional=optional)


def check_curvature(owner: Any, *names: str, below: bool = False) -> None:
    """Checks fields that are curvatures of an L-smooth function, L being owner.smoothness.

    Args:
        owner: has the fields.
        names: of the fields.
        below: whether L itself is excluded.

    Raises:
        ValueError: one lies outside [-L, L], or [-L, L).
    """
    smoothness = owner.smoothness
    for name in names:
        value = getattr(owner, name)
        if not -smoothness <= value <= smoothness or (below and value == smoothness):
            end = ")" if below else "]"
            raise ValueError(
                f"{name}={value:g} must lie in [-smoothness, smoothness={smoothness:g}{end}"
            )


def _check(owner: Any, allowed: Range, names: Sequence[str], *, optional: bool) -> None:
    for name in names:
        value = getattr(owner, name)
        if optional and value is None:
            continue
        try:
            allowed.check(name, value)
        except ValueError as error:
            raise ValueError(f"{error}, or none" if optional else str(error)) from None
