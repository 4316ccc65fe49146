"""The facts relied on are few, said in words, and mean what their formulas say."""

from collections import Counter

import pytest
import sympy as sp

from theory.assumptions import Assumption
from theory.proving.axioms import Rule

a, b, c, eta = sp.symbols("a b c eta", positive=True)
LEAST = sp.Min(a, sp.sqrt(b / c), evaluate=False)


TWO_FORMS = {Assumption.SMOOTH, Assumption.WORKERS_SMOOTH}
"""Below parabolas, and with Lipschitz gradients."""


def test_each_assumption_is_spelled_out_once_and_smoothness_in_two_forms() -> None:
    spelled = Counter(rule.assumption for rule in Rule if rule.assumption is not None)
    assert {item for item, count in spelled.items() if count > 1} <= TWO_FORMS
    assert max(spelled.values()) <= 2
    assert Assumption.BOUNDED_HETEROGENEITY not in spelled, "needed at the report points only"


def test_compression_is_attained_by_sending_one_of_two_coordinates_doubled() -> None:
    for rule in (Rule.COMPRESSION, Rule.COMPRESSION_DOWN):
        assert rule.formula(a, a**2, sp.Integer(1)) == 0


def test_contraction_is_attained_by_shrinking() -> None:
    gap = Rule.CONTRACTION.formula(a, (b * a) ** 2, 1 - b**2)
    assert sp.expand(gap) == 0


def test_estimates_are_as_near_as_stated_either_way() -> None:
    error = c * a / (2 * b)
    assert sp.expand(Rule.ESTIMATES.formula(eta + error, eta, c, a, b)) == 0
    assert sp.expand(Rule.ESTIMATES.formula(eta, eta - error, c, a, b)) == 0
    assert Rule.HEAVY.formula(a / b, a, b) == 0


def test_a_gradient_that_is_lipschitz_on_average_is_that_of_two_parabolas() -> None:
    mean_square = ((a * eta) ** 2 + (b * eta) ** 2) / 2
    gap = Rule.LIPSCHITZ_ON_AVERAGE.formula(mean_square, eta, sp.sqrt((a**2 + b**2) / 2))
    assert sp.expand(gap) == 0


def test_smoothness_is_attained_by_the_parabola() -> None:
    x, d = sp.symbols("x d", real=True)
    gap = Rule.SMOOTHNESS.formula(a * x**2 / 2, a * (x + d) ** 2 / 2, a * x, d, a)
    assert sp.expand(gap) == 0


def test_a_parabola_is_above_its_tangents_by_its_own_curvature() -> None:
    x, d = sp.symbols("x d", real=True)
    arguments = (a * (x + d) ** 2 / 2, a * x**2 / 2, a * x, d)
    for rule in (Rule.CONVEX, Rule.WORKERS_CONVEX):
        assert sp.expand(rule.formula(*arguments) - a * d**2 / 2) == 0
    assert sp.expand(Rule.STRONGLY_CONVEX.formula(*arguments, a)) == 0
    assert sp.expand(Rule.SAMPLES_CONVEX_SMOOTH.formula(*arguments, a * d, a)) == 0
    assert sp.expand(Rule.WORKERS_SMOOTHNESS.formula(arguments[1], arguments[0], a * x, d, a)) == 0


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


@pytest.mark.parametrize("choice", [(-a, -1, 1), (1 / a, 1, -1)])
def test_a_choice_that_turns_the_inequality_round_is_refused(choice) -> None:
    with pytest.raises(ValueError, match="is no choice"):
        Rule.BELOW_CHOICE.formula(eta, LEAST, sp.Tuple(*map(sp.sympify, choice)))


def test_only_a_minimum_has_choices() -> None:
    with pytest.raises(ValueError, match="is no choice"):
        Rule.BELOW_CHOICE.formula(eta, a + b, sp.Tuple(a, 1, 1))
    with pytest.raises(ValueError, match="is no choice"):
        Rule.ABOVE_CHOICE.formula(a * b, a)


def test_each_choice_of_a_minimum_is_needed() -> None:
    twice = sp.Tuple(a, 1, 1), sp.Tuple(a**2, 1, 2)
    with pytest.raises(ValueError, match="needs each of them"):
        Rule.INVERSE_OF_LEAST.formula(eta, LEAST, *twice)
