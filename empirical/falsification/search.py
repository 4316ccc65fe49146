"""The search for a counterexample: numbers and functions within a bound's conditions.

Blocks of random candidates alternate with blocks of small changes of the best one so far.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from empirical.falsification.admissible_functions import check_attackable
from empirical.falsification.algorithm_of_bound import NoReading
from empirical.falsification.attack import Attack, How, Point, attack, from_store
from empirical.falsification.candidates import neighbour, random_point
from empirical.falsification.shrinking import plainest
from theory.bound import Bound, Constants, Side, Standing
from theory.catalogue import bounds
from theory.notation import GLOSSARY

_TRIES = 50
"""Candidates drawn per possible attack, on average, beyond which the search gives up."""

_PATIENCE = 2000
"""Candidates that are drawn in any case, before the search may give up."""

_CLIMBS = 12
"""Attacks at random candidates that are followed by as many at neighbours of the best one."""


@dataclass(frozen=True)
class Search:
    """The result of a search.

    Attributes:
        best: the attack with the largest share of attained in promised; None where no attack was
            possible.
        attempts: number of attacks that were made.
        by: number of attacks by each reading.
        shares: attained over promised, of every attack at a random candidate; those that climb are
            not random, and left out.
    """

    best: Attack | None
    attempts: int
    by: Mapping[How, int] = field(default_factory=dict)
    shares: tuple[float, ...] = ()

    @property
    def tightness(self) -> dict[str, float]:
        """Promised over attained at random candidates: least, quartiles, greatest; NaN if none."""
        found = [1 / share for share in self.shares if share > 0]
        names = ("least", "lower quartile", "median", "upper quartile", "greatest")
        levels = np.quantile(found, (0, 0.25, 0.5, 0.75, 1)) if found else [math.nan] * 5
        return dict(zip(names, map(float, levels), strict=True))

    @property
    def solved(self) -> int:
        """The number of attacks for which a worst case was solved."""
        return self.by.get(How.WORST_CASE, 0)

    @property
    def refuted(self) -> bool:
        """Whether a counterexample was found."""
        return self.best is not None and self.best.refutes


def falsify(
    bound: Bound,
    *,
    seconds: float = math.inf,
    attempts: float = math.inf,
    fixed: Mapping[str, float] | None = None,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> Search:
    """Attacks a bound with random and hill-climbed candidates until a budget is spent.

    There are three kinds of attack, all exact: moments on two scalar quadratics with the bound's
    constants; all outcomes of short runs with two-valued noise on functions with piecewise linear
    gradients; and worst cases over all functions of a class for a few steps. The first
    counterexample ends the search, and is made as plain as possible. For a bound marked REFUTED
    that cannot be attacked, or on which all attacks fail, the stored counterexample is returned.

    Args:
        bound: an upper bound with explicit constants.
        seconds: budget of time.
        attempts: budget of attacks.
        fixed: numbers of parameters that are not varied.
        seed: seed of the search; with a budget of attacks the search repeats to the digit.
        progress: called with the thousandths of the budget that are spent, 1000, and a text.

    Raises:
        NoReading: the bound is of another kind, and no counterexample is stored for it.
        ValueError: neither budget is finite, or a fixed parameter is not the bound's.
    """
    given = dict(fixed or {})
    _check(bound, seconds, attempts, given)
    kept = from_store(bound)
    try:
        check_attackable(bound)
    except NoReading:
        if kept is None:
            raise
        return Search(kept, 0, {How.STORED: 1})
    found = _searched(bound, seconds, attempts, given, seed, progress)
    if found.refuted or kept is None:
        return found
    return Search(kept, found.attempts, {**found.by, How.STORED: 1}, found.shares)


def _searched(
    bound: Bound,
    seconds: float,
    attempts: float,
    fixed: Mapping[str, float],
    seed: int,
    progress: Callable[[int, int, str], None] | None,
) -> Search:
    rng, begun = np.random.default_rng(seed), time.monotonic()
    best: Attack | None = None
    leader: Point | None = None
    shares: list[float] = []
    by: dict[How, int] = {}
    count = tries = 0
    while count < attempts and (spent := time.monotonic() - begun) < seconds:
        tries += 1
        if tries > max(_TRIES * count, _PATIENCE):
            break  # hardly any numbers satisfy the conditions
        climbing = count % (2 * _CLIMBS) >= _CLIMBS
        if leader is not None and climbing:
            pick: Point | None = neighbour(bound, leader, rng, fixed)
        else:
            pick = random_point(bound, rng, fixed)
        made = None if pick is None else attack(bound, pick)
        if made is None or pick is None:
            continue
        # Neighbours of the best candidate are no sample, and would make the bound look tighter.
        shares += [] if climbing else [made.share]
        count += 1
        by[made.how] = by.get(made.how, 0) + 1
        if best is None or made.share > best.share:
            best, leader = made, pick
        if made.refutes:
            best = plainest(bound, pick, made, fixed)
            break
        if progress is not None:
            done = max(count / attempts, spent / seconds)
            progress(int(1000 * done), 1000, f"{count} attacks, best share {best.share:.4f}")
    return Search(best, count, by, tuple(shares))


def subjects() -> list[str]:
    """Returns the keys of all transcribed upper bounds with explicit constants.

    Some of them cannot be attacked; falsify says why.
    """
    return [
        key
        for key, item in bounds().items()
        if item.side is Side.UPPER
        and item.constants is Constants.EXPLICIT
        and item.standing is Standing.TRANSCRIBED
    ]


def _check(bound: Bound, seconds: float, attempts: float, fixed: Mapping[str, float]) -> None:
    if not (seconds > 0 and attempts > 0 and min(seconds, attempts) < math.inf):
        raise ValueError(f"seconds={seconds:g} must be a number > 0, or attempts be given")
    for name, value in fixed.items():
        if name not in bound.parameters:
            takes = ", ".join(bound.parameters)
            raise ValueError(f"{name} is not used by {bound.key}; it takes {takes}")
        GLOSSARY[name].check(value)
