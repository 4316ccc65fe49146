from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

from empirical.strategies import bound_values
from theory import catalogue, laws
from theory.bound import Term
from theory.notation import symbols
from theory.units import UnitError

EVERY = pytest.mark.parametrize("bound", catalogue.bounds().values(), ids=lambda item: item.key)
TUNABLE = pytest.mark.parametrize(
    "bound",
    [item for item in catalogue.bounds().values() if item.step_size is None],
    ids=lambda item: item.key,
)
COROLLARIES = pytest.mark.parametrize(
    "bound",
    [item for item in catalogue.bounds().values() if item.key.endswith(".tuned")],
    ids=lambda item: item.key,
)


@EVERY
def test_units_balance(bound):
    laws.units_balance(bound)


@EVERY
def test_source_is_in_the_bibliography(bound):
    laws.source_is_in_the_bibliography(bound)


@EVERY
def test_what_is_proved_names_its_proof(bound):
    laws.what_is_proved_names_its_proof(bound)


@EVERY
@given(data=st.data())
def test_terms_are_nonnegative(bound, data):
    laws.terms_are_nonnegative(bound, data.draw(bound_values(bound)))


@EVERY
@given(data=st.data(), factor=st.floats(1.01, 10))
def test_moves_as_declared(bound, data, factor):
    laws.moves_as_declared(bound, data.draw(bound_values(bound)), factor)


@EVERY
@given(data=st.data())
def test_numbers_agree_with_symbols(bound, data):
    laws.numbers_agree_with_symbols(bound, data.draw(bound_values(bound)))


@TUNABLE
@given(data=st.data())
def test_tuned_is_no_worse_than_any_admissible_choice(bound, data):
    values = data.draw(bound_values(bound, "step_size"))
    assume(values["initial_gap"] > 0)  # else standing still is best, and refused by name
    fractions = np.geomspace(1e-6, 1, 2001)
    laws.tuned_is_no_worse_than_any_admissible_choice(bound, values, fractions)


@COROLLARIES
@given(data=st.data())
def test_a_corollary_is_no_better_than_its_theorem(bound, data):
    theorem = catalogue.bound(bound.key.removesuffix(".tuned"))
    values = data.draw(bound_values(theorem, "step_size"))
    assume(values["initial_gap"] > 0)
    laws.a_corollary_is_no_better_than_its_theorem(theorem, bound, values)


def test_units_catch_a_planted_exponent_in_every_term():
    """Each unit-bearing symbol of each term, raised by one power, breaks the balance."""
    caught = 0
    for bound in catalogue.bounds().values():
        for index, term in enumerate(bound.terms):
            for name in ("gradient_noise", "heterogeneity", "initial_gap", "smoothness"):
                (symbol,) = symbols(name)
                if not term.expression.has(symbol):
                    continue
                terms = list(bound.terms)
                terms[index] = Term(term.name, term.expression * symbol)
                with pytest.raises(UnitError, match=term.name):
                    laws.units_balance(replace(bound, terms=tuple(terms)))
                caught += 1
    assert caught >= 30


def test_a_planted_direction_is_caught():
    bound = catalogue.bound("minibatch_sgd.nonconvex")
    values = {"num_workers": 2, "local_steps": 2, "num_rounds": 3, "step_size": 0.1}
    values |= {"smoothness": 1.0, "gradient_noise": 1.0, "initial_gap": 1.0}
    wrong = replace(bound, increasing=("num_rounds",), decreasing=())
    with pytest.raises(AssertionError, match="not monotone in num_rounds"):
        laws.moves_as_declared(wrong, values, 2.0)


def test_a_corollary_with_a_small_constant_is_caught():
    theorem = catalogue.bound("minibatch_sgd.nonconvex")
    corollary = catalogue.bound("minibatch_sgd.nonconvex.tuned")
    small = replace(
        corollary,
        terms=tuple(Term(t.name, t.expression * sp.Rational(2, 5)) for t in corollary.terms),
    )
    values = {"num_workers": 2, "local_steps": 2, "num_rounds": 300}
    values |= {"smoothness": 1.0, "gradient_noise": 3.0, "initial_gap": 1.0}
    laws.a_corollary_is_no_better_than_its_theorem(theorem, corollary, values)
    with pytest.raises(AssertionError, match="promises too much"):
        laws.a_corollary_is_no_better_than_its_theorem(theorem, small, values)
