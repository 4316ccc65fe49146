"""Exponents: how fast an expression grows in one symbol while the others are held."""

from __future__ import annotations

import sympy as sp


def exponent(expression: sp.Expr, symbol: sp.Symbol) -> sp.Expr | None:
    """The asymptotic exponent of a nonnegative expression as a symbol grows, the others held.

    Read off its form where that is enough: a product adds, a sum follows its fastest summand, a
    minimum its slowest part. Where the fastest summands may cancel it is the limit of the
    elasticity, and None where that is not known either.
    """
    found = _exponent(expression, symbol)
    if found is not None or expression.has(sp.Min, sp.Max, sp.Function):
        return found
    slope = sp.diff(expression, symbol) * symbol / expression
    try:
        return sp.limit(sp.simplify(slope), symbol, sp.oo)
    except NotImplementedError:
        return None


def _exponent(node: sp.Expr, symbol: sp.Symbol) -> sp.Expr | None:
    if not node.has(symbol):
        return sp.Integer(0)
    if node == symbol:
        return sp.Integer(1)
    if isinstance(node, sp.exp | sp.Pow):
        base, power = node.as_base_exp()
        return _of_power(base, power, symbol)
    if isinstance(node, sp.Abs):
        inside = _exponent(node.args[0], symbol)
        return inside if inside is not None else _exponent(-node.args[0], symbol)
    if isinstance(node, sp.log):
        inside = _exponent(node.args[0], symbol)
        return None if inside is None or inside.is_infinite else sp.Integer(0)
    if not isinstance(node, sp.Add | sp.Mul | sp.Min | sp.Max):
        return None
    parts = [power for part in node.args if (power := _exponent(part, symbol)) is not None]
    if len(parts) < len(node.args):
        return None
    if isinstance(node, sp.Mul):
        return None if {sp.oo, -sp.oo} <= set(parts) else sp.Add(*parts)
    if isinstance(node, sp.Min):
        return min(parts)
    top = max(parts)
    fastest = [part for part, power in zip(node.args, parts, strict=True) if power == top]
    if isinstance(node, sp.Add) and any(part.could_extract_minus_sign() for part in fastest):
        return None
    return top


def _of_power(base: sp.Expr, power: sp.Expr, symbol: sp.Symbol) -> sp.Expr | None:
    """Returns the exponent of a root or whole power, and of what grows or falls exponentially."""
    if not power.has(symbol):
        inside = _exponent(base, symbol) if power.is_Rational else None
        return None if inside is None else inside * power
    growth = _exponent(-power if power.could_extract_minus_sign() else power, symbol)
    if base.has(symbol) or growth is None or growth == 0:
        return None
    if growth < 0:
        return sp.Integer(0)
    falls = _is_below_one(base)
    if falls is None:
        return None
    return -sp.oo if falls != power.could_extract_minus_sign() else sp.oo


def _is_below_one(base: sp.Expr) -> bool | None:
    """Whether a nonnegative base is below 1, where its form shows it."""
    if isinstance(base, sp.Max):
        parts = [part for part in base.args if part != 0]
        return _is_below_one(parts[0]) if len(parts) == 1 else None
    excess = base - 1
    if excess.is_positive:
        return False
    return True if excess.is_negative else None
