from itertools import product

import pytest
import sympy as sp

from theory.catalogue import bounds
from theory.notation import GLOSSARY
from theory.notation.exponents import exponent

x, a = sp.symbols("x a", positive=True)
THIRD = sp.Rational(1, 3)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (a / x, -1),
        ((x - 1) ** THIRD / sp.sqrt(x), -sp.Rational(1, 6)),
        (a, 0),
        (x * (1 - 1 / x), 1),
        (sp.Min(a / sp.sqrt(x), x**2), -sp.Rational(1, 2)),
        (sp.Max(a, 1 / x) + 1 / x, 0),
        (x**3 * sp.exp(-a * x), -sp.oo),
        (x * sp.exp(-a / x), 1),
        (sp.Max(0, 1 - a / 2) ** x, -sp.oo),
        (sp.log(9 + a * x) / x, -1),
        (sp.Abs(1 - x) ** 2, 2),
        (sp.sqrt(x**2 + x) - x, 0),
        (sp.Max(0, 1 - x), None),
    ],
    ids=str,
)
def test_exponents_are_read_off(expression, expected):
    assert exponent(expression, x) == expected


def test_exponents_of_the_catalogue_are_slopes_far_out():
    """Of every term whose exponent in M, K or R is known: the slope beyond 1e12 is near it.

    Logarithms, which have exponent 0, still move it by 0.07.
    """
    seen = 0
    for bound in bounds().values():
        for term, name in product(bound.terms, ("num_workers", "local_steps", "num_rounds")):
            symbol = GLOSSARY[name].symbol
            power = bound.exponents(name)[term.name]
            if power is None or power.is_infinite or not term.expression.has(symbol):
                continue
            others = term.expression.free_symbols - {symbol}
            at = {s: sp.Integer(3) if s.is_integer else THIRD for s in others}
            values = [
                term.expression.xreplace({**at, symbol: sp.Integer(10) ** digits}).evalf(30)
                for digits in (12, 14)
            ]
            if 0 not in values:  # a cap may cut a term off
                slope = sp.log(values[1] / values[0], 100)
                assert abs(slope - power) < 0.1, (bound.key, term.name, name, slope, power)
                seen += 1
    assert seen > 300
