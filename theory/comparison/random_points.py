"""Random values of the quantities in theorems, also such that their conditions hold.

Laws (theory/testing) and comparisons evaluate bounds at these points.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from theory.bound import Bound
from theory.comparison.conversions import coherent
from theory.notation import GLOSSARY

_LARGEST_COUNT = 1000
"""The greatest random value of a whole quantity, such as the number of workers or rounds."""

_DECADES = 2.0
"""A quantity without an upper limit exceeds its lower limit by 10^-2 to 10^2."""


def drawn(names: Iterable[str], count: int, seed: int) -> dict[str, np.ndarray]:
    """Returns random values of glossary quantities in their ranges.

    Most are uniform in the logarithm; a quantity with an upper limit is uniform. If a smoothness L
    is drawn too, a step size lies in the four decades up to 1/L and a strong convexity in the four
    decades up to L, since elsewhere few theorems hold.

    Args:
        names: the names of the quantities.
        count: the number of points.
        seed: the seed of the generator; the numbers depend on the arguments alone.

    Returns:
        An array of shape (count,) for each name.
    """
    rng = np.random.default_rng(seed)
    # Sorted, since the order of a set of strings differs between runs.
    found = {name: _values(name, count, rng) for name in sorted(names)}
    if "step_size" in found and "smoothness" in found:
        found["step_size"] = 10 ** rng.uniform(-4, 0, count) / found["smoothness"]
    if "strong_convexity" in found and "smoothness" in found:
        found["strong_convexity"] = 10 ** rng.uniform(-4, 0, count) * found["smoothness"]
    return found


def admissible(bounds: Sequence[Bound], count: int, seed: int) -> dict[str, np.ndarray]:
    """Returns points at which the conditions of all bounds hold.

    Many points are drawn. Each constant is lowered to what the others allow under the assumptions
    of all bounds, and points at which a condition fails or a value is not finite are left out.

    Args:
        bounds: the bounds whose conditions must hold.
        count: the greatest number of points; fewer are returned if fewer are found.
        seed: the seed of the generator.

    Returns:
        For each parameter of the bounds an array with one value for each point.
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
"""The number of points that are drawn for each point that is wanted."""


def _values(name: str, count: int, rng: np.random.Generator) -> np.ndarray:
    row = GLOSSARY[name]
    if row.integer:
        # Logarithms need a range from 1 on; where 0 is allowed, the values are shifted down by 1.
        low = max(row.low, 1)
        spread = low * np.exp(rng.uniform(0, np.log(_LARGEST_COUNT / low), count))
        return np.asarray(np.floor(spread) - (low - row.low))
    if np.isfinite(row.high):
        return np.asarray(rng.uniform(row.low, row.high, count))
    return np.asarray(row.low + 10 ** rng.uniform(-_DECADES, _DECADES, count))
