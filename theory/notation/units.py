"""Dimensional analysis of expressions over the glossary, in powers of f and x.

It finds slips of transcription: sigma written for sigma^2 gives a term the wrong unit.
"""

import sympy as sp
from sympy.core.relational import Relational

from theory.notation import GLOSSARY, Unit, unit

_UNITS = {row.symbol: row.unit for row in GLOSSARY.values()}


class UnitError(ValueError):
    """Raised where quantities of different units are added or compared, or a unit is misused."""


def unit_of(expression: sp.Expr) -> Unit:
    """Returns the unit of an expression over glossary symbols; a number has none.

    Raises:
        UnitError: a sum, Min or Max mixes units, an exponent has a unit, or another function is
            applied to a quantity that has one.
        KeyError: a symbol is not in the glossary.
    """
    if expression.is_number:
        return unit()
    if isinstance(expression, sp.Symbol):
        return _UNITS[expression]
    if isinstance(expression, sp.Mul):
        factors = [unit_of(factor) for factor in expression.args]
        return Unit(*(sum(powers) for powers in zip(*factors, strict=True)))
    if isinstance(expression, sp.Pow):
        return _of_power(expression)
    if isinstance(expression, sp.Add | sp.Min | sp.Max):
        return _common(*expression.args)
    for argument in expression.args:
        _require_dimensionless(argument, expression)
    return unit()


def check_relation(relation: Relational) -> None:
    """Checks that both sides of a relation have the same unit.

    Raises:
        UnitError: the units differ.
    """
    _common(relation.lhs, relation.rhs)


def _of_power(expression: sp.Pow) -> Unit:
    base, exponent = unit_of(expression.base), expression.exp
    _require_dimensionless(exponent, expression)
    if base == unit():
        return base
    if not exponent.is_Rational:
        raise UnitError(f"{expression} raises a quantity of unit {base} to a varying power")
    return Unit(base.objective * exponent, base.parameter * exponent)


def _common(first: sp.Expr, *others: sp.Expr) -> Unit:
    expected = unit_of(first)
    for other in others:
        if unit_of(other) != expected:
            raise UnitError(f"{first} has unit {expected} but {other} has unit {unit_of(other)}")
    return expected


def _require_dimensionless(part: sp.Expr, whole: sp.Expr) -> None:
    if unit_of(part) != unit():
        raise UnitError(f"{part} in {whole} must be dimensionless, not {unit_of(part)}")
