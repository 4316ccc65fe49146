"""The best step sizes of a bound at many points at once.

They are exact where a bound is a sum of powers of the step size, and searched for elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp

from theory.bound import Bound
from theory.notation import GLOSSARY, check_values
from theory.notation.numeric import lambdified
from theory.tuning.monomials import least_of_sum, power_of, powers_of, where_sum_is_one
from theory.tuning.step_search import StepSearch, at

_ETA = GLOSSARY["step_size"].symbol
_RANGE = 230.0
"""The largest modulus of log eta that is searched, so that eta lies between 1e-100 and 1e100."""

_SLACK = 16 * np.finfo(np.float64).eps
"""The relative amount by which a condition may fail, for rounding."""

_BLOCK = 4096
"""The number of points that are searched at once, which limits the memory that a map needs."""

Coefficients = tuple[tuple[sp.Expr, ...], tuple[float, ...]]
"""The coefficients and the powers of several monomials in the step size."""


@dataclass(frozen=True)
class StepSizes:
    """The best admissible step sizes, one for each point.

    Attributes:
        step_size: the best step size, unit x^2/f; nan where no step size is admissible.
        largest: the largest admissible step size; infinite where no condition limits it, nan where
            none is admissible.
        value: the bound at step_size; nan where no step size is admissible.
        gap: the share of value by which the bound may be less at another admissible step size;
            0 up to rounding where all terms are powers of the step size.
    """

    step_size: np.ndarray
    largest: np.ndarray
    value: np.ndarray
    gap: np.ndarray


def best_step_sizes(
    bound: Bound,
    points: Mapping[str, object],
    *,
    gap: float = 1e-9,
    vanishing: bool = False,
) -> StepSizes:
    """Returns the admissible step sizes at which a bound is least.

    Where each term is a power of eta and the conditions bound sums of such powers, the bound is
    convex in log eta. Its minimum is where the derivative changes sign, or the nearest admissible
    step size. Elsewhere a certified search halves intervals until none can hold a better one.

    Args:
        bound: a bound with a free step size.
        points: columns of values of its other parameters, all of one length.
        gap: the relative error at which a search stops.
        vanishing: whether to return 1e-100 where the bound falls as the step size goes to 0, as in
            a strongly convex run too short for its noise; if False, an error is raised there.

    Raises:
        ValueError: a value is missing or out of range, the step size is given or not a parameter,
            or the bound falls for ever (no term grows and no condition limits the step size).
    """
    if "step_size" in points or "step_size" not in bound.parameters:
        raise ValueError(f"{bound.key}: step_size is what tune chooses; leave it out")
    wanted = [name for name in bound.parameters if name != "step_size"]
    columns = check_values(points, wanted, asker=bound.key)
    columns = dict(zip(columns, map(np.ravel, np.broadcast_arrays(*columns.values())), strict=True))
    limits = _limits(bound, columns)
    terms = monomials(bound)
    if terms is None or limits is None:
        return _searched(bound, columns, limits, gap, vanishing=vanishing)
    lower, upper = limits
    powers, least = _numbers(terms, columns)
    moving = [power != 0 for power in powers]
    best = least_of_sum(least[moving], [power for power in powers if power != 0])
    feasible = (lower <= upper) & (upper > 0)
    step = np.where(feasible, np.clip(best, lower, upper), np.nan)
    step = np.where(step == 0, np.exp(-_RANGE), step) if vanishing else step
    _refuse_endless(bound, step)
    upper = np.where(feasible, upper, np.nan)
    value, _ = at(bound, columns, step)
    return StepSizes(step, upper, np.where(feasible, value, np.nan), np.zeros_like(step))


def largest_step_sizes(bound: Bound, points: Mapping[str, np.ndarray]) -> np.ndarray:
    """Returns the largest step sizes that meet every condition.

    They are infinite where no condition limits them, and nan where none is admissible.

    Args:
        bound: a bound with a free step size.
        points: columns of checked values of its other parameters.
    """
    limits = _limits(bound, points)
    if limits is None:
        return _largest_searched(bound, points)
    lower, upper = limits
    return np.where((lower <= upper) & (upper > 0), upper, np.nan)


@lru_cache(maxsize=1024)
def monomials(bound: Bound) -> Coefficients | None:
    """Returns the terms as powers of the step size; None if a term is not such a power."""
    found = [power_of(term.expression, _ETA) for term in bound.terms]
    rows = [row for row in found if row is not None]
    if len(rows) < len(found):
        return None
    return tuple(row[0] for row in rows), tuple(float(row[1]) for row in rows)


@lru_cache(maxsize=1024)
def _condition_powers(bound: Bound) -> tuple[Coefficients, ...] | None:
    """Each condition as sum_p c_p eta^p <= 1, powers of one sign; None if one is not so."""
    found = []
    for relation in bound.conditions:
        rows = powers_of(relation.lts / relation.gts, _ETA) if relation.gts.is_nonnegative else None
        if rows is None or (min(p for _, p in rows) < 0 < max(p for _, p in rows)):
            return None
        still = sp.Add(*(c for c, p in rows if p == 0))
        moving = [(c, p) for c, p in rows if p != 0]
        # A constant part s leaves sum_p c_p eta^p / (1 - s) <= 1. If s > 1, the coefficients are
        # negative, which _limits refuses.
        if moving and still != 0:
            moving = [(c / (1 - still), p) for c, p in moving]
        rows = tuple(moving) or ((still, sp.Integer(0)),)
        found.append((tuple(c for c, _ in rows), tuple(float(p) for _, p in rows)))
    return tuple(found)


def _numbers(
    terms: Coefficients, columns: Mapping[str, np.ndarray]
) -> tuple[tuple[float, ...], np.ndarray]:
    """The powers of terms, and their coefficients at every point, (powers, points)."""
    names = tuple(columns)
    with np.errstate(all="ignore"):
        found = lambdified(names, terms[0])(*columns.values())
    count = len(next(iter(columns.values())))
    rows = [np.broadcast_to(np.asarray(row, dtype=float), (count,)) for row in found]
    return terms[1], np.array(rows).reshape(len(rows), count)


def _limits(
    bound: Bound, columns: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray] | None:
    """The least and largest admissible step sizes; None if a condition has another form.

    Where no step size is admissible, the least exceeds the largest, or the largest is 0.
    """
    conditions = _condition_powers(bound)
    if conditions is None:
        return None
    count = len(next(iter(columns.values())))
    lower, upper = np.zeros(count), np.full(count, np.inf)
    for condition in conditions:
        powers, coefficients = _numbers(condition, columns)
        if not (coefficients >= 0).all():
            return None
        if powers[0] == 0:
            upper = np.where(coefficients[0] > 1 + _SLACK, -np.inf, upper)
        elif powers[0] > 0:
            upper = np.minimum(upper, where_sum_is_one(coefficients, powers))
        else:
            lower = np.maximum(lower, where_sum_is_one(coefficients, powers))
    return _to_rounding(bound, columns, lower, upper)


def _to_rounding(
    bound: Bound, columns: Mapping[str, np.ndarray], lower: np.ndarray, upper: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Moves limits by a few units in the last place, to where the computed conditions hold."""
    for _ in range(64):
        wrong = np.isfinite(upper) & (upper > 0) & (lower <= upper)
        wrong &= ~at(bound, columns, np.where(wrong, upper, 1.0))[1]
        if not wrong.any():
            break
        upper = np.where(wrong, np.nextafter(upper, 0), upper)
    return lower * (1 + 4e-16), upper


def _largest_searched(bound: Bound, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """The largest admissible step sizes by search, for conditions of any form."""
    count = len(next(iter(columns.values())))
    ends = np.full(count, _RANGE)
    found = StepSearch(bound, columns, largest=True).run(-ends, ends, 1e-15).step_size
    return np.where(found >= np.exp(_RANGE) * (1 - 1e-12), np.inf, found)


def _searched(
    bound: Bound,
    columns: Mapping[str, np.ndarray],
    limits: tuple[np.ndarray, np.ndarray] | None,
    gap: float,
    *,
    vanishing: bool,
) -> StepSizes:
    count = len(next(iter(columns.values())))
    parts = [
        _searched_block(
            bound,
            {name: column[start : start + _BLOCK] for name, column in columns.items()},
            limits and (limits[0][start : start + _BLOCK], limits[1][start : start + _BLOCK]),
            gap,
            vanishing=vanishing,
        )
        for start in range(0, count, _BLOCK)
    ]
    joined = zip(*(part.values() for part in map(vars, parts)), strict=True)
    return StepSizes(*(np.concatenate(pieces) for pieces in joined))


def _searched_block(
    bound: Bound,
    columns: Mapping[str, np.ndarray],
    limits: tuple[np.ndarray, np.ndarray] | None,
    gap: float,
    *,
    vanishing: bool,
) -> StepSizes:
    if limits is None:
        largest = _largest_searched(bound, columns)
    else:
        largest = np.where((limits[0] <= limits[1]) & (limits[1] > 0), limits[1], np.nan)
    high = np.log(np.clip(np.nan_to_num(largest, nan=1.0), np.exp(-_RANGE), np.exp(_RANGE)))
    high = np.where(np.isinf(largest), _RANGE, high)
    search = StepSearch(bound, columns)
    known = np.isfinite(largest)
    # The best step size often is the largest one, to which halving would only come close.
    search.offer(np.flatnonzero(known), largest[known])
    found = search.run(np.full_like(high, -_RANGE), high, gap)
    step = np.where(np.isnan(largest), np.nan, found.step_size)
    # At an end of the searched range, the bound still falls beyond it.
    edge = (step <= np.exp(-_RANGE) * (1 + 1e-9)) & (not vanishing)
    step = np.where(edge, 0.0, step)
    step = np.where((step >= np.exp(_RANGE) * (1 - 1e-9)) & np.isinf(largest), np.inf, step)
    _refuse_endless(bound, step)
    step = _polished(search, columns, step, largest)
    value, holds = at(bound, columns, step)
    value = np.where(np.isnan(step) | ~holds, np.nan, value)
    floor = np.minimum(found.floor, value)
    with np.errstate(all="ignore"):
        left = np.where(value > 0, 1 - floor / value, 0.0)
    return StepSizes(step, largest, value, left)


def _polished(
    search: StepSearch, columns: Mapping[str, np.ndarray], step: np.ndarray, largest: np.ndarray
) -> np.ndarray:
    """The zero of the slope near each step size, where it is admissible and no worse.

    Where the bound is flat, values alone locate its minimum to half the digits; the slope to all.
    """
    slope = lambdified(search.bound.parameters, (search.slope,))

    def slope_at(place: np.ndarray) -> np.ndarray:
        given = {**columns, "step_size": place}
        with np.errstate(all="ignore"):
            [found] = slope(*(given[name] for name in search.bound.parameters))
        return np.broadcast_to(np.asarray(found, dtype=float), place.shape)

    low = step * np.exp(-_NEAR)
    high = np.fmin(step * np.exp(_NEAR), largest)
    sound = (slope_at(low) < 0) & (slope_at(high) > 0)
    for _ in range(60):
        middle = (low + high) / 2
        rises = slope_at(middle) > 0
        low, high = np.where(rises, low, middle), np.where(rises, middle, high)
    here, _ = at(search.bound, columns, step)
    there, holds = at(search.bound, columns, low)
    return np.where(sound & holds & (there <= here), low, step)


_NEAR = 1e-3
"""The distance in log eta from a found step size within which a zero of the slope is sought."""


def _refuse_endless(bound: Bound, step: np.ndarray) -> None:
    if (step == 0).any():
        raise ValueError(f"{bound.key}: no step size is best; the bound falls as step_size -> 0")
    if np.isinf(step).any():
        raise ValueError(f"{bound.key}: no step size is best; nothing limits it from above")
