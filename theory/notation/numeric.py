"""Expressions over the glossary as NumPy functions that neither overflow nor underflow on the way.

L^2 eta^2 is 1 for L = 1e300 and eta = 1e-300, although L^2 is beyond all floats. What an expression
is worth does not depend on the units of f and x, so numbers far from 1 are taken in other units, in
which they are nearer to it, and the results are brought back. Units change by powers of two, which
floats hold exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import sympy as sp

from theory.notation.glossary import GLOSSARY
from theory.notation.quantity import Unit, unit
from theory.notation.units import UnitError, unit_of

_FAR = 2.0**100
"""The size from which a number with a unit, or its inverse, is taken in other units."""

_STEP = 6
"""Exponents of units change by multiples of this, since expressions take roots of 2 and of 3."""

Function = Callable[..., list[np.ndarray]]


@lru_cache(maxsize=1024)
def lambdified(names: tuple[str, ...], expressions: tuple[sp.Expr, ...]) -> Function:
    """Returns one NumPy function of named quantities that computes all expressions.

    Args:
        names: the glossary names of its arguments, numbers or broadcastable arrays.
        expressions: what it returns, in this order.
    """
    found = {symbol.name: symbol for item in expressions for symbol in item.free_symbols}
    arguments = [found.get(name, sp.Symbol(name)) for name in names]
    function: Function = sp.lambdify(arguments, list(expressions), modules="numpy", cse=True)
    units = _units(names, expressions)
    if units is None:
        return function
    inward, outward = units

    def computed(*values: np.ndarray) -> list[np.ndarray]:
        if not any(_is_far(value, has) for value, has in zip(values, inward, strict=True)):
            return function(*values)
        return _in_other_units(function, inward, outward, values)

    return computed


def _units(
    names: Sequence[str], expressions: Sequence[sp.Expr]
) -> tuple[list[Unit], list[Unit]] | None:
    """Returns the units of arguments and results; None where an expression mixes units."""
    try:
        return [GLOSSARY[name].unit for name in names], [unit_of(item) for item in expressions]
    except (UnitError, KeyError):
        return None


def _is_far(value: np.ndarray, has: Unit) -> bool:
    if has == unit():
        return False
    size = np.abs(value)
    return bool(np.any((size > _FAR) | ((size < 1 / _FAR) & (size > 0))))


def _in_other_units(
    function: Function,
    inward: Sequence[Unit],
    outward: Sequence[Unit],
    values: Sequence[np.ndarray],
) -> list[np.ndarray]:
    """Computes results in units of f and x in which the arguments are near 1, point by point."""
    columns = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    objective, parameter = _scales(inward, columns)

    def shift(has: Unit) -> np.ndarray:
        whole = float(has.objective) * objective + float(has.parameter) * parameter
        return np.rint(whole).astype(np.int64)

    nearer = [np.ldexp(column, -shift(has)) for column, has in zip(columns, inward, strict=True)]
    found = function(*nearer)
    with np.errstate(over="ignore"):  # what is beyond floats itself shows as inf
        return [
            np.ldexp(np.asarray(item, dtype=np.float64), shift(has))
            for item, has in zip(found, outward, strict=True)
        ]


def _scales(inward: Sequence[Unit], columns: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Returns powers of two for the units of f and of x, by least squares over the logarithms.

    A quantity of unit f^p x^q at the value v should be 2^(p a + q b) for the a and b returned; a
    value of 0 has no size and does not count.
    """
    shape = columns[0].shape
    pp, pq, qq, pl, ql = (np.zeros(shape) for _ in range(5))
    for column, has in zip(columns, inward, strict=True):
        p, q = float(has.objective), float(has.parameter)
        counts = np.isfinite(column) & (column != 0)
        size = np.log2(np.abs(np.where(counts, column, 1.0)))
        pp, pq, qq = pp + counts * p * p, pq + counts * p * q, qq + counts * q * q
        pl, ql = pl + p * size, ql + q * size
    # A small ridge decides where the numbers fix one combination of the two units only.
    pp, qq = pp + 1e-9, qq + 1e-9
    determinant = pp * qq - pq * pq
    objective = (qq * pl - pq * ql) / determinant
    parameter = (pp * ql - pq * pl) / determinant
    return _STEP * np.rint(objective / _STEP), _STEP * np.rint(parameter / _STEP)
