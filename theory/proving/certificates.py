"""Exact certificates: an expression vanishes, is nonnegative, or averages to another.

Vectors are written as commuting scalars, a product of two of them standing for their inner
product. Nothing is lost: an identity between quadratic forms in n vectors holds in every
inner-product space if and only if it holds for n commuting scalars, since both say that the
coefficients of all products agree (polarisation); and a sum of squares of linear forms with
nonnegative coefficients is nonnegative for vectors too. Expressions that are not quadratic forms
are refused. Nothing is certified numerically, and sympy is asked for the sign of symbols only. A
number may refute, though: an expression that clearly fails at one sampled point is refused at once.
"""

from collections.abc import Mapping
from functools import lru_cache
from zlib import crc32

import sympy as sp

from theory.notation import GLOSSARY


class Vector(sp.Symbol):  # type: ignore[misc]  # sympy ships no types
    """A symbol for a vector; a product of two such symbols stands for their inner product."""


def vector(name: str) -> sp.Symbol:
    """Returns the symbol of the vector of that name."""
    return Vector(name, real=True)


def scalar(name: str) -> sp.Symbol:
    """Returns the symbol of the nonnegative number of that name."""
    return sp.Symbol(name, real=True, nonnegative=True)


def vanishes(expression: sp.Basic) -> bool:
    """Returns whether an expression, or every entry of a matrix, is identically zero."""
    if isinstance(expression, sp.MatrixBase):
        return all(_expanded(entry) == 0 or vanishes(entry) for entry in expression)
    if expression == 0 or _sampled(expression) != 0:
        return bool(expression == 0)
    forms = (expression, _numerator(expression), _numerator(_ranged(expression)))
    return any(_expanded(form) == 0 for form in forms)


def manifest(expression: sp.Expr) -> bool:
    """Returns whether an expression is nonnegative by its form alone.

    Such forms are sums and products of nonnegative rational numbers, of symbols declared
    nonnegative, of their powers, and of even powers of real polynomials.
    """
    if isinstance(expression, sp.Add | sp.Mul):
        return all(manifest(part) for part in expression.args)
    if isinstance(expression, sp.Pow):
        base, power = expression.args
        if power.is_Integer and power > 0:
            return (power % 2 == 0 and _real(base)) or manifest(base)
        return bool(power.is_Rational and base.is_Symbol and base.is_positive)
    return bool((expression.is_Rational or expression.is_Symbol) and expression.is_nonnegative)


@lru_cache(maxsize=4096)
def nonnegative(expression: sp.Expr) -> bool:
    """Returns whether an expression is certified nonnegative over the ranges of the glossary.

    Every symbol is written through a slack that covers its range (K = 1 + k, alpha = 1/(1 + a)),
    every root of a nonnegative base as a symbol of its own. Then no monomial of the numerator may
    be negative, and the denominator must be positive in the same way. Where that fails, a second
    attempt writes the base of each even power of a real sum as a nonnegative symbol of its own.
    """
    if _sampled(expression) < 0:
        return False
    forms = (expression, sp.expand(expression))
    if any(_signed(form, strictly=False) for form in forms):
        return True
    return _squared(expression) != expression and _signed(_squared(expression), strictly=False)


def positive(expression: sp.Expr) -> bool:
    """Returns whether an expression is certified positive.

    The check is that of `nonnegative`; in addition some monomial of the numerator cannot vanish.
    """
    return _signed(expression, strictly=True)


def average(expression: sp.Expr, moments: Mapping[sp.Expr, sp.Expr]) -> sp.Expr:
    """Returns the mean of a polynomial in random symbols, from the means of its monomials.

    Args:
        expression: polynomial in the symbols of the moments' keys; all others are constants.
        moments: the mean of each monomial; that of the monomial 1 is 1 unless it is listed.

    Raises:
        ValueError: the expression has a monomial whose mean is not given.
    """
    random = sorted(set().union(*(key.free_symbols for key in moments)), key=str)
    total = sp.Integer(0)
    for powers, coefficient in sp.Poly(sp.expand(expression), *random).terms():
        monomial = sp.Mul(*(symbol**power for symbol, power in zip(random, powers, strict=True)))
        if monomial not in moments and monomial != 1:
            raise ValueError(f"the mean of {monomial} is not given")
        total += coefficient * moments.get(monomial, sp.Integer(1))
    return sp.expand(total)


def require_quadratic(expression: sp.Basic) -> None:
    """Checks that every product of vectors is an inner product of two; else raises ValueError."""
    entries = expression if isinstance(expression, sp.MatrixBase) else (expression,)
    for entry in entries:
        vectors = sorted((item for item in entry.free_symbols if isinstance(item, Vector)), key=str)
        if not vectors:
            continue
        degrees = {sum(powers) for powers in sp.Poly(entry, *vectors).monoms()}
        if not (degrees <= {0, 2} or degrees == {1}):
            raise ValueError(f"{entry} multiplies vectors as no inner product does")


def _sampled(expression: sp.Expr) -> int:
    """The sign of an expression at one point of the ranges of its symbols; 0 if it is unclear."""
    point = {symbol: _sample(symbol) for symbol in expression.free_symbols}
    value = expression.xreplace(point).evalf(_DIGITS)
    if not (value.is_Float and abs(value) > _CLEAR):
        return 0
    return 1 if value > 0 else -1


def misread(expression: sp.Expr, values: Mapping[sp.Symbol, sp.Expr], outcome: sp.Expr) -> bool:
    """Returns whether a substitution clearly went wrong, judged at one point of the ranges.

    sympy decides moduli, maxima and roots while it substitutes, and wrongly takes 1/(m n) >= 1 to
    hold for whole m and n; see notation/substitution.py.

    Args:
        expression: the expression before the substitution.
        values: the values that were substituted.
        outcome: the expression that sympy returned.
    """
    known = [sp.sympify(value).free_symbols for value in values.values()]
    point = {item: _sample(item) for item in expression.free_symbols.union(*known)}
    numbers = {item: sp.sympify(value).xreplace(point) for item, value in values.items()}
    expected = expression.xreplace({**point, **numbers}).evalf(_DIGITS)
    found = outcome.xreplace(point).evalf(_DIGITS)
    if not (expected.is_Number and found.is_Number):
        return False
    return bool(abs(expected - found) > _CLEAR * max(1, abs(expected)))


_DIGITS, _CLEAR = 30, sp.Float("1e-12")
"""The digits to which a sample is computed, and the size beyond which its sign is certain."""


@lru_cache(maxsize=4096)
def _sample(symbol: sp.Symbol) -> sp.Number:
    """A value in the range of a symbol, drawn by a hash of its name so that it is reproducible."""
    share = sp.Rational(1 + crc32(symbol.name.encode()) % 9973, 9976)
    if symbol.is_integer:
        return 2 + sp.floor(9 * share)
    row = GLOSSARY.get(symbol.name)
    bounded = row is not None and row.symbol == symbol and (row.low, row.high) == (0, 1)
    return sp.Float(share if bounded else share + sp.Rational(1, 3), 2 * _DIGITS)


def _numerator(expression: sp.Expr) -> sp.Expr:
    return sp.fraction(sp.together(expression))[0]


def _expanded(expression: sp.Expr) -> sp.Expr:
    expanded = sp.expand(_split_roots(sp.expand(expression)))
    varying = any(not power.exp.is_number for power in expanded.atoms(sp.Pow))
    return sp.powsimp(expanded) if varying else expanded


def _split_roots(expression: sp.Expr) -> sp.Expr:
    """Writes roots of whole numbers as products of roots of primes.

    Products of such roots then have one form: 12^(1/3) 11^(2/3) and 2^(2/3) 363^(1/3) are equal.
    """

    def is_root(part: sp.Basic) -> bool:
        whole = part.is_Pow and part.base.is_Integer and part.base > 0
        return bool(whole and part.exp.is_Rational and not part.exp.is_Integer)

    def split(part: sp.Pow) -> sp.Expr:
        factors = sp.factorint(part.base)
        return sp.Mul(*(sp.Pow(prime, count * part.exp) for prime, count in factors.items()))

    return expression.replace(is_root, split)


def _real(expression: sp.Expr) -> bool:
    """Whether an expression is real by its form: a polynomial in real symbols and in roots.

    The roots are those of nonnegative symbols.
    """
    if isinstance(expression, sp.Add | sp.Mul):
        return all(_real(part) for part in expression.args)
    if isinstance(expression, sp.Pow):
        base, power = expression.args
        if power.is_Integer:
            return bool(power > 0) and _real(base)
        return bool(power.is_Rational and power > 0 and base.is_Symbol and base.is_nonnegative)
    return bool((expression.is_Rational or expression.is_Symbol) and expression.is_real)


def _ranged(expression: sp.Expr) -> sp.Expr:
    """Writes each symbol of bounded range through its slack."""
    slacks = {symbol: _slack(symbol) for symbol in expression.free_symbols}
    return expression.subs(slacks, simultaneous=True)


def _slack(symbol: sp.Symbol) -> sp.Expr:
    """The value of a symbol as a function of a slack s > 0 or s >= 0 that covers its range.

    A symbol whose range is not bounded in this sense is returned as it is.
    """
    name = f"slack_{symbol.name}"
    if symbol.is_integer and symbol.is_positive:
        return 1 + scalar(name)
    row = GLOSSARY.get(symbol.name)
    if row is None or row.symbol != symbol or (row.low, row.high) != (0, 1):
        return symbol
    if not row.open_low:
        return 1 - 1 / (1 + scalar(name))
    return 1 / (1 + (sp.Symbol(name, positive=True) if row.open_high else scalar(name)))


def _signed(expression: sp.Expr, *, strictly: bool) -> bool:
    numerator, denominator = sp.fraction(sp.together(_rooted(_ranged(expression))))
    # sympy may put a common minus sign into either part, so both may be negated together.
    return any(
        _coefficients_signed(sign * numerator, strictly=strictly)
        and _coefficients_signed(sign * denominator, strictly=True)
        for sign in (1, -1)
    )


def _coefficients_signed(expression: sp.Expr, *, strictly: bool) -> bool:
    """Whether no monomial is negative and, if strictly, one of them is positive."""
    symbols = sorted(expression.free_symbols, key=str) or [sp.Symbol("1")]
    try:
        terms = sp.Poly(sp.expand(expression), *symbols).terms()
    except sp.PolynomialError:  # a root of what may be negative, or no algebra at all
        return False

    def holds(powers: tuple[int, ...], coefficient: sp.Expr, *, strictly: bool) -> bool:
        if not coefficient.is_Rational or coefficient < 0 or (strictly and coefficient == 0):
            return False
        return all(
            power == 0
            or (symbol.is_positive if strictly else symbol.is_nonnegative or power % 2 == 0)
            for symbol, power in zip(symbols, powers, strict=True)
        )

    nowhere_negative = all(holds(*term, strictly=False) for term in terms)
    return nowhere_negative and (not strictly or any(holds(*term, strictly=True) for term in terms))


def _squared(expression: sp.Expr) -> sp.Expr:
    """Writes the base of each even power of a real sum as a nonnegative symbol, its modulus."""

    def is_square(part: sp.Basic) -> bool:
        even = part.is_Pow and part.exp.is_Integer and part.exp > 0 and part.exp % 2 == 0
        return bool(even and part.base.is_Add and _real(part.base))

    return expression.replace(is_square, lambda part: scalar(f"|{part.base}|") ** part.exp)


def _rooted(expression: sp.Expr) -> sp.Expr:
    """Writes parts whose sign sympy does not know as symbols that have it, or powers of these.

    Such parts are the roots and the powers with symbolic exponents of nonnegative bases, the moduli
    of real numbers, and the maxima of several numbers of which one is nonnegative.
    """

    def is_root(part: sp.Basic) -> bool:
        return bool(part.is_Pow and not part.exp.is_Integer and nonnegative(part.base))

    def named(part: sp.Pow) -> sp.Expr:
        above = part.exp.numerator if part.exp.is_Rational else sp.Integer(1)
        name = f"({part.base})^({part.exp / above})"
        root = sp.Symbol(name, positive=True) if positive(part.base) else scalar(name)
        return root**above

    def is_greatest(part: sp.Basic) -> bool:
        return isinstance(part, sp.Max) and any(map(nonnegative, part.args))

    def greatest(*parts: sp.Expr) -> sp.Expr:
        name = f"max{parts}"
        return sp.Symbol(name, positive=True) if any(map(positive, parts)) else scalar(name)

    def is_modulus(part: sp.Basic) -> bool:
        return isinstance(part, sp.Abs) and part.args[0].is_real

    without = expression.replace(is_modulus, lambda part: scalar(str(part)))
    without = without.replace(is_greatest, lambda part: greatest(*part.args))
    return without.replace(is_root, named)
