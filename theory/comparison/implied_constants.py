"""Constants that stand in for others which a theorem asks for and which were not given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

import numpy as np

from theory.assumptions import Assumption, closure
from theory.comparison.conversions import CONVERSIONS, convert

_EVERYWHERE = frozenset({"num_workers", "smoothness", "strong_convexity"})
"""Constants that theorems ask for in any case."""


def filled(
    wanted: Iterable[str], given: Mapping[str, np.ndarray], assuming: Set[Assumption]
) -> tuple[dict[str, np.ndarray], dict[str, str]] | None:
    """Wanted constants from given ones, some of which are not wanted themselves.

    Args:
        wanted: names.
        given: arrays by name.
        assuming: what is assumed.

    Returns:
        The wanted values, and what stands in for each that is not given; None where one does not
        follow, or where one that is given and not wanted plays no part.
    """
    names = tuple(wanted)
    found = convert(given, assuming)
    if not set(names) <= found.keys():
        return None
    missing = [name for name in names if name not in given]
    parts: dict[str, list[str]] = {name: [] for name in missing}
    for other in set(given) - set(names):
        less = convert({name: given[name] for name in given if name != other}, assuming)
        for name in missing:
            if name not in less or not np.array_equal(less[name], found[name]):
                parts[name].append(other)
    if {one for used in parts.values() for one in used} != set(given) - set(names):
        return None
    said = {name: f"follows from {' and '.join(sorted(used))}" for name, used in parts.items()}
    shape = np.broadcast_shapes(*(np.shape(value) for value in given.values()))
    return {name: np.broadcast_to(found[name], shape) for name in names}, said


def takes_for(wanted: str, assuming: Set[Assumption]) -> list[str]:
    """The constants from which another one follows at once, each alone or with M, L or mu."""
    known = closure(frozenset(assuming))
    usable = [one for one in CONVERSIONS if one.gives == wanted and one.side <= known]
    names = [name for one in usable if not one.where for name in one.takes]
    return [name for name in dict.fromkeys(names) if name not in _EVERYWHERE]
