"""Numbers to try bounds at, ends of ranges among them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from theory.notation import GLOSSARY

_MARGIN = 0.02
"""How near an end of a bounded range numbers come that are not the end itself."""

_ENDS = 0.1
"""Share of the numbers that lie on an end of their range."""

_DECADES = 2.0
"""Quantities without an upper limit lie this many decades about 1 above their least value."""


def anywhere(names: Iterable[str], count: int, seed: int) -> dict[str, np.ndarray]:
    """Values from all over the ranges, ends that belong to them included; conditions may fail.

    Args:
        names: of the quantities.
        count: points.
        seed: of the generator; the numbers depend on nothing else.

    Returns:
        (count,) for each name.
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
