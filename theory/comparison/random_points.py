"""Random numbers that meet the conditions of theorems, for laws and comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from theory.bound import Bound
from theory.comparison.conversions import coherent
from theory.notation import GLOSSARY

_LARGEST_COUNT = 1000
"""Greatest random number of workers, steps, rounds and the like."""

_DECADES = 2.0
"""Quantities without an upper limit lie this many decades about 1."""


def drawn(names: Iterable[str], count: int, seed: int) -> dict[str, np.ndarray]:
    """Admissible values of glossary quantities, most of them even in the logarithm.

    A step size is drawn on the scale that a smoothness sets where both are asked for, four decades
    up to 1/L, and so is a strong convexity, four decades up to L.

    Args:
        names: of the quantities.
        count: points.
        seed: of the generator; the numbers depend on nothing else.

    Returns:
        (count,) for each name.
    """
    rng = np.random.default_rng(seed)
    found = {name: _values(name, count, rng) for name in sorted(names)}
    if "step_size" in found and "smoothness" in found:
        found["step_size"] = 10 ** rng.uniform(-4, 0, count) / found["smoothness"]
    if "strong_convexity" in found and "smoothness" in found:
        found["strong_convexity"] = 10 ** rng.uniform(-4, 0, count) * found["smoothness"]
    return found


def admissible(bounds: Sequence[Bound], count: int, seed: int) -> dict[str, np.ndarray]:
    """Points at which the conditions of all bounds hold; at most count, perhaps fewer.

    Many points are drawn, each constant is lowered to what the others allow where all that the
    bounds assume holds, and those points that fail a condition are left out.
    """
    names = {name for bound in bounds for name in bound.parameters}
    assuming = frozenset().union(*(bound.assumptions for bound in bounds))
    points = coherent(drawn(names, _TRIES * count, seed), assuming)
    holds = np.ones(_TRIES * count, dtype=bool)
    for bound in bounds:
        with np.errstate(all="ignore"):
            evaluation = bound.evaluate(**{name: points[name] for name in bound.parameters})
        holds &= evaluation.holds & np.isfinite(evaluation.value)
    kept = np.flatnonzero(holds)[:count]
    return {name: values[kept] for name, values in points.items()}


_TRIES = 50
"""Points that are drawn for each that is wanted."""


def _values(name: str, count: int, rng: np.random.Generator) -> np.ndarray:
    row = GLOSSARY[name]
    if row.integer:
        low = max(row.low, 1)
        spread = low * np.exp(rng.uniform(0, np.log(_LARGEST_COUNT / low), count))
        return np.asarray(np.floor(spread) - (low - row.low))
    if np.isfinite(row.high):
        return np.asarray(rng.uniform(row.low, row.high, count))
    return np.asarray(row.low + 10 ** rng.uniform(-_DECADES, _DECADES, count))
