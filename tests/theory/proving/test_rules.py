"""The facts relied on are few, said in words, and mean what their formulas say."""

import pytest
import sympy as sp

from theory.assumptions import Assumption
from theory.proving.rules import Rule

a, b, c, eta = sp.symbols("a b c eta", positive=True)
LEAST = sp.Min(a, sp.sqrt(b / c), evaluate=False)


def test_each_assumption_is_spelled_out_once() -> None:
    spelled = [rule.assumption for rule in Rule if rule.assumption is not None]
    assert len(spelled) == len(set(spelled))
    assert set(Assumption) - set(spelled) == {Assumption.BOUNDED_HETEROGENEITY}


def test_smoothness_is_attained_by_the_parabola() -> None:
    x, d = sp.symbols("x d", real=True)
    gap = Rule.SMOOTHNESS.formula(a * x**2 / 2, a * (x + d) ** 2 / 2, a * x, d, a)
    assert sp.expand(gap) == 0


def test_the_least_of_several_is_below_each() -> None:
    assert Rule.BELOW_CHOICE.formula(eta, LEAST, sp.Tuple(a, 1, 1)) == a - eta
    assert Rule.BELOW_CHOICE.formula(eta, LEAST, sp.Tuple(b, c, 2)) == b - c * eta**2


def test_its_inverse_is_below_the_sum_of_the_inverses() -> None:
    gap = Rule.INVERSE_OF_LEAST.formula(eta, LEAST, sp.Tuple(a, 1, 1), sp.Tuple(b, c, 2))
    assert sp.simplify(gap - (1 / a + sp.sqrt(c / b) - 1 / eta)) == 0


@pytest.mark.parametrize("choices", [[(b, c, 2)], [(a, 1, 1), (b, c, 3)], [(a, 1, 1), (c, b, 2)]])
def test_choices_that_the_minimum_does_not_have_are_refused(choices) -> None:
    with pytest.raises(ValueError, match="choice"):
        Rule.INVERSE_OF_LEAST.formula(eta, LEAST, *(sp.Tuple(*item) for item in choices))


def test_a_rule_about_means_has_no_formula() -> None:
    with pytest.raises(ValueError, match="UNBIASED has no formula"):
        Rule.UNBIASED.formula(a)
