"""Candidates for a counterexample: numbers within a bound's conditions, and shapes of functions.

A candidate is drawn at random, or is a neighbour of the best one so far.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

import numpy as np

from empirical.falsification.admissible_functions import admissible, largest_noise
from empirical.falsification.algorithm_of_bound import catalogued_method, num_workers_of
from empirical.falsification.attack import Point, with_implied_constants
from empirical.falsification.trial_functions import Shape, TwoQuadratics, random_piecewise
from empirical.readings.enumeration import MOST_OUTCOMES
from theory.bound import Bound, ConditionError
from theory.measures import ReportPoint
from theory.notation import GLOSSARY
from theory.tuning.best_step_size import largest_step_size

_MOST_SOLVED_STEPS = 6
"""Most steps K R of a worst case: many small programs find more than a few large ones."""

_MOST_NOISELESS_STEPS = 60
"""Most steps K R on piecewise quadratic functions without noise, where a run has one outcome."""

_MOST_ROUNDS = 4000
"""Rounds beyond which R is not raised further for a corollary's conditions to hold."""

_LARGEST = {"num_workers": 16, "local_steps": 8, "num_rounds": 24, "auxiliary_variables": 1}
"""The largest whole numbers that are tried."""

_UNITS = ("smoothness", "initial_gap", "initial_distance")
"""The first two of these that a bound has are set to 1, which fixes the units of f and x."""

_MOST_UNLIKE_WORKERS = 5
"""Most workers of gossip, whose state must be read for each worker: they are not exchangeable."""

_LEAST_SHARE = 0.25
"""Probability that a number is the least it may be: one worker, no noise, no momentum.

Errors of bounds often show at such ends of a range, which a continuous draw would never reach.
"""

_NOISES = ("gradient_noise", "noise_at_optimum")

_OUTCOME_BITS = int(math.log2(MOST_OUTCOMES))
"""Most samples M K R of a run whose noise has two values."""

Fixed = Mapping[str, float]
"""Numbers of parameters that are not varied, by name."""


class AttackKind(Enum):
    """The kind of functions, and with it the exact reading, that a bound is attacked with."""

    TWO_QUADRATICS = "exact moments on two scalar quadratics"
    PIECEWISE_QUADRATICS = "all outcomes of the noise on piecewise quadratic functions"
    WORST_FUNCTIONS = "the worst functions of the class"


_CHANCES = {
    AttackKind.TWO_QUADRATICS: 0.45,
    AttackKind.PIECEWISE_QUADRATICS: 0.3,
    AttackKind.WORST_FUNCTIONS: 0.25,
}
"""Weights with which kinds of attack are drawn among those that fit a bound."""


def kinds(bound: Bound) -> tuple[AttackKind, ...]:
    """Returns the kinds of attack whose functions can satisfy a bound's assumptions."""
    if "gradient_bound" in bound.parameters:  # quadratics have no bounded gradient
        return (AttackKind.PIECEWISE_QUADRATICS,)
    if admissible(bound).quadratic:
        return (AttackKind.TWO_QUADRATICS,)
    # Enumeration reads the report point only, not the conserved average of a state.
    listed = bound.measure.report_point is not ReportPoint.CONSERVED_MEAN
    piecewise = (AttackKind.PIECEWISE_QUADRATICS,) if listed else ()
    return (AttackKind.TWO_QUADRATICS, *piecewise, AttackKind.WORST_FUNCTIONS)


def random_point(bound: Bound, rng: np.random.Generator, fixed: Fixed) -> Point | None:
    """Draws a candidate within a bound's conditions.

    Args:
        bound: the bound to be attacked.
        rng: the only source of randomness.
        fixed: numbers of parameters that are not varied.

    Returns:
        None where no step size satisfies the conditions, or a worst case would be too long.
    """
    values = _random_values(bound, rng, fixed)
    able = kinds(bound)
    weights = np.array([_CHANCES[kind] for kind in able])
    kind = able[int(rng.choice(len(able), p=weights / weights.sum()))]
    shape = _random_shape(bound, kind, rng)
    values |= _affordable(bound, kind, values, fixed, rng)
    values |= fixed
    solved = kind is AttackKind.WORST_FUNCTIONS
    if solved and values["local_steps"] * values["num_rounds"] > _MOST_SOLVED_STEPS:
        return None
    point = _completed(bound, Point(values, shape))
    if kind is AttackKind.TWO_QUADRATICS:
        point = _long_enough(bound, point, fixed, rng)
    return _with_step_size(bound, point, fixed, rng)


def neighbour(bound: Bound, point: Point, rng: np.random.Generator, fixed: Fixed) -> Point:
    """Returns a candidate whose numbers and functions differ a little from those of another.

    Whole numbers change only on two quadratics, whose exact moments cost little at any size.
    """
    moved = dict(point.values)
    for name, value in point.values.items():
        if name not in fixed and name not in _UNITS and name in GLOSSARY:
            moved[name] = _moved(bound, point, name, value, rng)
    shape = None if point.shape is None else point.shape.moved(rng)
    made = _completed(bound, Point(moved, shape))
    if "step_size" not in bound.parameters or "step_size" in fixed:
        return made
    largest = _largest_step_size(bound, made)
    step = moved["step_size"] if largest is None else min(moved["step_size"], largest)
    return replace(made, values={**made.values, "step_size": step})


def _random_values(bound: Bound, rng: np.random.Generator, fixed: Fixed) -> dict[str, float]:
    """Draws a number for every parameter but the step size, and for the schedule."""
    wanted = {*bound.parameters, "num_workers", "local_steps", "num_rounds"} - {"step_size"}
    values = {name: _random_number(bound, name, rng) for name in sorted(wanted)}
    values.update(fixed)
    if catalogued_method(bound).alone:
        values["num_workers"] = 1.0
    required = dict(bound.fixes).get("local_steps")
    if isinstance(required, int):
        values["local_steps"] = float(required)
    return values


def _random_number(bound: Bound, name: str, rng: np.random.Generator) -> float:
    row = GLOSSARY[name]
    if name in [unit for unit in _UNITS if unit in bound.parameters][:2]:
        return 1.0
    if row.integer:
        unlike = name == "num_workers" and "mixing_rate" in bound.parameters
        most = _MOST_UNLIKE_WORKERS if unlike else _LARGEST.get(name, 8)
        least = rng.random() < _LEAST_SHARE
        return row.low if least else float(rng.integers(int(row.low), most + 1))
    if name == "strong_convexity":
        return float(np.exp(rng.uniform(-5, 0)))  # mu below L = 1
    if name == "initial_distance":  # Delta <= L B^2 / 2, so that B is large beside Delta = L = 1
        return float(np.exp(rng.uniform(0, 3)))
    if math.isfinite(row.high):
        least = not row.open_low and rng.random() < _LEAST_SHARE
        return row.low if least else float(rng.uniform(0.02, 0.98) * row.high)
    if row.low > 0 or row.open_low:
        return row.low + float(np.exp(rng.uniform(-5, 2)))
    return 0.0 if rng.random() < _LEAST_SHARE else float(np.exp(rng.uniform(-3, 3)))


def _random_shape(bound: Bound, kind: AttackKind, rng: np.random.Generator) -> Shape | None:
    """Draws functions of a kind; returns None where the worst ones are solved for."""
    if kind is AttackKind.PIECEWISE_QUADRATICS:
        return random_piecewise(rng, bounded_gradients="gradient_bound" in bound.parameters)
    if kind is AttackKind.WORST_FUNCTIONS:
        return None
    first = 1.0 if rng.random() < 0.3 else float(np.exp(rng.uniform(-5, 0)))
    second = float(rng.choice([1.0, 0.0, rng.uniform(-0.95, 1)]))
    return TwoQuadratics(first, second, bool(rng.integers(2)))


def _affordable(
    bound: Bound,
    kind: AttackKind,
    values: Mapping[str, float],
    fixed: Fixed,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Returns changes of numbers with which the reading of this kind takes no more than seconds."""
    if kind is AttackKind.PIECEWISE_QUADRATICS:
        return _few_outcomes(bound, values, fixed, rng)
    if kind is AttackKind.WORST_FUNCTIONS:
        return _small_program(values, fixed, rng)
    return {}


def _small_program(
    values: Mapping[str, float], fixed: Fixed, rng: np.random.Generator
) -> dict[str, float]:
    """Returns changes to no noise and few steps; the size of the program grows with K R."""
    changed = {name: 0.0 for name in _NOISES if name in values}
    steps = int(min(values["local_steps"], _MOST_SOLVED_STEPS))
    if "local_steps" not in fixed:
        changed["local_steps"] = float(steps)
    changed["num_rounds"] = float(rng.integers(1, _MOST_SOLVED_STEPS // steps + 1))
    return changed


def _few_outcomes(
    bound: Bound, values: Mapping[str, float], fixed: Fixed, rng: np.random.Generator
) -> dict[str, float]:
    """Returns changes to so few workers and steps that all 2^(M K R) outcomes can be listed.

    Without noise there is one outcome, and longer runs are allowed.
    """
    changed: dict[str, float] = {}
    if "num_workers" not in fixed and not catalogued_method(bound).alone:
        changed["num_workers"] = float(rng.integers(1, 4))
    given = {**values, **changed, **fixed}
    noiseless = largest_noise(given) == 0
    most = _MOST_NOISELESS_STEPS if noiseless else _OUTCOME_BITS // num_workers_of(bound, given)
    steps = int(values["local_steps"])
    if steps > most and "local_steps" not in fixed:
        steps = int(rng.integers(1, max(most, 1) + 1))
        changed["local_steps"] = float(steps)
    changed["num_rounds"] = float(rng.integers(1, max(most // steps, 1) + 1))
    return changed


def _completed(bound: Bound, point: Point) -> Point:
    """Adds the numbers that follow from others: T = K R, and constants of the functions."""
    steps = point.values["local_steps"] * point.values["num_rounds"]
    return with_implied_constants(
        bound, replace(point, values={**point.values, "num_steps": steps})
    )


def _long_enough(bound: Bound, point: Point, fixed: Fixed, rng: np.random.Generator) -> Point:
    """Raises R until a corollary's own step size satisfies its conditions, or to the least such R.

    A corollary's step size falls with R, so that its conditions hold from some R on.
    """
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
    return bool(bound.evaluate(**_parameters(bound, point)).holds)


def _parameters(bound: Bound, point: Point) -> dict[str, float]:
    return {name: point.values[name] for name in bound.parameters if name in point.values}


def _with_step_size(
    bound: Bound, point: Point, fixed: Fixed, rng: np.random.Generator
) -> Point | None:
    """Adds a step size within the conditions, often the largest; returns None if there is none."""
    if "step_size" not in bound.parameters or "step_size" in fixed:
        return point
    largest = _largest_step_size(bound, point)
    if largest is None:
        return None
    share = 1.0 if rng.random() < 0.4 else float(np.exp(rng.uniform(-4, 0)))
    unlimited = 3 * float(np.exp(rng.uniform(-3, 0)))
    step = share * largest if math.isfinite(largest) else unlimited
    return replace(point, values={**point.values, "step_size": step})


def _largest_step_size(bound: Bound, point: Point) -> float | None:
    known = {n: value for n, value in _parameters(bound, point).items() if n != "step_size"}
    try:
        return largest_step_size(bound, known)
    except (ConditionError, ValueError):
        return None


def _moved(bound: Bound, point: Point, name: str, value: float, rng: np.random.Generator) -> float:
    """Returns a number near the one that a candidate has."""
    row = GLOSSARY[name]
    if row.integer:
        single = name == "num_workers" and catalogued_method(bound).alone
        held = name in dict(bound.fixes) or single or not isinstance(point.shape, TwoQuadratics)
        return value if held else max(row.low, value + float(rng.integers(-1, 2)))
    if math.isfinite(row.high):
        near = value + 0.05 * rng.standard_normal()
        return float(np.clip(near, 0.01 * row.high, 0.99 * row.high)) if value else 0.0
    return value * float(np.exp(0.15 * rng.standard_normal()))
