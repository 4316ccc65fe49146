"""Interval arithmetic: bounds on an expression while its symbols run over intervals.

Such enclosures certify searches: if the enclosure of a bound on an interval lies above a value that
has been found, no point of the interval is better. Rounding is not directed outward, so a
certificate holds up to a relative error of some 1e-13 in the values that enter it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np
import sympy as sp

from theory.notation.geometric_sum import GeometricSum

Pair = tuple[np.ndarray, np.ndarray]
"""The lower and the upper ends of intervals, elementwise."""


def enclose(expression: sp.Expr, ends: Mapping[sp.Symbol, Pair]) -> Pair:
    """Returns lower and upper ends of an expression, elementwise.

    Sums, products, powers, Min, Max, exp, log and geometric sums are enclosed. Any other function,
    and a quotient whose divisor may vanish, has minus and plus infinity as its ends: an enclosure
    may be too wide, never too narrow.

    Args:
        expression: an expression in the symbols of `ends`.
        ends: by symbol the ends of its intervals, arrays that broadcast; equal for a number.
    """
    with np.errstate(all="ignore"):
        return _enclose(expression, ends, {})


def _enclose(node: sp.Expr, ends: Mapping[sp.Symbol, Pair], known: dict[sp.Expr, Pair]) -> Pair:
    if node in known:
        return known[node]
    if node.is_Symbol:
        found: Pair = ends[node]
    elif node.is_number:
        found = (np.asarray(node, dtype=float),) * 2
    else:
        rule = next((rule for kind, rule in _RULES.items() if isinstance(node, kind)), None)
        parts = [_enclose(part, ends, known) for part in node.args] if rule else []
        found = _ordered(*rule(*parts)) if rule else _ANYTHING
    known[node] = found
    return found


def _ordered(low: np.ndarray, high: np.ndarray) -> Pair:
    """Replaces undefined ends by infinite ones, which is safe whatever the value is."""
    return np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)


def _add(*parts: Pair) -> Pair:
    return sum(low for low, _ in parts), sum(high for _, high in parts)  # type: ignore[return-value]


def _mul(*parts: Pair) -> Pair:
    return reduce(_times, parts)


def _times(first: Pair, second: Pair) -> Pair:
    # Nearly all factors of bounds are nonnegative; two products then do in place of four.
    if np.all(first[0] >= 0) and np.all(second[0] >= 0):
        return _product(first[0], second[0]), _product(first[1], second[1])
    corners = [_product(a, b) for a in first for b in second]
    return reduce(np.minimum, corners), reduce(np.maximum, corners)


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The product of two ends, with 0 x infinity = 0.

    An infinite end is a limit that is not attained, so the products of points are all 0 there.
    """
    found = a * b
    return np.where(np.isnan(found) & ~np.isnan(a) & ~np.isnan(b), 0.0, found)


def _pow(base: Pair, exponent: Pair) -> Pair:
    low, high = base
    power, last = exponent
    if np.ndim(power) == 0 and power == last and float(power).is_integer():
        return _whole_power(low, high, int(power))
    # Other powers are real only of nonnegative bases; monotone in both, they are extreme at ends.
    positive = low >= 0
    corners = [np.where(positive, end**p, np.nan) for end in base for p in (power, last)]
    return reduce(np.minimum, corners), reduce(np.maximum, corners)


def _whole_power(low: np.ndarray, high: np.ndarray, power: int) -> Pair:
    if power < 0:
        straddles = (low < 0) & (high > 0)
        below, above = 1 / np.where(high == 0, -0.0, high), 1 / np.where(low == 0, 0.0, low)
        below = np.where((high == 0) & (low < 0), -np.inf, below)
        below, above = np.where(straddles, np.nan, below), np.where(straddles, np.nan, above)
        return _whole_power(*_ordered(below, above), -power)
    ends = low**power, high**power
    if power % 2:
        return ends
    least = np.where((low < 0) & (high > 0), 0.0, np.minimum(*ends))
    return least, np.maximum(*ends)


def _rising(function: Callable[..., np.ndarray]) -> Callable[..., Pair]:
    """Returns the rule of a function that increases in all its arguments."""

    def rule(*parts: Pair) -> Pair:
        return function(*(low for low, _ in parts)), function(*(high for _, high in parts))

    return rule


def _geometric(base: Pair, count: Pair) -> Pair:
    function = sp.lambdify(_SUM.args, _SUM, modules="numpy")
    return function(base[0], count[0]), function(base[1], count[1])


def _step(argument: Pair) -> Pair:
    """The rule of Heaviside's function, which derivatives of Min and Max contain.

    Its value at 0 is taken to be anything in [0, 1].
    """
    return np.where(argument[0] > 0, 1.0, 0.0), np.where(argument[1] < 0, 0.0, 1.0)


def _minimum(*values: np.ndarray) -> np.ndarray:
    return reduce(np.minimum, values)


def _maximum(*values: np.ndarray) -> np.ndarray:
    return reduce(np.maximum, values)


_RULES: Mapping[type, Callable[..., Pair]] = {
    sp.Add: _add,
    sp.Mul: _mul,
    sp.exp: _rising(np.exp),
    sp.log: _rising(np.log),
    sp.Pow: _pow,
    sp.Min: _rising(_minimum),
    sp.Max: _rising(_maximum),
    GeometricSum: _geometric,
    sp.Heaviside: lambda argument, *_: _step(argument),
}
"""For each kind of expression the function from the ends of its arguments to its own ends."""

_ANYTHING = (np.asarray(-np.inf), np.asarray(np.inf))
_SUM = GeometricSum(sp.Symbol("base"), sp.Symbol("count"))
