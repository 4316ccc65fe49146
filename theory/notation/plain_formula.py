"""Formulas as mathematicians write them, on one line: 8 ζ² L² η² (√(K (K - 1)/2) + K (1 - α)/α)².

The letters are those of the glossary. A terminal without them shows 8 zeta^2 L^2 eta^2 (...)^2,
see presentation/plain_text.py; factors stand apart so that both can be read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import sympy as sp
from sympy.core.relational import Relational

from theory.notation.geometric_sum import GeometricSum
from theory.notation.glossary import GLOSSARY

_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_ACCENTS = {"bar": "\N{COMBINING MACRON}", "hat": "\N{COMBINING CIRCUMFLEX ACCENT}"}
_COMMANDS = {"vartheta": "ϑ", "downarrow": "↓", "lambda": "λ"}
_ACCENTS |= {"tilde": "\N{COMBINING TILDE}"}
_HALF = sp.Rational(1, 2)
_SIGNS = {"<=": "≤", ">=": "≥", "!=": "≠", "==": "="}


def plain(expression: sp.Basic) -> str:
    """Returns an expression or a relation as one line of mathematics, with the letters of papers.

    Other symbols keep their names; a phrase stands in brackets.

    Example:
        >>> from theory.notation.letters import K, eta, sigma
        >>> plain(2 * sigma**2 * eta * (K - 1) / K)
        '2 σ² η (K - 1)/K'
    """
    if isinstance(expression, Relational):
        sign = _SIGNS.get(expression.rel_op, expression.rel_op)
        return f"{plain(expression.lhs)} {sign} {plain(expression.rhs)}"
    return _written(sp.sympify(expression))


def plain_letter(name: str) -> str:
    """Returns the letter of a quantity of the glossary, such as ζ_* for heterogeneity_at_optimum.

    Example:
        >>> plain_letter("step_size")
        'η'
    """
    text = GLOSSARY[name].latex
    for accent, mark in _ACCENTS.items():
        text = re.sub(rf"\\{accent}{{(\w)}}", rf"\1{mark}", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda found: _named(found[1]), text)
    return unicodedata.normalize("NFC", re.sub(r"[{}]", "", text))


def legend(symbols: Iterable[sp.Symbol]) -> str:
    """Returns which quantity of the glossary each letter is: K is local_steps, η is step_size."""
    names = sorted(str(item.name) for item in symbols if str(item.name) in GLOSSARY)
    return ", ".join(f"{plain_letter(name)} is {name}" for name in names)


def _named(command: str) -> str:
    """Returns what a command of LaTeX prints: η for eta, ↓ for downarrow, max for max."""
    if command in _COMMANDS:
        return _COMMANDS[command]
    kind = "CAPITAL" if command[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {kind} LETTER {command.upper()}")
    except KeyError:
        return command


def _written(expression: sp.Expr) -> str:
    """Returns an expression as text; sums and products are not in brackets."""
    if expression.is_Symbol:
        return _letter(expression)
    if expression.is_Add:
        return _sum(expression)
    if expression.is_Mul or (expression.is_Rational and not expression.is_Integer):
        return _product(expression)
    if expression.is_Pow:
        return _power(expression)
    if isinstance(expression, GeometricSum):
        ratio, count = expression.args
        return f"Σ_(n<{_written(count)}) {_in_brackets(ratio, power=True)}^n"
    if isinstance(expression, sp.Abs):
        return f"|{_written(expression.args[0])}|"
    if isinstance(expression, sp.Float):
        return f"{float(expression):.6g}"
    if expression.is_Function or isinstance(expression, sp.Max | sp.Min | sp.exp):
        inner = ", ".join(
            _written(item) for item in sorted(expression.args, key=sp.default_sort_key)
        )
        return f"{type(expression).__name__.lower()}({inner})"
    return str(expression)


def _letter(symbol: sp.Symbol) -> str:
    """Returns the letter of a quantity, or else the name, in brackets if it is a phrase."""
    name = str(symbol.name)
    if name in GLOSSARY and GLOSSARY[name].symbol == symbol:
        return plain_letter(name)
    return name if re.fullmatch(r"[\w'\u0304]+", name) else f"({name})"


def _sum(expression: sp.Add) -> str:
    """Returns a sum in the order of sympy, but with a positive term in front if there is one."""
    ordered = expression.as_ordered_terms()
    first = next((item for item in ordered if not item.could_extract_minus_sign()), ordered[0])
    terms = [first, *(item for item in ordered if item is not first)]
    made = ""
    for term in terms:
        negative = term.could_extract_minus_sign()
        text = _written(-term if negative else term)
        made += (" - " if negative else " + ") + text if made else ("-" if negative else "") + text
    return made


def _product(expression: sp.Expr) -> str:
    """Returns a product as a fraction on one line: (a b)/(c d) as a b/(c d)."""
    coefficient, rest = expression.as_coeff_Mul()
    if coefficient < 0:
        return f"-{_product(-expression)}"
    if not coefficient.is_Rational:
        coefficient, rest = sp.Integer(1), expression
    above, below = _halves(rest)
    return _fraction(*_number_under_root(coefficient, above), below)


def _fraction(
    coefficient: sp.Rational, above: Sequence[sp.Expr], below: Sequence[sp.Expr] = ()
) -> str:
    over = ([] if coefficient.p == 1 else [str(coefficient.p)]) + _factors(above)
    under = ([] if coefficient.q == 1 else [str(coefficient.q)]) + _factors(below)
    numerator, denominator = " ".join(over) or "1", " ".join(under)
    if not under:
        return numerator
    return f"{numerator}/{denominator}" if len(under) == 1 else f"{numerator}/({denominator})"


def _halves(expression: sp.Expr) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """Returns the factors above and below the line of a fraction."""
    above, below = [], []
    for factor in expression.as_ordered_factors():
        base, exponent = factor.as_base_exp()
        if factor == 1:
            continue
        if exponent.could_extract_minus_sign():
            below.append(base**-exponent)
        else:
            above.append(factor)
    return above, below


def _number_under_root(
    coefficient: sp.Rational, factors: list[sp.Expr]
) -> tuple[sp.Rational, list[sp.Expr]]:
    """Moves a number into a square root where it fits: √2 √K/2 becomes √(K/2).

    Returns:
        The coefficient that is left, and the factors with the number among them.
    """
    number = sp.Mul(*(f.base for f in factors if _is_root(f) and f.base.is_Rational))
    inside = sp.Rational(number, coefficient.q**2)
    if coefficient.p != 1 or number == 1 or inside.p != 1:
        return coefficient, factors
    others = [item for item in factors if not (_is_root(item) and item.base.is_Rational)]
    return sp.Integer(1), [*others, sp.Pow(inside, _HALF, evaluate=False)]


def _is_root(factor: sp.Expr) -> bool:
    return bool(factor.is_Pow and factor.exp == _HALF)


def _factors(factors: Sequence[sp.Expr]) -> list[str]:
    """Returns factors as text; those of one fractional power share it, as in √(K R)."""
    texts: dict[sp.Expr, str] = {}
    shared: dict[sp.Expr, list[sp.Expr]] = {}
    for item in factors:
        power = item.exp if item.is_Pow else sp.Integer(1)
        if power.is_Rational and not power.is_Integer:
            shared.setdefault(power, []).append(item.base)
            texts.setdefault(power, "")
        else:
            texts[item] = _in_brackets(item)
    texts |= {power: _fractional(bases, power) for power, bases in shared.items()}
    return list(texts.values())


def _fractional(bases: Sequence[sp.Expr], power: sp.Rational) -> str:
    """Returns a fractional power of a product, as √(a b) or (a b)^(2/3)."""
    if len(bases) == 1:
        [inside] = bases
        text = _written(inside)
        text = text if inside.is_Symbol or inside.is_Integer else f"({text})"
    else:
        number = sp.Mul(*(item for item in bases if item.is_Rational))
        halves = [_halves(item) for item in bases if not item.is_Rational]
        above, below = ([item for half in halves for item in half[i]] for i in (0, 1))
        text = f"({_fraction(number, above, below)})"
    return f"√{text}" if power == _HALF else f"{text}^({power})"


def _power(expression: sp.Pow) -> str:
    base, exponent = expression.as_base_exp()
    if exponent.could_extract_minus_sign():
        return _product(expression)
    if exponent.is_Rational and not exponent.is_Integer:
        return _fractional([base], exponent)
    raised = _in_brackets(base, power=True)
    if exponent.is_Integer:
        digits = str(exponent)
        return raised + (digits.translate(_DIGITS) if len(digits) == 1 else f"^{digits}")
    return f"{raised}^{_in_brackets(exponent, always=not exponent.is_Symbol)}"


def _in_brackets(expression: sp.Expr, *, power: bool = False, always: bool = False) -> str:
    """Returns an expression in brackets where it must have them: as a factor, or before a power."""
    text = _written(expression)
    loose = expression.is_Add or (expression.is_Rational and not expression.is_Integer)
    loose |= power and (expression.is_Mul or expression.is_Pow)
    return f"({text})" if loose or always else text
