"""Formulas on one line say what the expressions say, for every theorem of the catalogue."""

import re

import pytest
import sympy as sp
from sympy.parsing.sympy_parser import parse_expr

from theory.catalogue import bounds, lookup
from theory.notation import GLOSSARY, symbols
from theory.notation.geometric_sum import GeometricSum
from theory.notation.letters import K, L, M, R, eta, sigma
from theory.notation.plain_formula import legend, plain, plain_letter
from theory.proving.certificates import scalar

ALPHA, BETA = symbols("pullback", "anchor_momentum")
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def read_back(text, names):
    """The expression that a reader takes a line of mathematics for."""
    letters = {plain_letter(name): GLOSSARY[name].symbol for name in names}
    letters |= {f"S{index}": sp.Symbol(f"S{index}") for index in range(9)}
    assert len(letters) == len(names) + 9, "two quantities share a letter"
    known = {f"v{index}": symbol for index, symbol in enumerate(letters.values())}
    numbered = {letter: f"v{index}" for index, letter in enumerate(letters)}
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]", lambda found: "**" + found[0].translate(DIGITS), text)
    longest = sorted(map(re.escape, letters), key=len, reverse=True)
    words = rf"\b(?:max|min|exp|log)\b|{'|'.join(longest)}"
    text = re.sub(words, lambda found: numbered.get(found[0], found[0].capitalize()), text)
    text = re.sub(r"Exp|Log", lambda found: found[0].lower(), text).replace("^", "**")
    text = re.sub(r"√(v\d+|\d+)", r"sqrt(\1)", text).replace("√(", "sqrt(")
    text = re.sub(r"\|([^|]*)\|", r"Abs(\1)", text)
    text = re.sub(r"(?<=[\w)]) (?=[\w(])(?!Abs$)", "*", text)
    return parse_expr(text, local_dict=known)


def without_sums(expression):
    """The expression with a name in place of each geometric sum, whose notation is its own."""
    sums = sorted(expression.atoms(GeometricSum), key=sp.default_sort_key)
    outer = [item for item in sums if not any(item in other.args[0].args for other in sums)]
    return expression.subs({item: sp.Symbol(f"S{index}") for index, item in enumerate(outer)})


def alike(one, other):
    """Whether two expressions are equal at numbers, to all digits."""
    names = sorted(one.free_symbols | other.free_symbols, key=str)
    for shift in (1, 2):
        at = {
            name: sp.Rational(index + 3 + shift, 7 + 2 * index) for index, name in enumerate(names)
        }
        if abs(sp.N((one - other).subs(at), 30)) > sp.Float(10) ** -20:
            return False
    return True


@pytest.mark.parametrize("key", sorted(bounds()))
def test_a_line_of_mathematics_is_read_back_as_the_theorem(key):
    for expression in (
        *(term.expression for term in lookup(key).terms),
        *(side for relation in lookup(key).conditions for side in relation.args),
    ):
        bare = without_sums(expression)
        names = [str(item) for item in bare.free_symbols if str(item) in GLOSSARY]
        assert alike(read_back(plain(bare), names), bare), plain(bare)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (2 * sigma**2 * eta, "2 σ² η"),
        (sp.sqrt(2) * sp.sqrt(K) * sp.sqrt(K - 1) / 2, "√(K (K - 1)/2)"),
        (sp.sqrt(K) / 2, "√K/2"),
        (3 * sp.sqrt(2) * sp.sqrt(K) / 4, "3 √(2 K)/4"),
        (sigma / (sp.sqrt(K) * sp.sqrt(M)), "σ/√(K M)"),
        ((L * eta) ** sp.Rational(2, 3), "(L η)^(2/3)"),
        (-eta * L + 1, "1 - L η"),
        (-eta * L, "-L η"),
        ((1 - L * eta) ** R, "(1 - L η)^R"),
        (sp.Pow(L * eta, R, evaluate=False), "(L η)^R"),
        (sp.Pow(sp.Pow(L, R, evaluate=False), 2, evaluate=False), "(L^R)²"),
        (L**12, "L^12"),
        (1 / (K * M), "1/(K M)"),
        (sp.Rational(1, 2), "1/2"),
        ((BETA * (1 - ALPHA)) ** 2, "β² (1 - α)²"),
        (GeometricSum(1 - L * eta, R), "Σ_(n<R) (1 - L η)^n"),
        (sp.Max(1, L * eta), "max(1, L η)"),
        (sp.Abs(L - 1), "|L - 1|"),
        (sp.Float(0.25) * L, "0.25 L"),
        (sp.Le(L * eta, 1), "L η ≤ 1"),
        (sp.Symbol("own") * L, "own L"),
        (2 * scalar("mean |x|^2"), "2 (mean |x|^2)"),
        (sp.Integer(0), "0"),
    ],
)
def test_examples(expression, text):
    assert plain(expression) == text


def test_letters_are_those_of_papers():
    found = {name: plain_letter(name) for name in GLOSSARY}
    assert found["heterogeneity_at_optimum"] == "ζ_*"
    assert found["dissimilarity"] == "Ĝ"
    assert found["outer_step_size"] == "λ"
    assert found["down_compression_variance"] == "ω_↓"
    assert legend([K, eta]) == "K is local_steps, η is step_size"
    assert all("\\" not in letter and "{" not in letter for letter in found.values())
