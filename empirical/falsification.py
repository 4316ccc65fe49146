"""A search for numbers and functions within a bound's conditions at which the bound fails."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from empirical.attack import Attack, Point, attack
from empirical.tightness import check_kind
from theory.bound import Bound, ConditionError
from theory.notation import GLOSSARY
from theory.tuning import largest_step_size

_MOST_STEPS = 6
"""Steps a worker of the worst cases that are solved for: many small ones beat a few."""

_MOST_ROUNDS = 1000
"""Rounds beyond which no corollary is waited for."""

_LARGEST = {"num_workers": 16, "local_steps": 8, "num_rounds": 24}
"""Largest whole numbers that are tried."""

_TRIES = 50
"""Numbers drawn for an attack before the search gives up."""

_CLIMBS = 12
"""Attacks around the best one before as many new ones."""

_FIXED_BY_UNITS = ("smoothness", "initial_gap")
"""These are 1: the units of f and x are free, so that nothing is lost."""


@dataclass(frozen=True)
class Search:
    """What a search found.

    Attributes:
        best: the attack that came closest, or went beyond; None where none was possible.
        attempts: attacks made.
        solved: how many of them by worst cases.
        shares: attained over promised of every attack at random numbers.
    """

    best: Attack | None
    attempts: int
    solved: int
    shares: tuple[float, ...] = ()

    @property
    def tightness(self) -> dict[str, float]:
        """Promised over attained at random numbers: least, quartiles and greatest."""
        found = [1 / share for share in self.shares if share > 0]
        names = ("least", "lower quartile", "median", "upper quartile", "greatest")
        levels = np.quantile(found, (0, 0.25, 0.5, 0.75, 1)) if found else [math.nan] * 5
        return dict(zip(names, map(float, levels), strict=True))

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
    """Attacks a bound with random and hill-climbed numbers until a budget is spent.

    Two kinds of attack, both exact: moments on two camps of scalar parabolas whose gap and mean
    heterogeneity are the bound's, and worst cases over all smooth functions for a few steps. The
    first counterexample ends it.

    Args:
        bound: an upper bound on E|grad F|^2 with explicit constants.
        seconds: budget of time.
        attempts: budget of attacks.
        fixed: parameters that are not varied.
        seed: of the search; with a budget of attacks it repeats to the digit.
        progress: told how far it is.

    Raises:
        NoReading: the bound is of another kind.
        ValueError: neither budget is finite, or a fixed parameter is not the bound's.
    """
    check_kind(bound)
    given = dict(fixed or {})
    _check(bound, seconds, attempts, given)
    rng, begun = np.random.default_rng(seed), time.monotonic()
    best: Attack | None = None
    leader: Point | None = None
    shares: list[float] = []
    count = solved = tries = 0
    while count < attempts and (spent := time.monotonic() - begun) < seconds:
        tries += 1
        if tries > _TRIES * (count + 1):
            break  # hardly any numbers meet the conditions
        climbing = leader is not None and count % (2 * _CLIMBS) >= _CLIMBS
        point = _neighbour(leader, rng, given) if climbing else _random(bound, rng, given)
        made = None if point is None else attack(bound, point)
        if made is None:
            continue
        shares += [] if climbing else [made.share]
        count, solved = count + 1, solved + made.solved
        if best is None or made.share > best.share:
            best, leader = made, point
        if made.refutes:
            break
        if progress is not None:
            share = "none yet" if best is None else f"{best.share:.4f}"
            done = max(count / attempts, spent / seconds)
            progress(int(1000 * done), 1000, f"{count} attacks, attained / promised {share}")
    return Search(best, count, solved, tuple(shares))


def _check(bound: Bound, seconds: float, attempts: float, fixed: Mapping[str, float]) -> None:
    if not (seconds > 0 and attempts > 0 and min(seconds, attempts) < math.inf):
        raise ValueError(f"seconds={seconds:g} must be a number > 0, or attempts be given")
    for name, value in fixed.items():
        if name not in bound.parameters:
            takes = ", ".join(bound.parameters)
            raise ValueError(f"{name} is not used by {bound.key}; it takes {takes}")
        GLOSSARY[name].check(value)


def _random(bound: Bound, rng: np.random.Generator, fixed: Mapping[str, float]) -> Point | None:
    """Numbers within the conditions; None where no step size is."""
    values = {name: _drawn(name, rng) for name in bound.parameters if name != "step_size"}
    values.update(fixed)
    fields: dict[str, Any] = dict(bound.fixes)
    steps = int(values.get("local_steps", fields.get("local_steps", 1)))
    if rng.random() < 0.25 and steps <= _MOST_STEPS:  # without noise and short: to be solved for
        values["num_rounds"] = float(rng.integers(1, _MOST_STEPS // steps + 1))
        values.update({"gradient_noise": 0.0} if "gradient_noise" in values else {})
        values.update(fixed)
    _lengthen(bound, values, fixed)
    if "step_size" in bound.parameters and "step_size" not in fixed:
        try:
            largest = largest_step_size(bound, values)
        except ConditionError:
            return None
        share = 1.0 if rng.random() < 0.4 else float(np.exp(rng.uniform(-4, 0)))
        values["step_size"] = share * (largest if math.isfinite(largest) else 1.0)
    quiet = values.get("gradient_noise", 0.0) == 0
    solved = quiet and values["num_rounds"] * steps <= _MOST_STEPS
    first = 1.0 if rng.random() < 0.3 else float(np.exp(rng.uniform(-5, 0)))
    second = float(rng.choice([1.0, 0.0, rng.uniform(-0.95, 1)]))
    return Point(values, first, second, bool(rng.integers(2)), solved)


def _lengthen(bound: Bound, values: dict[str, float], fixed: Mapping[str, float]) -> None:
    """More rounds until a corollary's own step size is small enough for its conditions."""
    if bound.step_size is None or "num_rounds" in fixed:
        return
    while not bound.evaluate(**values).holds and values["num_rounds"] < _MOST_ROUNDS:
        values["num_rounds"] *= 4


def _drawn(name: str, rng: np.random.Generator) -> float:
    row = GLOSSARY[name]
    if name in _FIXED_BY_UNITS:
        return 1.0
    if row.integer:
        return float(rng.integers(int(row.low), _LARGEST.get(name, 8) + 1))
    if math.isfinite(row.high):
        return float(rng.uniform(0.02, 0.98) * row.high)
    return 0.0 if rng.random() < 0.3 else float(np.exp(rng.uniform(-3, 3)))


def _neighbour(
    point: Point | None, rng: np.random.Generator, fixed: Mapping[str, float]
) -> Point | None:
    """Every number moved a little; whole ones only where that is cheap."""
    if point is None:
        return None
    moved = dict(point.values)
    for name, value in point.values.items():
        row = GLOSSARY[name]
        if name in fixed or name in _FIXED_BY_UNITS or (row.integer and point.solved):
            continue
        if row.integer:
            moved[name] = max(row.low, value + float(rng.integers(-1, 2)))
        elif math.isfinite(row.high):
            near = value + 0.05 * rng.standard_normal()
            moved[name] = float(np.clip(near, 0.01 * row.high, 0.99 * row.high))
        else:
            moved[name] = value * float(np.exp(0.15 * rng.standard_normal()))
    first = min(1.0, point.first * float(np.exp(0.2 * rng.standard_normal())))
    second = float(np.clip(point.second + 0.1 * rng.standard_normal(), -0.95, 1))
    return replace(point, values=moved, first=first, second=second)
