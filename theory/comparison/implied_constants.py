"""Constants that a theorem needs and that were not given, bounded by constants that were.

The inequalities between constants are those of conversions.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

import numpy as np

from theory.assumptions import Assumption, closure
from theory.comparison.conversions import CONVERSIONS, convert

_EVERYWHERE = frozenset({"num_workers", "smoothness", "strong_convexity"})
"""Constants that nearly every theorem needs anyway, so that they count as given."""


def filled(
    wanted: Iterable[str], given: Mapping[str, np.ndarray], assuming: Set[Assumption]
) -> tuple[dict[str, np.ndarray], dict[str, str]] | None:
    """Returns the wanted constants, those not given being bounded by the given ones.

    Args:
        wanted: the names of the wanted constants.
        given: arrays by name; some may not be wanted themselves.
        assuming: what is assumed.

    Returns:
        The wanted values, and for each that was not given a sentence that names the constants from
        which it follows. None if a wanted constant does not follow, or if a constant that is given
        and not wanted has no part in any.
    """
    names = tuple(wanted)
    found = convert(given, assuming)
    if not set(names) <= found.keys():
        return None
    missing = [name for name in names if name not in given]
    # A given constant has a part in a wanted one if leaving it out changes the wanted one.
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
    """Returns constants from each of which a wanted one follows by one conversion.

    A conversion may need the number of workers, L or mu as well; these are not listed.

    Args:
        wanted: the name of the wanted constant.
        assuming: what is assumed.
    """
    known = closure(frozenset(assuming))
    usable = [one for one in CONVERSIONS if one.gives == wanted and one.side <= known]
    names = [name for one in usable if not one.where for name in one.takes]
    return [name for name in dict.fromkeys(names) if name not in _EVERYWHERE]
