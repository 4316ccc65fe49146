"""A step that says something false fails, says why, and never raises."""

import pytest
import sympy as sp

from theory.notation import symbols
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.steps import (
    Definition,
    Hypothesis,
    Identity,
    Inequality,
    Instance,
    Square,
    Summation,
)

K, L, sigma = symbols("local_steps", "smoothness", "gradient_noise")
x, y = sp.symbols("x y", real=True)
j = sp.Symbol("j", integer=True, nonnegative=True)
TOTAL = scalar("total")


def summation(summand: sp.Expr, closed: sp.Expr) -> Summation:
    return Summation("sum", "a sum", TOTAL, summand, j, 0, K, closed)


@pytest.mark.parametrize(
    "step",
    [
        Identity("identity", "binomial", (x + y) ** 2, x**2 + 2 * x * y + y**2),
        Identity("matrix", "entrywise", sp.ImmutableMatrix([x + x]), sp.ImmutableMatrix([2 * x])),
        Square("square", "a square", x**2 - 2 * x * y + y**2, (x - y) ** 2),
        Inequality("inequality", "K >= 1", sp.Integer(1), K),
        summation(j, K * (K - 1) / 2),
        Hypothesis("hypothesis", "supposed", 1 - L),
        Definition("definition", "named", TOTAL, x**2),
        Instance("instance", "variance", Rule.VARIANCE, (TOTAL, sigma)),
    ],
)
def test_what_is_true_holds(step) -> None:
    assert step.flaw() is None
    assert step.formula in step.how


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (Identity("identity", "wrong", x + 1, x), "the difference is 1, not 0"),
        (Square("square", "another", x**2 + y**2, (x - y) ** 2), "is not"),
        (Square("square", "of no form", x * y, x * y), "not nonnegative by its form"),
        (Square("cube", "odd", x**3, x**3), "not nonnegative by its form"),
        (
            Identity("matrix", "one entry", sp.ImmutableMatrix([x, y]), sp.ImmutableMatrix([x, 0])),
            "the difference is y, not 0",
        ),
        (Inequality("inequality", "K may be 1", sp.Integer(2), K), "negative monomial"),
        (Inequality("inequality", "any sign", x, x + y), "negative monomial"),
        (summation(j, K * (K + 1) / 2), "it grows by"),
        (summation(j, K * (K - 1) / 2 + 1), "is not 0 at K = 0"),
        (Definition("definition", "circular", TOTAL, TOTAL + 1), "defined by itself"),
        (Instance("instance", "too few", Rule.VARIANCE, (TOTAL,)), "TypeError"),
        (Instance("instance", "no formula", Rule.UNBIASED, (TOTAL,)), "has no formula"),
        (Identity("root", "no polynomial", sp.sqrt(vector("u")), sp.Integer(0)), "Error"),
    ],
)
def test_what_is_false_fails_with_a_reason(step, reason: str) -> None:
    assert reason in step.flaw()


def test_the_parts_of_a_definition_and_a_sum_are_new_symbols() -> None:
    assert Definition("definition", "named", TOTAL, x).defines == TOTAL
    assert summation(j, K * (K - 1) / 2).defines == TOTAL


def test_a_hypothesis_rests_on_itself_and_an_instance_on_its_rule() -> None:
    hypothesis = Hypothesis("hypothesis", "supposed", 1 - L)
    assert hypothesis.hypotheses == {hypothesis}
    instance = Instance("instance", "variance", Rule.VARIANCE, (TOTAL, sigma))
    assert instance.rules == {Rule.VARIANCE}
    assert Rule.VARIANCE.statement in instance.how


def test_a_sum_whose_summands_change_with_its_end_is_no_such_sum() -> None:
    n, i = sp.symbols("n i", integer=True, nonnegative=True)
    total = sp.Symbol("total", real=True)
    step = Summation("sum", "sum_{i<n} (n - i + 1) is not n", total, n - i + 1, i, 0, n, n)
    assert "changes with n" in (step.flaw() or "")


def test_a_definition_gives_no_value_to_what_is_given_nor_a_sign_to_what_has_none() -> None:
    L, sigma = symbols("smoothness", "gradient_noise")
    assert "is given" in (Definition("free", "no noise", sigma, sp.Integer(0)).flaw() or "")
    assert "is given" in (Definition("free", "no noise", sigma, L).flaw() or "")
    negative = Definition("absurd", "a >= 0 is -1", scalar("a"), sp.Integer(-1))
    assert "not certified nonnegative" in (negative.flaw() or "")
    assert Definition("fine", "a is 2 L", scalar("a"), 2 * L).flaw() is None


@pytest.mark.parametrize("smoothness", [sp.Integer(0), L / 2, sp.Symbol("smoothness")])
def test_a_fact_holds_with_the_constant_that_is_assumed(smoothness: sp.Expr) -> None:
    u, v = vector("u"), vector("v")
    step = Instance("lipschitz", "too good", Rule.LIPSCHITZ, (u, v, smoothness))
    assert "not the constant that is assumed" in (step.flaw() or "")


def test_an_instance_rests_on_its_rule_and_on_those_named_beside_it():
    f, low = sp.symbols("f low", real=True)
    step = Instance("below", "as supposed", Rule.BELOW, (f, low), by=(Rule.UNBIASED,))
    assert step.rules == {Rule.BELOW, Rule.UNBIASED}
