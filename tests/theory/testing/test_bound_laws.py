import zlib
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from theory import catalogue
from theory.bound import Side, Term
from theory.notation import symbols
from theory.notation.units import UnitError
from theory.testing import bound_laws
from theory.testing.extreme_points import anywhere

EVERY = pytest.mark.parametrize("bound", catalogue.bounds().values(), ids=lambda item: item.key)
TUNABLE = pytest.mark.parametrize(
    "bound",
    [
        item
        for item in catalogue.bounds().values()
        if "step_size" in item.parameters and item.side is Side.UPPER
    ],
    ids=lambda item: item.key,
)
COROLLARIES = pytest.mark.parametrize(
    "bound",
    [item for item in catalogue.bounds().values() if item.key.endswith(".tuned")],
    ids=lambda item: item.key,
)


def seed(bound):
    """Another for each bound, the same in every run."""
    return zlib.crc32(bound.key.encode())


def columns(bound, count, *without):
    """Numbers from all over the ranges of its parameters; its conditions may fail."""
    return anywhere([name for name in bound.parameters if name not in without], count, seed(bound))


def points(bound, count, *without):
    drawn = columns(bound, count, *without)
    return [{name: float(column[i]) for name, column in drawn.items()} for i in range(count)]


@EVERY
def test_units_balance(bound):
    bound_laws.units_balance(bound)


@EVERY
def test_source_is_in_the_bibliography(bound):
    bound_laws.source_is_in_the_bibliography(bound)


@EVERY
def test_what_is_proved_names_its_proof(bound):
    bound_laws.what_is_proved_names_its_proof(bound)


@EVERY
def test_terms_are_nonnegative(bound):
    bound_laws.terms_are_nonnegative(bound, columns(bound, 256))


@EVERY
def test_moves_as_declared(bound):
    factors = np.random.default_rng(seed(bound)).uniform(1.01, 10, 256)
    bound_laws.moves_as_declared(bound, columns(bound, 256), factors)


@EVERY
def test_numbers_agree_with_symbols(bound):
    for values in points(bound, 12):
        bound_laws.numbers_agree_with_symbols(bound, values)


@TUNABLE
def test_tuned_is_no_worse_than_any_admissible_choice(bound):
    fractions = np.geomspace(1e-6, 1, 2001)
    for values in points(bound, 8, "step_size"):
        bound_laws.tuned_is_no_worse_than_any_admissible_choice(bound, values, fractions)


@COROLLARIES
def test_a_corollary_is_no_better_than_its_theorem(bound):
    theorem = catalogue.lookup(bound.key.removesuffix(".tuned"))
    for values in points(theorem, 12, "step_size"):
        if values.get("initial_gap") != 0:  # else standing still is best, and refused by name
            bound_laws.a_corollary_is_no_better_than_its_theorem(theorem, bound, values)


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
                    bound_laws.units_balance(replace(bound, terms=tuple(terms)))
                caught += 1
    assert caught >= 30


def test_a_planted_direction_is_caught():
    bound = catalogue.lookup("minibatch_sgd.nonconvex")
    values = {"num_workers": 2, "local_steps": 2, "num_rounds": 3, "step_size": 0.1}
    values |= {"smoothness": 1.0, "gradient_noise": 1.0, "initial_gap": 1.0}
    wrong = replace(bound, increasing=("num_rounds",), decreasing=())
    with pytest.raises(AssertionError, match="not monotone in num_rounds"):
        bound_laws.moves_as_declared(wrong, values, 2.0)


def test_a_corollary_with_a_small_constant_is_caught():
    theorem = catalogue.lookup("minibatch_sgd.nonconvex")
    corollary = catalogue.lookup("minibatch_sgd.nonconvex.tuned")
    small = replace(
        corollary,
        terms=tuple(Term(t.name, t.expression * sp.Rational(2, 5)) for t in corollary.terms),
    )
    values = {"num_workers": 2, "local_steps": 2, "num_rounds": 300}
    values |= {"smoothness": 1.0, "gradient_noise": 3.0, "initial_gap": 1.0}
    bound_laws.a_corollary_is_no_better_than_its_theorem(theorem, corollary, values)
    with pytest.raises(AssertionError, match="promises too much"):
        bound_laws.a_corollary_is_no_better_than_its_theorem(theorem, small, values)


def test_a_term_that_is_negative_somewhere_is_caught():
    bound = catalogue.lookup("minibatch_sgd.nonconvex")
    (delta, rounds, eta) = symbols("initial_gap", "num_rounds", "step_size")
    wrong = replace(bound, terms=(Term("optimisation", delta * (2 - 5 / rounds) / eta),))
    with pytest.raises(AssertionError, match=r"optimisation is negative .*'num_rounds': [12]\.0"):
        bound_laws.terms_are_nonnegative(wrong, columns(wrong, 64))


def test_a_bound_that_loses_its_digits_is_caught():
    bound = catalogue.lookup("minibatch_sgd.nonconvex")
    (delta, eta, smoothness) = symbols("initial_gap", "step_size", "smoothness")
    wrong = replace(
        bound, terms=(Term("optimisation", delta * (sp.sqrt(1 + eta * smoothness) - 1)),)
    )
    values = {"initial_gap": 1.0, "step_size": 1e-8, "smoothness": 1.0}
    with pytest.raises(AssertionError, match="optimisation"):
        bound_laws.numbers_agree_with_symbols(replace(wrong, conditions=()), values)


def test_a_condition_is_compared_as_well():
    (eta, smoothness) = symbols("step_size", "smoothness")
    bound = replace(
        catalogue.lookup("minibatch_sgd.nonconvex"),
        conditions=(sp.sqrt(1 + eta * smoothness) - 1 <= 1,),
    )
    values = {"num_workers": 1, "local_steps": 1, "num_rounds": 1, "gradient_noise": 1}
    values |= {"initial_gap": 1.0, "step_size": 1e-8, "smoothness": 1.0}
    with pytest.raises(AssertionError, match="left of"):
        bound_laws.numbers_agree_with_symbols(bound, values)
