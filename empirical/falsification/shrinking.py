"""Simplification of a counterexample: fewer workers and steps, rounder numbers, plainer functions.

The method is greedy, like the shrinking of property-based tests: the first plainer candidate that
still refutes the bound takes its place, until none does or the budget is spent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from empirical.falsification.algorithm_of_bound import catalogued_method
from empirical.falsification.attack import Attack, How, Point, attack, with_implied_constants
from empirical.falsification.trial_functions import PiecewiseQuadratics, TwoQuadratics
from theory.bound import Bound
from theory.notation import GLOSSARY, Notation

_MOST = {How.MOMENTS: 300, How.ENUMERATION: 300, How.WORST_CASE: 20}
"""Attacks that may be spent on the simplification; worst cases take a second each."""

_SMALL = ("num_workers", "num_rounds", "local_steps", "auxiliary_variables")
"""Whole numbers that are made smaller."""

_NOTHING = (
    "gradient_noise",
    "noise_at_optimum",
    "heterogeneity",
    "greatest_heterogeneity",
    "heterogeneity_at_optimum",
)
"""Constants that are set to 0, by which the noise or the differences of workers vanish."""


def plainest(bound: Bound, point: Point, found: Attack, fixed: Mapping[str, float]) -> Attack:
    """Returns the plainest attack that still refutes a bound, starting from one that does.

    Args:
        bound: the bound that is refuted.
        point: numbers and functions of the attack.
        found: the attack, which refutes the bound.
        fixed: parameters that are not varied.
    """
    spent, looking = 0, True
    while looking and spent < _MOST[found.how]:
        looking = False
        for candidate in _plainer(bound, point, fixed):
            spent += 1
            made = attack(bound, candidate)
            if made is not None and made.refutes:
                point, found, looking = candidate, made, True
                break
            if spent >= _MOST[found.how]:
                break
    return found


def _plainer(bound: Bound, point: Point, fixed: Mapping[str, float]) -> Iterator[Point]:
    """Yields candidates that are plainer than a point, those that change most first.

    The step size is not reduced to keep a bound's conditions: a candidate outside of them is no
    attack, and is passed over.
    """
    held = {*fixed, *dict(bound.fixes)} | (
        {"num_workers"} if catalogued_method(bound).alone else set()
    )
    for name in _SMALL:
        if name in point.values and name not in held:
            for value in _fewer(point.values[name], GLOSSARY[name].low):
                yield _with(bound, point, {name: value})
    for name in _NOTHING:
        if point.values.get(name, 0.0) > 0 and name not in fixed:
            yield _with(bound, point, {name: 0.0})
    for name, value in point.values.items():
        whole = name in GLOSSARY and GLOSSARY[name].integer
        if name in bound.parameters and name not in fixed and not whole:
            for rounder in _rounder(GLOSSARY[name], value):
                yield _with(bound, point, {name: rounder})
    if isinstance(point.shape, PiecewiseQuadratics):
        yield _with(bound, replace(point, shape=TwoQuadratics()), {})
    if point.shape is not None:
        for shape in point.shape.plainer():
            if shape != point.shape and _simpler(shape, point.shape):
                yield _with(bound, replace(point, shape=shape), {})


def _fewer(value: float, least: float) -> list[float]:
    """Returns whole numbers below a value that are worth a try, from the least on."""
    choices = [least, least + 1, value // 2, value - 1]
    return sorted({item for item in choices if least <= item < value})


def _rounder(row: Notation, value: float) -> Iterator[float]:
    """Yields a value rounded down and up to 1 to 3 significant digits, where it gets shorter."""
    if value == 0 or not math.isfinite(value):
        return
    for digits in (1, 2, 3):
        unit = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
        for near in (math.floor(value / unit), math.ceil(value / unit)):
            candidate = float(f"{near * unit:.{digits}g}")
            if row.low < candidate < row.high and len(repr(candidate)) < len(repr(value)):
                yield candidate


def _simpler(left: object, right: object) -> bool:
    # Fewer characters are a crude measure of plainness, but one that must fall: no endless search.
    return len(repr(left)) < len(repr(right))


def _with(bound: Bound, point: Point, changes: Mapping[str, float]) -> Point:
    """Returns a point with some numbers changed, and with those that follow from them."""
    values = {**point.values, **changes}
    values["num_steps"] = values["local_steps"] * values["num_rounds"]
    return with_implied_constants(bound, replace(point, values=values))
