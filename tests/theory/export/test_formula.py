import numpy as np
import pytest
import sympy as sp

from theory import catalogue
from theory.export.formula import parsed, written
from theory.notation import GLOSSARY
from theory.notation.letters import K, L, M, eta


def everything():
    for bound in catalogue.bounds().values():
        yield from (term.expression for term in bound.terms)
        yield from (side for item in bound.conditions for side in (item.lhs, item.rhs))


def test_every_formula_of_the_catalogue_comes_back():
    assert sum(parsed(written(item)) == item for item in everything()) == len(list(everything()))


@pytest.mark.parametrize(
    "expression",
    [
        2 * (K - 1) / M,
        -2 * (K - 1) / M + L * eta,
        1 / (2 * (K - 1) * L),
        sp.Rational(2, 3) * sp.sqrt(2) * (K - 1) ** sp.Rational(1, 3),
        sp.Min(1, L * eta, sp.Rational(3, 4)) - sp.exp(-L * eta / (4 * M)),
    ],
    ids=str,
)
def test_numbers_are_not_multiplied_out(expression):
    assert parsed(written(expression)) == expression


def test_sympy_reads_the_same():
    names = {name: row.symbol for name, row in GLOSSARY.items()}
    values = {symbol: 1 + sp.Rational(index, 7) for index, symbol in enumerate((K, L, M, eta))}
    expression = L * eta * (K - 1) / (2 * M) + sp.sqrt(eta)
    theirs = sp.parse_expr(written(expression), local_dict=names)
    assert np.isclose(float(theirs.subs(values)), float(expression.subs(values)), rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("__import__('os').system('true')", "not allowed"),
        ("smoothness.__class__", "not allowed"),
        ("beauty*smoothness", "beauty is no quantity"),
        ("0.5*smoothness", "not allowed"),
        ("9**9**9", "too large"),
        ("smoothness +", "no formula"),
        ("sqrt(smoothness, smoothness, smoothness)", "no formula"),
        ("lambda: smoothness", "not allowed"),
        ("True", "not allowed"),
    ],
)
def test_what_is_no_formula_is_refused(text, said):
    with pytest.raises(ValueError, match=said):
        parsed(text)
