"""Numbers within a bound's conditions, and shapes of functions: where it is attacked next."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

import numpy as np

from empirical.falsification.admissible_functions import is_whole, noise_of, room_of
from empirical.falsification.algorithm_of_bound import num_workers_of, stand_in
from empirical.falsification.attack import Point, following
from empirical.falsification.trial_functions import Camps, Shape, random_bends
from empirical.readings.enumeration import MOST_OUTCOMES
from theory.bound import Bound, ConditionError
from theory.measures import ReportPoint
from theory.notation import GLOSSARY
from theory.tuning.best_step_size import largest_step_size

_MOST_STEPS = 6
"""Steps a worker of the worst cases that are solved for: many small ones beat a few."""

_MOST_QUIET_STEPS = 60
"""Steps a worker of runs without noise on bent functions."""

_MOST_ROUNDS = 4000
"""Rounds beyond which no corollary is waited for."""

_LARGEST = {"num_workers": 16, "local_steps": 8, "num_rounds": 24, "auxiliary_variables": 1}
"""Largest whole numbers that are tried."""

_FIXED_BY_UNITS = ("smoothness", "initial_gap", "initial_distance")
"""The first two of these that a bound has are 1: the units of f and x are free."""

_MOST_UNLIKE = 5
"""Workers of methods that treat them differently: their state cannot be read by one for all."""

_PLAIN = 0.25
"""Share of numbers that are the least they may be: one worker, no noise, no momentum."""

_NOISES = ("gradient_noise", "noise_at_optimum")

_BITS = int(math.log2(MOST_OUTCOMES))

Fixed = Mapping[str, float]


class Kind(Enum):
    """What a bound is attacked with."""

    CAMPS = "two camps of parabolas"
    BENDS = "bent gradients, all outcomes"
    WORST = "the worst functions"


def kinds(bound: Bound) -> tuple[Kind, ...]:
    """Those that may apply to a bound."""
    room, conserved = room_of(bound), ReportPoint.CONSERVED_MEAN
    if "gradient_bound" in bound.parameters:
        return (Kind.BENDS,)
    bent = not room.quadratic and bound.measure.report_point is not conserved
    return (Kind.CAMPS, *([Kind.BENDS] if bent else []), *([] if room.quadratic else [Kind.WORST]))


def random_point(bound: Bound, rng: np.random.Generator, fixed: Fixed) -> Point | None:
    """Numbers within the conditions; None where no step size is."""
    wanted = {*bound.parameters, "num_workers", "local_steps", "num_rounds"} - {"step_size"}
    values = {name: _drawn(bound, name, rng) for name in sorted(wanted)}
    values.update(fixed)
    if stand_in(bound).alone:
        values["num_workers"] = 1.0
    own = dict(bound.fixes)
    whole = own.get("local_steps")
    values |= {"local_steps": float(whole)} if isinstance(whole, int) else {}
    chances = {Kind.CAMPS: 0.45, Kind.BENDS: 0.3, Kind.WORST: 0.25}
    able = kinds(bound)
    weights = np.array([chances[kind] for kind in able])
    kind = able[int(rng.choice(len(able), p=weights / weights.sum()))]
    shape: Shape | None = None
    if kind is Kind.CAMPS:
        shape = _random_camps(rng)
    elif kind is Kind.BENDS:
        shape = random_bends(rng, straight="gradient_bound" in bound.parameters)
        _fit_outcomes(bound, values, fixed, rng)
    else:
        _fit_solver(values, fixed, rng)
    values.update(fixed)
    if kind is Kind.WORST and values["local_steps"] * values["num_rounds"] > _MOST_STEPS:
        return None
    point = _completed(bound, Point(values, shape))
    if kind is Kind.CAMPS:
        point = _lengthened(bound, point, fixed, rng)
    return _with_step_size(bound, point, fixed, rng)


def _random_camps(rng: np.random.Generator) -> Camps:
    first = 1.0 if rng.random() < 0.3 else float(np.exp(rng.uniform(-5, 0)))
    second = float(rng.choice([1.0, 0.0, rng.uniform(-0.95, 1)]))
    return Camps(first, second, bool(rng.integers(2)))


def _completed(bound: Bound, point: Point) -> Point:
    """With the numbers that follow from others."""
    steps = point.values["local_steps"] * point.values["num_rounds"]
    point = replace(point, values={**point.values, "num_steps": steps})
    return replace(point, values=following(bound, point))


def _fit_solver(values: dict[str, float], fixed: Fixed, rng: np.random.Generator) -> None:
    """No noise, and a few steps."""
    values.update({name: 0.0 for name in _NOISES if name in values})
    steps = int(min(values["local_steps"], _MOST_STEPS))
    values["local_steps"] = values["local_steps"] if "local_steps" in fixed else float(steps)
    values["num_rounds"] = float(rng.integers(1, _MOST_STEPS // steps + 1))


def _fit_outcomes(
    bound: Bound, values: dict[str, float], fixed: Fixed, rng: np.random.Generator
) -> None:
    """So few workers and steps that all outcomes can be listed; many steps without noise."""
    if "num_workers" not in fixed and not stand_in(bound).alone:
        values["num_workers"] = float(rng.integers(1, 4))
    quiet = noise_of({**values, **fixed}) == 0
    most = _MOST_QUIET_STEPS if quiet else _BITS // num_workers_of(bound, {**values, **fixed})
    steps = int(values["local_steps"])
    if steps > most and "local_steps" not in fixed:
        steps = int(rng.integers(1, max(most, 1) + 1))
        values["local_steps"] = float(steps)
    values["num_rounds"] = float(rng.integers(1, max(most // steps, 1) + 1))


def _lengthened(bound: Bound, point: Point, fixed: Fixed, rng: np.random.Generator) -> Point:
    """More rounds until a corollary's step size meets its conditions, or just enough of them."""
    if bound.step_size is None or "num_rounds" in fixed:
        return point

    def at(rounds: float) -> Point:
        return _completed(bound, replace(point, values={**point.values, "num_rounds": rounds}))

    low, high = 1.0, point.values["num_rounds"]
    while not _holds(bound, at(high)) and high < _MOST_ROUNDS:
        low, high = high, high * 4
    if rng.random() < 0.5:
        return at(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _holds(bound, at(middle)) else (middle, high)
    return at(high)


def _holds(bound: Bound, point: Point) -> bool:
    return bool(bound.evaluate(**_own(bound, point)).holds)


def _own(bound: Bound, point: Point) -> dict[str, float]:
    return {name: point.values[name] for name in bound.parameters if name in point.values}


def _with_step_size(
    bound: Bound, point: Point, fixed: Fixed, rng: np.random.Generator
) -> Point | None:
    """A step size within the conditions, often the largest."""
    if "step_size" not in bound.parameters or "step_size" in fixed:
        return point
    largest = _largest(bound, point)
    if largest is None:
        return None
    share = 1.0 if rng.random() < 0.4 else float(np.exp(rng.uniform(-4, 0)))
    free = 3 * float(np.exp(rng.uniform(-3, 0)))
    step = share * largest if math.isfinite(largest) else free
    return replace(point, values={**point.values, "step_size": step})


def _largest(bound: Bound, point: Point) -> float | None:
    known = {name: value for name, value in _own(bound, point).items() if name != "step_size"}
    try:
        return largest_step_size(bound, known)
    except (ConditionError, ValueError):
        return None


def _drawn(bound: Bound, name: str, rng: np.random.Generator) -> float:
    row = GLOSSARY[name]
    if name in [unit for unit in _FIXED_BY_UNITS if unit in bound.parameters][:2]:
        return 1.0
    if row.integer:
        unlike = name == "num_workers" and "mixing_rate" in bound.parameters
        most = _MOST_UNLIKE if unlike else _LARGEST.get(name, 8)
        least = rng.random() < _PLAIN
        return row.low if least else float(rng.integers(int(row.low), most + 1))
    if name == "strong_convexity":
        return float(np.exp(rng.uniform(-5, 0)))
    if name == "initial_distance":
        return float(np.exp(rng.uniform(0, 3)))
    if math.isfinite(row.high):
        none = not row.open_low and rng.random() < _PLAIN
        return row.low if none else float(rng.uniform(0.02, 0.98) * row.high)
    if row.low > 0 or row.open_low:
        return row.low + float(np.exp(rng.uniform(-5, 2)))
    return 0.0 if rng.random() < _PLAIN else float(np.exp(rng.uniform(-3, 3)))


def neighbour(
    bound: Bound, point: Point | None, rng: np.random.Generator, fixed: Fixed
) -> Point | None:
    """Every number moved a little; whole ones only where that is cheap."""
    if point is None:
        return None
    camps, moved = isinstance(point.shape, Camps), dict(point.values)
    for name, value in point.values.items():
        if name in fixed or name in _FIXED_BY_UNITS or name not in GLOSSARY:
            continue
        row = GLOSSARY[name]
        if is_whole(name):
            loose = camps and name not in dict(bound.fixes) and not _lone(bound, name)
            moved[name] = max(row.low, value + float(rng.integers(-1, 2))) if loose else value
        elif math.isfinite(row.high):
            near = value + 0.05 * rng.standard_normal()
            moved[name] = float(np.clip(near, 0.01 * row.high, 0.99 * row.high)) if value else 0.0
        else:
            moved[name] = value * float(np.exp(0.15 * rng.standard_normal()))
    shape = None if point.shape is None else point.shape.moved(rng)
    made = _completed(bound, Point(moved, shape))
    if "step_size" not in bound.parameters or "step_size" in fixed:
        return made
    largest = _largest(bound, made)
    step = math.inf if largest is None else largest
    return replace(made, values={**made.values, "step_size": min(moved["step_size"], step)})


def _lone(bound: Bound, name: str) -> bool:
    return name == "num_workers" and stand_in(bound).alone
