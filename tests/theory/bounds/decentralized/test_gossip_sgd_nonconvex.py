"""The unified rate: its exponents, and its two readings."""

import pytest
import sympy as sp

from theory.bound import Constants
from theory.catalogue import lookup
from theory.notation import symbols

LOCAL = lookup("local_sgd.nonconvex.koloskova2020")
GOSSIP = lookup("decentralized_sgd.nonconvex.koloskova2020")
(rate,) = symbols("mixing_rate")


@pytest.mark.parametrize("name", ["num_rounds", "num_workers", "local_steps"])
def test_with_a_perfect_mean_the_exponents_are_those_derived_for_local_sgd(name):
    assert LOCAL.exponents(name) == lookup("local_sgd.nonconvex.tuned").exponents(name)


def test_gossip_with_a_perfect_mean_is_local_sgd():
    for mixed, plain in zip(GOSSIP.terms, LOCAL.terms, strict=True):
        assert sp.simplify(mixed.expression.subs(rate, 0) - plain.expression) == 0


def test_slow_gossip_costs_a_factor_of_one_over_p_where_its_gradients_do():
    """p = 1 - zeta_W^2 to the powers -1, 0, -1/3 and -2/3."""
    slow, fast = (
        {term.name: term.expression.subs(rate, value) for term in GOSSIP.terms}
        for value in (sp.sqrt(sp.Rational(7, 8)), 0)
    )
    ratios = {name: sp.simplify(slow[name] / fast[name]) for name in slow}
    assert ratios == {
        "optimisation": 8,
        "statistical": 1,
        "noise drift": 2,
        "heterogeneity drift": 4,
    }


def test_only_its_exponents_may_be_judged():
    assert {LOCAL.constants, GOSSIP.constants} == {Constants.ORDER}
