"""From an accuracy to the fewest rounds that promise it, and to gradients, bytes and seconds.

Where a bound falls with the number of rounds, doubling and halving find the least R with bound(R)
<= accuracy: R meets it and R - 1 does not, which is checked. Where it is not known to
fall, every R is tried from 1 on, up to a limit; beyond that an R is found that meets it, and it is
told that fewer may do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import sympy as sp

from theory.bound import Bound
from theory.costs.time_model import Runtime
from theory.notation import GLOSSARY
from theory.tuning.best_values import values_at
from theory.tuning.local_steps import scheduled

_MOST_DOUBLINGS = 40
"""More than 2^40 rounds are never."""

_SCANNED = 2**16
"""Rounds that are tried one by one where a bound is not known to fall."""

_GAP = 1e-9


@dataclass(frozen=True)
class Inversion:
    """The fewest rounds that promise an accuracy, for every K that was asked for.

    Attributes:
        local_steps: K, (points,).
        num_rounds: R; nan where not even 2^40 rounds will do.
        step_size: the best one at R, unit x^2/f; nan where none is chosen.
        value: the bound at R, at most the accuracy.
        before: the bound at R - 1, above the accuracy or nan where a condition fails; infinite at
            R = 1.
        certain: whether it is certain that no fewer rounds do.
    """

    local_steps: np.ndarray
    num_rounds: np.ndarray
    step_size: np.ndarray
    value: np.ndarray
    before: np.ndarray
    certain: np.ndarray


def fewest_rounds(
    bound: Bound, values: Mapping[str, float], accuracy: float, local_steps: np.ndarray
) -> Inversion:
    """The fewest rounds at which a bound is at most an accuracy, each K by itself.

    Args:
        bound: depends on num_rounds or num_steps.
        values: numbers for its parameters but local_steps, num_rounds and num_steps; the step size
            is the best one at every R unless given.
        accuracy: in the unit of the measure, > 0.
        local_steps: every K to answer for.

    Raises:
        ValueError: the bound does not depend on the rounds, or a number is missing, given that must
            not be, or out of range.
    """
    used = [name for name in ("num_rounds", "num_steps") if name in bound.parameters]
    if not used:
        raise ValueError(f"{bound.key} does not depend on num_rounds")
    if not 0 < accuracy < np.inf:
        raise ValueError(f"accuracy={accuracy:g} must be a number > 0, unit {bound.measure.unit}")
    for name in ("num_rounds", "num_steps", "local_steps"):
        if name in values:
            raise ValueError(f"{bound.key}: {name} is what invert chooses; leave it out")
    steps = GLOSSARY["local_steps"].check(np.ravel(local_steps))

    def at(index: np.ndarray, rounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found, sizes = values_at(bound, scheduled(bound, values, steps[index], rounds), gap=_GAP)
        return found, np.full_like(found, np.nan) if sizes is None else sizes

    search = _halved if falls_with_rounds(bound) else _scanned
    rounds, certain = search(at, len(steps), accuracy)
    every = np.flatnonzero(np.isfinite(rounds))
    value, size, before = (np.full(len(steps), np.nan) for _ in range(3))
    if len(every):
        value[every], size[every] = at(every, rounds[every])
    before[rounds == 1] = np.inf
    later = np.flatnonzero(np.isfinite(rounds) & (rounds > 1))
    if len(later):
        before[later] = at(later, rounds[later] - 1)[0]
    return Inversion(steps, rounds, size, value, before, certain)


def falls_with_rounds(bound: Bound) -> bool:
    """Whether a bound is declared to fall with the rounds, and no condition tightens with them."""
    used = [name for name in ("num_rounds", "num_steps") if name in bound.parameters]
    for relation in bound.conditions:
        for name in used:
            moved = sp.diff(relation.lts - relation.gts, GLOSSARY[name].symbol)
            if moved != 0 and not moved.is_nonpositive:
                return False
    return all(name in bound.decreasing for name in used)


@dataclass(frozen=True)
class RoundsCost:
    """What an accuracy costs at one K.

    Attributes:
        local_steps: K.
        num_rounds: R.
        gradients: M K R.
        sent_bytes: what each worker sends.
        seconds: expected.
    """

    local_steps: int
    num_rounds: int
    gradients: int
    sent_bytes: float
    seconds: float


def cost(found: Inversion, index: int, num_workers: int, runtime: Runtime) -> RoundsCost:
    """What the rounds of one K cost; the accuracy must be reached with it."""
    steps, rounds = int(found.local_steps[index]), int(found.num_rounds[index])
    return RoundsCost(
        steps,
        rounds,
        num_workers * steps * rounds,
        runtime.sent_bytes(num_workers, rounds),
        runtime.seconds(num_workers, steps, rounds),
    )


def fastest(found: Inversion, num_workers: int, runtime: Runtime) -> RoundsCost:
    """The K with the least seconds, of all that were asked for.

    Every K is looked at, cheapest first by the seconds that it takes when no worker is late; the
    search ends where these alone are more than the best that is found.

    Raises:
        ValueError: the accuracy is reached with none of them.
    """
    steps, rounds = found.local_steps, found.num_rounds
    least = np.nan_to_num(runtime.least_seconds(num_workers, steps, rounds), nan=np.inf)
    best: RoundsCost | None = None
    for index in np.argsort(least, kind="stable"):
        if np.isinf(least[index]) or (best is not None and least[index] >= best.seconds):
            break
        here = cost(found, int(index), num_workers, runtime)
        best = here if best is None or here.seconds < best.seconds else best
    if best is None:
        raise ValueError(f"the accuracy is not reached within 2^{_MOST_DOUBLINGS} rounds")
    return best


_At = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""The bound and its step sizes at points, given by index, and at rounds."""


def _halved(at: _At, count: int, accuracy: float) -> tuple[np.ndarray, np.ndarray]:
    """The least R of bounds that fall with it; for all points at once."""
    low, high = _doubled(at, count, accuracy)
    while len(wide := np.flatnonzero(np.isfinite(high) & (high - low > 1))):
        middle = np.floor((low[wide] + high[wide]) / 2)
        met = at(wide, middle)[0] <= accuracy
        high[wide], low[wide] = np.where(met, middle, high[wide]), np.where(met, low[wide], middle)
    return np.where(np.isfinite(high), high, np.nan), np.ones(count, dtype=bool)


def _doubled(at: _At, count: int, accuracy: float) -> tuple[np.ndarray, np.ndarray]:
    """The last power of two that fails, else 0, and the first that does not, else infinity."""
    low, high = np.zeros(count), np.full(count, np.inf)
    for power in range(_MOST_DOUBLINGS + 1):
        still = np.flatnonzero(np.isinf(high))
        if not len(still):
            break
        rounds = np.full(len(still), 2.0**power)
        met = at(still, rounds)[0] <= accuracy
        high[still[met]], low[still[~met]] = 2.0**power, 2.0**power
    return low, high


def _scanned(at: _At, count: int, accuracy: float) -> tuple[np.ndarray, np.ndarray]:
    """The least R by trying each, up to a limit, and beyond it one that is found by doubling."""
    found, certain = _halved(at, count, accuracy)
    tried = np.arange(1, _SCANNED + 1, dtype=float)
    for index in range(count):
        start = 0
        while start < len(tried) and not found[index] <= tried[start]:
            block = tried[start : max(64, 2 * start)]
            met = at(np.full(len(block), index), block)[0] <= accuracy
            if met.any():
                found[index] = block[np.argmax(met)]
                break
            start += len(block)
        certain[index] = found[index] <= _SCANNED
    return found, certain
