"""Asymptotic exponents: the power with which an expression grows in one symbol of several.

The exponent of 3 R^2 / (1 + R) in R is 1, that of log R is 0, and that of (1/2)^R is -oo.
"""

from __future__ import annotations

import sympy as sp


def exponent(expression: sp.Expr, symbol: sp.Symbol) -> sp.Expr | None:
    """Returns the exponent of a nonnegative expression as a symbol grows and the others are fixed.

    The form of the expression gives it where it can: the exponents of a product add up, a sum has
    the largest exponent of its summands, a minimum the smallest of its parts. Where the fastest
    summands may cancel, the exponent is the limit of the elasticity d log f / d log x.

    Returns:
        The exponent; oo or -oo where the expression grows or falls faster than every power; None
        where no exponent is found.
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
        # 1 - x has no exponent by its form, since it is negative for large x; x - 1 has one.
        inside = _exponent(node.args[0], symbol)
        return inside if inside is not None else _exponent(-node.args[0], symbol)
    if isinstance(node, sp.log):
        # The logarithm of a power grows slower than every power; that of exp(x) grows like x.
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
    # A summand with a minus sign may cancel another that grows just as fast.
    fastest = [part for part, power in zip(node.args, parts, strict=True) if power == top]
    if isinstance(node, sp.Add) and any(part.could_extract_minus_sign() for part in fastest):
        return None
    return top


def _of_power(base: sp.Expr, power: sp.Expr, symbol: sp.Symbol) -> sp.Expr | None:
    """Returns the exponent of base^power, the power a rational number or growing in the symbol."""
    if not power.has(symbol):
        inside = _exponent(base, symbol) if power.is_Rational else None
        return None if inside is None else inside * power
    growth = _exponent(-power if power.could_extract_minus_sign() else power, symbol)
    if base.has(symbol) or growth is None or growth == 0:
        return None
    if growth < 0:
        return sp.Integer(0)  # the power tends to 0, so base^power tends to 1
    falls = _is_below_one(base)
    if falls is None:
        return None
    # A base below 1 falls with a growing power, a base above 1 with the negative of one.
    return -sp.oo if falls != power.could_extract_minus_sign() else sp.oo


def _is_below_one(base: sp.Expr) -> bool | None:
    """Returns whether a nonnegative base is below 1; None where its form does not show it."""
    if isinstance(base, sp.Max):  # such as Max(0, 1 - a), by which bounds keep a base nonnegative
        parts = [part for part in base.args if part != 0]
        return _is_below_one(parts[0]) if len(parts) == 1 else None
    excess = base - 1
    if excess.is_positive:
        return False
    return True if excess.is_negative else None
