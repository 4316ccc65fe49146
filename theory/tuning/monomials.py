"""Sums of powers of one symbol: their coefficients and powers, and where such a sum is least.

Sum_p c_p x^p with c_p >= 0 is convex in log x, so its minimum is where its derivative changes sign.
Newton's method finds it for any powers, and no search over intervals is needed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sympy as sp

_ITERATIONS = 200
"""A limit on iterations, above what bisection of log x needs; Newton's method needs some five."""

_WIDEST = 700.0
"""The largest modulus of log x that is searched, so that x lies between 1e-304 and 1e304."""


def power_of(expression: sp.Expr, symbol: sp.Symbol) -> tuple[sp.Expr, sp.Rational] | None:
    """Returns coefficient and rational exponent of c x^p; None if an expression has no such form.

    Args:
        expression: the expression.
        symbol: x.
    """
    for form in (
        expression,
        sp.factor_terms(expression),
        sp.powsimp(sp.expand_power_base(expression, force=True)),
    ):
        coefficient, power = form.as_independent(symbol, as_Add=False)
        if power == 1:
            return coefficient, sp.Integer(0)
        base, exponent = power.as_base_exp()
        if base == symbol and exponent.is_Rational:
            return coefficient, exponent
    return None


def powers_of(
    expression: sp.Expr, symbol: sp.Symbol
) -> tuple[tuple[sp.Expr, sp.Rational], ...] | None:
    """Returns coefficients and exponents of a sum of c x^p, sorted by exponent.

    None if the expression is not such a sum, also after it is multiplied out.

    Args:
        expression: the expression.
        symbol: x.
    """
    for form in (expression, sp.expand_mul(expression)):
        found = [power_of(part, symbol) for part in sp.Add.make_args(form)]
        rows = [row for row in found if row is not None]
        if len(rows) == len(found):
            powers = sorted({power for _, power in rows})
            return tuple((sp.Add(*(c for c, p in rows if p == power)), power) for power in powers)
    return None


def where_sum_is_one(coefficients: np.ndarray, powers: Sequence[float]) -> np.ndarray:
    """Returns the x > 0 at which sum_p c_p x^p = 1, up to rounding, for powers of one sign.

    Args:
        coefficients: c_p >= 0, (powers, points).
        powers: the powers p, all above 0 or all below.

    Returns:
        The solutions, (points,). Where all c_p are 0, infinity for powers above 0 and 0 for powers
        below.
    """
    power = np.asarray(powers, dtype=float)[:, None]
    never = np.inf if power[0, 0] > 0 else 0.0
    with np.errstate(divide="ignore"):
        logs = np.log(coefficients)
        if len(power) == 1:
            return np.asarray(np.exp(-logs[0] / power[0]))
    found = np.full(logs.shape[1], never)
    some = np.any(coefficients > 0, axis=0)
    if some.any():
        # _crossing wants rising powers, so powers below 0 are solved for 1/x.
        one, none = np.zeros((1, int(some.sum()))), np.zeros((1, 1))
        sign = np.sign(power[0, 0])
        place = _crossing(logs[:, some], sign * power, one, none)
        found[some] = np.exp(sign * place)
    return found


def least_of_sum(coefficients: np.ndarray, powers: Sequence[float]) -> np.ndarray:
    """Returns the x > 0 at which sum_p c_p x^p is least, up to rounding.

    Args:
        coefficients: c_p >= 0, (powers, points).
        powers: the powers p, none of them 0, since a constant does not move the minimum.

    Returns:
        The minima, (points,); 0 where the sum only rises and infinity where it only falls.
    """
    power = np.asarray(powers, dtype=float)[:, None]
    with np.errstate(divide="ignore"):
        logs = np.log(np.abs(power) * coefficients)
    rising, falling = power[:, 0] > 0, power[:, 0] < 0
    rises = np.any(coefficients[rising] > 0, axis=0)
    falls = np.any(coefficients[falling] > 0, axis=0)
    found = np.where(rises, 0.0, np.inf)
    both = rises & falls
    if both.any():
        inner = logs[:, both]
        found[both] = np.exp(
            _crossing(inner[rising], power[rising], inner[falling], power[falling])
        )
    return found


def _crossing(
    rising: np.ndarray, up: np.ndarray, falling: np.ndarray, down: np.ndarray
) -> np.ndarray:
    """Returns where log sum exp(rising + up y) = log sum exp(falling + down y), for y = log x.

    Newton's method is guarded by bisection. In logarithms no power overflows.
    """
    low = np.full(rising.shape[1], -_WIDEST)
    high, place = -low, np.zeros_like(low)
    for _ in range(_ITERATIONS):
        above, steep = _log_sum(rising + up * place, up)
        below, fall = _log_sum(falling + down * place, down)
        excess = above - below
        low, high = np.where(excess < 0, place, low), np.where(excess > 0, place, high)
        moved = place - excess / (steep - fall)
        moved = np.where((moved > low) & (moved < high), moved, (low + high) / 2)
        moved = np.where(excess == 0, place, moved)
        if np.all(np.abs(moved - place) <= 4e-16 * (1 + np.abs(place))):
            return moved
        place = moved
    return place


def _log_sum(logs: np.ndarray, powers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the logarithm of a sum of exponentials, and its slope: a mean of the powers."""
    top = logs.max(axis=0)
    with np.errstate(invalid="ignore"):  # an infinite coefficient shows in the result, as nan
        parts = np.exp(logs - top)
    total = parts.sum(axis=0)
    return top + np.log(total), (powers * parts).sum(axis=0) / total
