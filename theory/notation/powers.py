"""Powers of quantities: the powers of a monomial, and the power with which any expression grows.

exponents.py beside it takes limits where the form does not show the exponent in one symbol; here
the form alone decides, for every quantity of the glossary at once.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from theory.notation import GLOSSARY


def monomial(expression: sp.Expr) -> tuple[sp.Expr, dict[str, sp.Rational]] | None:
    """Returns the coefficient of a monomial and the power of each symbol in it, by name.

    Returns:
        None where the expression is not a product of rational powers of symbols.
    """
    symbols = expression.free_symbols
    coefficient, product = expression.as_independent(*symbols, as_Add=False)
    powers = {} if product == 1 else product.as_powers_dict()
    if not all(base.is_Symbol and power.is_Rational for base, power in powers.items()):
        return None
    return coefficient, {base.name: powers[base] for base in sorted(powers, key=str)}


def growth(expression: sp.Expr) -> dict[str, sp.Rational] | None:
    """Returns the power with which an expression grows in each quantity whose range is unbounded.

    The form of the expression gives the powers: a sum grows like its fastest summand, and summands
    that cancel are not detected. Quantities of power zero are left out.

    Returns:
        Powers by name; None where one is unknown, as of an exponential or a minimum.
    """
    found = {}
    for symbol in sorted(expression.free_symbols, key=str):
        if GLOSSARY[symbol.name].high == float("inf"):
            power = _power(expression, symbol)
            if power is None:
                return None
            found[symbol.name] = power
    return {name: power for name, power in found.items() if power != 0}


def _power(expression: sp.Expr, symbol: sp.Symbol) -> sp.Rational | None:
    if not expression.has(symbol):
        return sp.Integer(0)
    if expression == symbol:
        return sp.Integer(1)
    if isinstance(expression, sp.Pow) and expression.exp.is_Rational:
        base = _power(expression.base, symbol)
        return None if base is None else base * expression.exp
    if not isinstance(expression, sp.Add | sp.Mul):
        return None
    found = [_power(part, symbol) for part in expression.args]
    powers = [power for power in found if power is not None]
    if len(powers) < len(found):
        return None
    return max(powers) if isinstance(expression, sp.Add) else sp.Add(*powers)


def shown(powers: Mapping[str, sp.Rational]) -> dict[str, str]:
    """Returns powers as texts by name, such as "2" or "-1/3", which JSON stores exactly."""
    return {name: str(power) for name, power in powers.items()}
