"""Products, quotients and least numbers are shown only where the signs are."""

from dataclasses import replace

import sympy as sp

from theory.notation import symbols
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar
from theory.proving.inferences import Combination
from theory.proving.least_and_greatest import Greatest, Least, Product, Quotient
from theory.proving.steps import Hypothesis, Inequality, Instance

L, eta = symbols("smoothness", "step_size")
a, b = scalar("a"), scalar("b")
SHORT = Hypothesis("short", "L eta <= 1", 1 - L * eta)
SMALLER = Hypothesis("smaller", "a <= b", b - a)
least = sp.Min(1, L * eta)


def test_a_product_of_inequalities_is_one() -> None:
    step = Product("both", "both", SHORT, SMALLER)
    assert step.gap == (1 - L * eta) * (b - a)
    assert step.flaw() is None
    assert not step.equation
    assert step.hypotheses == {SHORT, SMALLER}


def test_a_product_lets_a_hypothesis_be_a_factor() -> None:
    shown = b - a - L * eta * (b - a)
    parts = ((1, Product("both", "both", SHORT, SMALLER)),)
    assert Combination("scaled", "scaled", shown, parts).flaw() is None


def test_an_inequality_may_be_divided_by_what_is_at_least_one() -> None:
    slack = 2 - L * eta
    premise = Combination("times", "times", slack * (b - a), ())
    step = Quotient("divided", "divided", b - a, slack, premise, SHORT, sp.Integer(1))
    assert step.flaw() is None
    assert step.premises == (premise, SHORT)


def test_a_quotient_needs_its_divisor_positive() -> None:
    slack = 2 - L * eta
    premise = Hypothesis("times", "times", slack * (b - a))
    zero = Quotient("divided", "divided", b - a, slack, premise, SHORT, sp.Integer(0))
    assert "0 is not certified positive" in zero.flaw()
    other = Quotient("divided", "divided", b - a, slack, premise, SMALLER, sp.Integer(1))
    assert "(smaller) does not say" in other.flaw()
    wrong = Quotient("divided", "divided", b - 2 * a, slack, premise, SHORT, sp.Integer(1))
    assert "(times) is not" in wrong.flaw()
    signed = Quotient("divided", "divided", b - a, L * eta, premise, SHORT, L * eta - 1)
    assert "is not certified positive" in signed.flaw()


def test_the_least_is_the_one_below_all_others() -> None:
    step = Least("least", "min{1, L eta} = L eta", least, L * eta, (SHORT,))
    assert step.flaw() is None
    assert step.equation
    assert step.gap == least - L * eta
    assert step.hypotheses == {SHORT}


def test_the_least_is_not_claimed_without_a_reason() -> None:
    assert "not shown to be at most" in Least("l", "l", least, L * eta, (SMALLER,)).flaw()
    assert "not shown to be at most" in Least("l", "l", least, sp.Integer(1), (SHORT,)).flaw()
    assert "is none of" in Least("l", "l", least, 2 * L * eta, (SHORT,)).flaw()
    three = sp.Min(1, L * eta, 2 * L * eta, evaluate=False)
    assert "not shown to be at most" in Least("l", "l", three, L * eta, (SHORT,)).flaw()


def test_the_greatest_is_above_its_choices_only() -> None:
    greatest = sp.Max(0, L * eta - 1)
    step = Instance("above", "above", Rule.ABOVE_CHOICE, (greatest, L * eta - 1))
    assert step.gap == greatest - (L * eta - 1)
    wrong = Instance("above", "above", Rule.ABOVE_CHOICE, (greatest, L * eta))
    assert "is no choice of" in Combination("uses", "uses", a, ((1, wrong),)).flaw()


def test_the_greatest_is_the_one_above_all_others() -> None:
    greatest = sp.Max(1, L * eta)
    step = Greatest("greatest", "max{1, L eta} = 1", greatest, sp.Integer(1), (SHORT,))
    assert step.flaw() is None
    assert step.equation
    assert step.gap == greatest - 1
    assert step.hypotheses == {SHORT}
    for choice, given, why in (
        (sp.Integer(1), SMALLER, "not shown to be at least"),
        (L * eta, SHORT, "not shown to be at least"),
        (sp.Integer(2), SHORT, "is none of"),
    ):
        assert why in Greatest("g", "g", greatest, choice, (given,)).flaw()


def test_only_a_minimum_is_the_least_and_only_a_maximum_the_greatest() -> None:
    above = Inequality("above", "a <= 2a", a, 2 * a)
    least = Least("least", "3a = a is false", a + 2 * a + b, a, (above,))
    assert "is not the least" in (replace(least, extreme=2 * a + b, choice=b).flaw() or "")
    greatest = Greatest("greatest", "2ab = 2a is false", a * b, a, (above,))
    assert "is not the greatest" in (greatest.flaw() or "")
    wrong = Instance("above", "a b >= a is false", Rule.ABOVE_CHOICE, (a * b, a))
    assert "is no choice of" in (wrong.flaw() or Combination("c", "c", a, ((1, wrong),)).flaw())
