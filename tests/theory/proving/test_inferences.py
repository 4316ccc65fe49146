"""Nothing is inferred that does not follow."""

import pytest
import sympy as sp

from theory.notation import symbols
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.inferences import Averaged, Combination, Mean, Root
from theory.proving.steps import Definition, Hypothesis, Identity, Square

K, L, eta = symbols("local_steps", "smoothness", "step_size")
a, b, s2 = scalar("a"), scalar("b"), scalar("s^2")
n, u = vector("n"), vector("u")
SMALLER = Hypothesis("smaller", "a <= b", b - a)
EQUAL = Identity("equal", "the same", a + 0, a)


def test_a_combination_adds_earlier_steps() -> None:
    step = Combination("twice", "2a <= 3b", 3 * b - 2 * a, ((2, SMALLER),))
    assert step.flaw() is None
    assert step.premises == (SMALLER,)
    assert step.how.endswith("(= 2 x (smaller) + b, which is certified nonnegative)")
    assert step.hypotheses == {SMALLER}


@pytest.mark.parametrize(
    ("shown", "factor", "reason"),
    [
        (a - b, sp.Integer(1), "what remains"),
        (b - 2 * a, sp.Integer(1), "what remains"),
        (a - b, sp.Integer(-1), "the factor -1 of (smaller)"),
        ((1 - eta * L) * (b - a), 1 - eta * L, "the factor"),
    ],
)
def test_a_combination_that_does_not_add_up_fails(shown, factor, reason: str) -> None:
    assert reason in Combination("wrong", "wrong", shown, ((factor, SMALLER),)).flaw()


def test_equations_may_be_subtracted() -> None:
    assert Combination("shift", "a >= 0", a, ((-1, EQUAL),)).flaw() is None


def test_a_mean_is_taken_monomial_by_monomial() -> None:
    moments = ((n, sp.Integer(0)), (n**2, s2))
    step = Mean("second moment", "noise", a, (u + n) ** 2, moments, by=(Rule.UNBIASED,))
    assert step.equation
    assert step.gap == a - s2 - u**2
    assert step.flaw() is None
    assert step.rules == {Rule.UNBIASED}
    assert Rule.UNBIASED.statement in step.how


def test_a_mean_without_a_moment_fails() -> None:
    assert "mean of n is not given" in Mean("lacks", "noise", a, (u + n) ** 2, ((n**2, s2),)).flaw()


def test_the_mean_of_a_square_is_nonnegative() -> None:
    square = Square("square", "a square", n**2 - 2 * n * u + u**2, (n - u) ** 2)
    step = Averaged("averaged", "Jensen", square, ((n, u), (n**2, s2)))
    assert step.gap == s2 - u**2
    assert step.flaw() is None
    assert not step.equation


def test_a_root_keeps_order() -> None:
    squares = Hypothesis("squares", "a^2 <= b^2", b**2 - a**2)
    assert Root("root", "a <= b", squares, a, b, 2).flaw() is None
    assert "is not it" in Root("root", "2a <= b", squares, 2 * a, b, 2).flaw()
    assert "not certified" in Root("root", "-a <= -b", squares, -a, -b, 2).flaw()


def test_products_of_inner_products_do_not_commute_with_vectors() -> None:
    u, v, w, z = (vector(name) for name in "uvwz")
    c, e = scalar("<w, z>"), scalar("<v, z>")
    first, second = Definition("c", "c", c, w * z), Definition("e", "e", e, v * z)
    parts = ((u * v, first), (-u * w, second))
    mixed = Combination("mixed", "<w,z><u,v> >= <v,z><u,w>, false", c * u * v - e * u * w, parts)
    assert "as no inner product does" in (mixed.flaw() or "")


def test_no_mean_of_what_is_nonnegative_is_negative() -> None:
    a, x = scalar("a"), sp.Symbol("x", real=True)
    five = Square("five", "x^2 + 5 >= 0", x**2 + 5, x**2 + 5)
    moments = ((sp.Integer(1), sp.Integer(-1)), (x**2, a))
    upside_down = Averaged("upside down", "a >= 5", five, moments)
    assert "cannot have the mean -1" in (upside_down.flaw() or "")
    assert "cannot have" in (Mean("mean", "", a, x**2, ((x**2, sp.Integer(-2)),)).flaw() or "")
