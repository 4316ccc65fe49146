"""Expressions as text and back, in the part of Python's grammar that sympy prints.

Text from outside is never evaluated. Its syntax tree is walked, and any name is refused that is
neither a quantity of the glossary nor one of a few functions and constants.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import partial

import sympy as sp

from theory.notation import GLOSSARY
from theory.notation.geometric_sum import GeometricSum

_FUNCTIONS: Mapping[str, Callable[..., sp.Expr]] = {
    # Not evaluated, since sympy decides some minima wrongly; see notation/substitution.py.
    "Min": partial(sp.Min, evaluate=False),
    "Max": partial(sp.Max, evaluate=False),
    "GeometricSum": GeometricSum,
    **{name: getattr(sp, name) for name in ("Abs", "ceiling", "exp", "floor", "log", "sqrt")},
}
_CONSTANTS: Mapping[str, sp.Expr] = {"pi": sp.pi, "E": sp.E}
_LARGEST_POWER = 100
"""The greatest power of a number that is read, since sympy would compute a power of any size."""


def written(expression: sp.Expr) -> str:
    """Returns an expression as text that `parsed` reads, with quantities by their Python names."""
    return str(expression)


def parsed(text: str) -> sp.Expr:
    """Returns the expression that a text states, without rearranging it.

    Each product and each sum is built from all its parts at once, since sympy would multiply
    numbers into sums if it got the factors one by one.

    Raises:
        ValueError: the text is no formula, or uses a name, function or operation that is not
            allowed.
    """
    try:
        return _value(ast.parse(text, mode="eval").body)
    except (SyntaxError, RecursionError, TypeError) as error:
        raise ValueError(f"{text!r} is no formula: {error}") from None


def _value(node: ast.expr) -> sp.Expr:
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return sp.Integer(value)
        case ast.Name(id=name):
            return _named(name)
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            return sp.Add(*_summands(node))
        case ast.BinOp(op=ast.Mult() | ast.Div()) | ast.UnaryOp(op=ast.USub()):
            return sp.Mul(*_factors(node))
        case ast.BinOp(left=base, op=ast.Pow(), right=power):
            return _power(_value(base), _value(power))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*map(_value, arguments))
    raise ValueError(f"{ast.unparse(node)} is not allowed in a formula")


def _named(name: str) -> sp.Expr:
    if name in GLOSSARY:
        return GLOSSARY[name].symbol
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    raise ValueError(f"{name} is no quantity of the glossary")


def _power(base: sp.Expr, power: sp.Expr) -> sp.Expr:
    if base.is_Rational and power.is_Rational and abs(power) > _LARGEST_POWER:
        raise ValueError(f"{base}**{power} is too large a number for a formula")
    return sp.Pow(base, power)


def _summands(node: ast.expr, sign: int = 1) -> list[sp.Expr]:
    match node:
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _summands(left, sign) + _summands(right, sign)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _summands(left, sign) + _summands(right, -sign)
    return [_value(node) if sign > 0 else sp.Mul(-1, *_factors(node))]


def _factors(node: ast.expr, power: int = 1) -> list[sp.Expr]:
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _factors(left, power) + _factors(right, power)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _factors(left, power) + _factors(right, -power)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return [sp.Integer(-1), *_factors(operand, power)]
    return [sp.Pow(_value(node), power)]
