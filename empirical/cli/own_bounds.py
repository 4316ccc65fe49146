"""The option --bounds: bounds from files outside the catalogue, set beside those in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from theory.bound import Bound

OwnBounds = Annotated[
    tuple[str, ...],
    Parameter(
        name="--bounds",
        negative="",
        consume_multiple=False,
        help="Bounds of your own, beside the catalogue's: FILE.py, FILE.py:KEY, package.module "
        "or package.module:KEY; the module ends in BOUNDS. May be given again.",
    ),
]


def read_own_bounds(references: Sequence[str]) -> list[Bound]:
    """The bounds that --bounds names.

    Raises:
        ValueError: a module cannot be imported or has no BOUNDS, or a key is taken.
        FileNotFoundError: there is no such file.
    """
    from theory.catalogue import bounds, own_bounds

    found: dict[str, Bound] = {}
    for reference in references:
        for bound in own_bounds(reference):
            if bound.key in found or bound.key in bounds():
                where = "given twice" if bound.key in found else "a key of the catalogue"
                raise ValueError(f"--bounds {reference}: {bound.key} is {where}; rename it")
            found[bound.key] = bound
    return list(found.values())
