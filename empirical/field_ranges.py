"""Checks of the ranges of dataclass fields, for use when a frozen description is made.

Every error message names the field, its value and what is allowed, in one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theory.notation import GLOSSARY
from theory.notation.ranges import Range


def check_known(owner: Any, *names: str) -> None:
    """Checks that fields named after glossary entries lie in the ranges of those entries.

    Args:
        owner: the object that has the fields.
        names: the names of the fields, which are names of the glossary.

    Raises:
        ValueError: a field is out of its range.
    """
    for name in names:
        GLOSSARY[name].check(getattr(owner, name))


def check_whole(owner: Any, least: int, *names: str, optional: bool = False) -> None:
    """Checks that fields are whole numbers and not too small.

    Args:
        owner: the object that has the fields.
        least: the least number allowed.
        names: the names of the fields.
        optional: whether None is allowed too.

    Raises:
        ValueError: a field is no whole number, or is less than the least.
    """
    _check(owner, Range(low=least, integer=True), names, optional=optional)


def check_within(owner: Any, interval: str, *names: str, optional: bool = False) -> None:
    """Checks that fields lie in an interval.

    Args:
        owner: the object that has the fields.
        interval: such as "[0, 1)", with inf for no end; a round bracket excludes the end.
        names: the names of the fields.
        optional: whether None is allowed too.

    Raises:
        ValueError: a field lies outside of the interval, or is no finite number.
    """
    _check(owner, Range.of(interval), names, optional=optional)


def check_curvature(owner: Any, *names: str, below: bool = False) -> None:
    """Checks that fields are curvatures of an L-smooth function, where L is owner.smoothness.

    Args:
        owner: the object that has the fields.
        names: the names of the fields, each in unit f/x^2.
        below: whether L itself is excluded.

    Raises:
        ValueError: a field lies outside [-L, L], or outside [-L, L) where L is excluded.
    """
    smoothness = owner.smoothness
    for name in names:
        value = getattr(owner, name)
        # Written with not, so that NaN, which fails every comparison, is refused.
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
