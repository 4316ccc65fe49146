"""Random values at which laws of bounds are checked, including the ends of ranges."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from theory.notation import GLOSSARY

_MARGIN = 0.02
"""The least distance from the ends of a bounded range of values that are not the ends."""

_ENDS = 0.1
"""The share of values that lie on each end of a range, where the end belongs to the range."""

_DECADES = 2.0
"""A quantity without an upper limit exceeds its least value by 10^-2 to 10^2."""


def anywhere(names: Iterable[str], count: int, seed: int) -> dict[str, np.ndarray]:
    """Returns random values from the whole ranges, including the ends that belong to them.

    Conditions of theorems may fail at these points; comparison/random_points.py has points at which
    they hold.

    Args:
        names: the names of the quantities.
        count: the number of points.
        seed: the seed of the generator; the numbers depend on the arguments alone.

    Returns:
        An array of shape (count,) for each name.
    """
    rng = np.random.default_rng(seed)
    return {name: _with_ends(name, count, rng) for name in sorted(names)}


def _with_ends(name: str, count: int, rng: np.random.Generator) -> np.ndarray:
    row, at = GLOSSARY[name], rng.uniform(size=count)
    if row.integer:
        inside = rng.integers(int(row.low), 65, count).astype(float)
    elif np.isfinite(row.high):
        inside = rng.uniform(row.low + _MARGIN, row.high - _MARGIN, count)
    else:
        inside = row.low + 10 ** rng.uniform(-_DECADES, _DECADES, count)
    low = row.low if not row.open_low else inside
    high = row.high if np.isfinite(row.high) and not row.open_high else inside
    return np.where(at < _ENDS, low, np.where(at > 1 - _ENDS, high, inside))
