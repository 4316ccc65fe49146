"""Where two bounds are equal: in closed form for two terms, by bracketed search for whole bounds.

Which of two bounds is less is mostly decided by their largest terms, apart from terms that both
share. Where both terms are powers of a hyperparameter, they are equal at one value of it, which has
a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import sympy as sp

from theory.bound import Bound, Term
from theory.notation import GLOSSARY
from theory.tuning.best_values import values_at
from theory.tuning.monomials import power_of

_SAMPLES = 400
"""The number of values at which two bounds are compared before the search for each crossing."""


@dataclass(frozen=True)
class TermCrossing:
    """The value of a symbol at which a term of one bound equals a term of another.

    Attributes:
        first: a term of the first bound.
        second: a term of the second bound.
        name: the name of the symbol that is solved for.
        value: its value at equality, in the other symbols.
        first_leads_above: True if the first term is the larger one where the symbol is larger.
    """

    first: Term
    second: Term
    name: str
    value: sp.Expr
    first_leads_above: bool


@dataclass(frozen=True)
class Crossing:
    """The value of a hyperparameter at which two bounds change order.

    Attributes:
        value: the value of the hyperparameter; the first whole one with the new order, if only
            whole values are allowed.
        smaller_before: the key of the bound that is less below this value.
        smaller_after: the key of the bound that is less above it.
    """

    value: float
    smaller_before: str
    smaller_after: str


def term_crossings(first: Bound, second: Bound, name: str) -> tuple[TermCrossing, ...]:
    """Returns where each term of one bound equals each of the other, as a formula for one symbol.

    Terms that both bounds share are left out. A minimum counts with the terms of all its branches.
    Two terms with the same power of the symbol are equal nowhere or everywhere, and terms that are
    not powers of it give no formula; both kinds of pairs are left out.

    Raises:
        ValueError: the bounds are of different units.
    """
    _comparable(first, second)
    found = (
        term_crossing(one, other, name)
        for one in own_terms(first, second)
        for other in own_terms(second, first)
    )
    return tuple(dict.fromkeys(item for item in found if item is not None))


def term_crossing(first: Term, second: Term, name: str) -> TermCrossing | None:
    """Returns where two terms are equal, solved for a symbol.

    Returns:
        The crossing; None if the ratio of the terms is not a power of the symbol, or is constant.
    """
    symbol = GLOSSARY[name].symbol
    parts = power_of(first.expression / second.expression, symbol)
    if parts is None or parts[1] == 0:
        return None
    coefficient, power = parts
    # Forced, since the symbols are positive here though some are declared nonnegative only.
    value = sp.powdenest(sp.powsimp(coefficient ** (-1 / power), force=True), force=True)
    return TermCrossing(first, second, name, value, bool(power > 0))


def own_terms(bound: Bound, other: Bound, at: Mapping[str, float] | None = None) -> list[Term]:
    """Returns the summands of a bound that are not a multiple of a summand of another.

    Args:
        bound: the bound whose summands are returned.
        other: the bound that it is compared with.
        at: a point; if given, only the branch of a minimum that is least there counts (of a
            maximum, the greatest); otherwise the summands of every branch count.
    """
    known = [item.expression for item in summands(other, at)]
    return [
        term
        for term in summands(bound, at)
        if not any((term.expression / item).is_number for item in known)
    ]


def summands(bound: Bound, at: Mapping[str, float] | None = None) -> list[Term]:
    """Returns the terms of a bound, with sums, minima and maxima split into their parts.

    Args:
        bound: the bound.
        at: as in own_terms.
    """
    numbers = {GLOSSARY[name].symbol: sp.Float(value) for name, value in (at or {}).items()}

    def parts(expression: sp.Expr) -> list[sp.Expr]:
        if isinstance(expression, sp.Add):
            return [part for item in expression.args for part in parts(item)]
        if not isinstance(expression, sp.Min | sp.Max):
            return [expression]
        if not numbers:
            return [part for branch in expression.args for part in parts(branch)]
        choose = min if isinstance(expression, sp.Min) else max
        return parts(choose(expression.args, key=lambda branch: float(branch.xreplace(numbers))))

    return [Term(term.name, part) for term in bound.terms for part in parts(term.expression)]


def crossovers(
    first: Bound,
    second: Bound,
    values: Mapping[str, float],
    name: str,
    low: float,
    high: float,
) -> list[Crossing]:
    """Returns all values of a range at which two bounds change order, each at its best step size.

    The range is sampled evenly in its logarithm, and each change of sign is narrowed down by
    halving: to the whole number for whole quantities, else to a relative width of 1e-12. Two
    crossings between neighbouring samples are missed.

    Args:
        first: the one bound.
        second: the other bound.
        values: numbers for their other parameters, by name.
        name: the hyperparameter.
        low: its least value, > 0.
        high: its greatest value.

    Raises:
        ValueError: the bounds are of different units, or the range is empty.
    """
    _comparable(first, second)
    whole = GLOSSARY[name].integer
    if not 0 < low < high:
        raise ValueError(f"{name}={low:g}:{high:g} must be a range above 0")

    def difference(places: np.ndarray) -> np.ndarray:
        columns = {n: np.full(len(places), float(v)) for n, v in values.items()}
        columns[name] = places
        one, other = (values_at(bound, columns)[0] for bound in (first, second))
        return np.asarray(np.log(one) - np.log(other))

    places = np.geomspace(low, high, _SAMPLES)
    places = np.unique(np.round(places)) if whole else places
    signs = np.sign(difference(places))
    found = []
    # Samples where a bound does not apply, or where both are equal, do not count as a change.
    known = np.flatnonzero(np.isfinite(signs) & (signs != 0))
    for left, right in pairwise(known):
        if signs[left] != signs[right]:
            value = _close_in(difference, places[left], places[right], signs[left], whole=whole)
            keys = (first.key, second.key) if signs[left] < 0 else (second.key, first.key)
            found.append(Crossing(value, *keys))
    return found


def _close_in(
    difference: Callable[[np.ndarray], np.ndarray],
    left: float,
    right: float,
    sign: float,
    *,
    whole: bool,
) -> float:
    """Returns the first value with the new order, by halving the interval from left to right."""
    while right - left > (1 if whole else 1e-12 * right):
        middle = np.floor((left + right) / 2) if whole else (left * right) ** 0.5
        if not left < middle < right:
            break
        here = np.sign(difference(np.array([middle]))[0])
        left, right = (middle, right) if here == sign else (left, middle)
    return float(right)


def _comparable(first: Bound, second: Bound) -> None:
    if first.measure.unit != second.measure.unit:
        units = f"{first.measure.unit} and {second.measure.unit}"
        raise ValueError(f"{first.key} and {second.key} have different units, {units}")
