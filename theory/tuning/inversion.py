"""The fewest rounds after which a bound is at most an accuracy, and what they cost.

If a bound decreases with the number of rounds, doubling and halving find the least R with
bound(R) <= accuracy; the result also holds the bound at R - 1, which exceeds it. If a bound is not
known to decrease, every R from 1 up to a limit is tried. Beyond the limit some R that meets the
accuracy is found, and the result says that fewer rounds may do. Costs are counted in gradients,
bytes and seconds.
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
"""Rounds are looked for up to 2 to this power; no run has more."""

_SCANNED = 2**16
"""The number of rounds up to which every R is tried if a bound is not known to decrease."""

_GAP = 1e-9
"""The relative error of a bound at which the search for its best step size stops."""


@dataclass(frozen=True)
class Inversion:
    """The fewest rounds after which a bound is at most an accuracy, for several K.

    Attributes:
        local_steps: every K, (points,).
        num_rounds: R for each K; nan where 2^40 rounds are not enough.
        step_size: the best step size at R, unit x^2/f; nan where none is chosen.
        value: the bound at R, at most the accuracy.
        before: the bound at R - 1: above the accuracy, or nan if a condition fails; infinite if
            R = 1.
        certain: whether it is certain that fewer rounds are not enough.
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
    """Returns the fewest rounds at which a bound is at most an accuracy, for each K separately.

    Args:
        bound: a bound that depends on num_rounds or num_steps.
        values: values of its parameters except local_steps, num_rounds and num_steps; the step size
            is the best one at every R unless given.
        accuracy: the accuracy, in the unit of the measure, > 0.
        local_steps: every K for which rounds are wanted.

    Raises:
        ValueError: the bound does not depend on the rounds, or a number is missing, or is given
            although it is chosen here, or is out of range.
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
    """Returns whether a bound decreases with the rounds and no condition gets harder to meet."""
    used = [name for name in ("num_rounds", "num_steps") if name in bound.parameters]
    for relation in bound.conditions:
        for name in used:
            # The condition is lts - gts <= 0, so this must not increase with the rounds.
            moved = sp.diff(relation.lts - relation.gts, GLOSSARY[name].symbol)
            if moved != 0 and not moved.is_nonpositive:
                return False
    return all(name in bound.decreasing for name in used)


@dataclass(frozen=True)
class RoundsCost:
    """The cost of reaching an accuracy with one K.

    Attributes:
        local_steps: K.
        num_rounds: R.
        gradients: the number of gradients of all workers, M K R.
        sent_bytes: the bytes that each worker sends in all rounds.
        seconds: the expected time in seconds.
    """

    local_steps: int
    num_rounds: int
    gradients: int
    sent_bytes: float
    seconds: float


def cost(found: Inversion, index: int, num_workers: int, runtime: Runtime) -> RoundsCost:
    """Returns the cost of the rounds at one K, for which the accuracy must be reached.

    Args:
        found: the rounds for several K.
        index: the index of the K.
        num_workers: M.
        runtime: the model of bytes and seconds.
    """
    steps, rounds = int(found.local_steps[index]), int(found.num_rounds[index])
    return RoundsCost(
        steps,
        rounds,
        num_workers * steps * rounds,
        runtime.sent_bytes(num_workers, rounds),
        runtime.seconds(num_workers, steps, rounds),
    )


def fastest(found: Inversion, num_workers: int, runtime: Runtime) -> RoundsCost:
    """Returns the cost at the K with the least expected seconds.

    The K are tried in the order of the seconds that they take if no worker is late, which are fast
    to compute. The search ends once these alone are at least the least expected seconds so far.

    Raises:
        ValueError: the accuracy is not reached with any K.
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
"""A function from indices of points and their rounds to the bound and its step sizes there."""


def _halved(at: _At, count: int, accuracy: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns the least R for bounds that decrease with R, for all points at once."""
    low, high = _doubled(at, count, accuracy)
    while len(wide := np.flatnonzero(np.isfinite(high) & (high - low > 1))):
        middle = np.floor((low[wide] + high[wide]) / 2)
        met = at(wide, middle)[0] <= accuracy
        high[wide], low[wide] = np.where(met, middle, high[wide]), np.where(met, low[wide], middle)
    return np.where(np.isfinite(high), high, np.nan), np.ones(count, dtype=bool)


def _doubled(at: _At, count: int, accuracy: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns the last power of two that misses the accuracy, and the first that meets it.

    They are 0 and infinity where there is none.
    """
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
    """Returns the least R by trying each up to a limit; beyond it some R, found by doubling."""
    found, certain = _halved(at, count, accuracy)
    tried = np.arange(1, _SCANNED + 1, dtype=float)
    for index in range(count):
        start = 0
        # Blocks double in length, so a small R costs few evaluations and a large one few calls.
        while start < len(tried) and not found[index] <= tried[start]:
            block = tried[start : max(64, 2 * start)]
            met = at(np.full(len(block), index), block)[0] <= accuracy
            if met.any():
                found[index] = block[np.argmax(met)]
                break
            start += len(block)
        certain[index] = found[index] <= _SCANNED
    return found, certain
