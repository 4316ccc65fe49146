"""Theorems G and G*: their terms, which is sharper, and numbers of given weights."""

from itertools import product

import numpy as np
import pytest
import sympy as sp

from theory import catalogue
from theory.bound import Standing
from theory.bounds.mixing_methods import TABLE
from theory.bounds.theorem_g import (
    MixingNumbers,
    bound_from,
    least_split,
    numbers_of,
    sharp_terms,
    theorem_g,
    theorem_g_sharp,
)
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.units import check_relation, unit_of
from theory.proving.quantities import GENERIC

K, M, R, eta, L, sigma, zeta, Delta = symbols(
    "local_steps",
    "num_workers",
    "num_rounds",
    "step_size",
    "smoothness",
    "gradient_noise",
    "heterogeneity",
    "initial_gap",
)
ZERO = sp.Integer(0)


@pytest.mark.parametrize("name", TABLE)
def test_its_units_balance(name):
    measure = Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE)
    for theorem in (theorem_g, theorem_g_sharp):
        terms, conditions = theorem(TABLE[name].numbers)
        assert {unit_of(term.expression) for term in terms} == {measure.unit}
        for relation in conditions:
            check_relation(relation)


def test_theorem_g_names_four_terms_and_two_conditions():
    terms, conditions = theorem_g(GENERIC)
    names = ["optimisation", "statistical", "noise drift", "heterogeneity drift"]
    assert [term.name for term in terms] == names
    assert len(conditions) == 2


def test_without_mixing_it_is_minibatch_sgd_with_one_local_step():
    terms, conditions = theorem_g(MixingNumbers(sp.Integer(1), ZERO, ZERO, ZERO, ZERO))
    assert [term.expression for term in terms[2:]] == [0, 0]
    assert conditions == (sp.true, eta * L <= 1)


def random_numbers(seed, lag):
    rng = np.random.default_rng(seed)
    drawn = [sp.Float(float(item)) for item in rng.uniform(0.1, 3, 5)]
    return MixingNumbers(*(drawn if lag else [*drawn[:3], ZERO, ZERO]))


def evaluated(statement, step, noise, spread):
    """The sum of the terms, and whether the conditions hold."""
    terms, conditions = statement
    at = {eta: step, L: 1.0, M: 4.0, K: 1.0, R: 50.0, Delta: 1.0, sigma: noise, zeta: spread}
    sides = [relation.lhs for relation in conditions]
    total = sp.Add(*(term.expression for term in terms))
    value, *lefts = sp.lambdify([*at], [total, *sides])(*at.values())
    return float(value), all(left <= 1 for left in lefts)


@pytest.mark.parametrize("seed", range(3))
def test_without_lag_the_sharp_form_is_below_the_simple_one(seed):
    numbers, applied = random_numbers(seed, lag=False), 0
    for step, sources in product((0.02, 0.1, 0.2), ((1.0, 0.0), (0.0, 1.0), (1.0, 2.0))):
        simple, applies = evaluated(theorem_g(numbers), step, *sources)
        sharp, admissible = evaluated(theorem_g_sharp(numbers), step, *sources)
        applied += applies
        assert not applies or (admissible and sharp <= simple)
    assert applied >= 3


@pytest.mark.parametrize("seed", range(4))
def test_the_least_split_is_the_least_of_the_admissible(seed):
    """It makes (ii) an equality; what is written into the bound, s = b, is no less."""
    numbers, at = random_numbers(seed, lag=True), {eta: 0.04, L: 1}
    kept = 1 - 0.04 * float(numbers.norm)
    squared = (0.04 * float(numbers.lag_norm) / kept) ** 2
    least = float(least_split(numbers).subs(at))
    descent = 0.04 * float(numbers.effective_step)
    assert descent + (1 + 1 / least) * squared == pytest.approx(1, rel=1e-12)
    assert least <= np.sqrt(squared)
    best = sharp_terms(numbers, least_split(numbers))
    written, _ = evaluated(theorem_g_sharp(numbers), 0.04, 1.0, 1.0)
    assert evaluated((best, ()), 0.04, 1.0, 1.0)[0] <= written


def test_numbers_of_given_weights_make_a_bound():
    """A method of which only the weights are known: Local SGD's, three steps a round."""
    t, s = np.indices((36, 36))
    weights = ((s < t) & (s // 3 == t // 3)).astype(float)
    numbers = numbers_of(weights, np.zeros_like(weights), effective_step=1.0)
    assert float(numbers.N_w) == pytest.approx(1.0)
    assert float(numbers.C_w) == pytest.approx(1 / (4 * np.sin(np.pi / 10) ** 2))
    known = {"num_workers": 4, "num_rounds": 12, "local_steps": 3, "smoothness": 1.0}
    known |= {"gradient_noise": 1.0, "heterogeneity": 1.0, "initial_gap": 1.0, "step_size": 0.1}
    table = catalogue.lookup("local_sgd.nonconvex")
    bound = bound_from(
        numbers,
        key="given.nonconvex",
        title="given weights",
        algorithm="given",
        report_point=ReportPoint.MEAN_ITERATE,
        source=table.source,
        standing=Standing.TRANSCRIBED,
    )
    assert 0 < bound.value(**known) < table.value(**known)


def test_weights_that_look_ahead_are_refused():
    square = np.ones((3, 3))
    with pytest.raises(ValueError, match="no gradient acts before it is taken"):
        numbers_of(square, np.zeros((3, 3)), effective_step=1.0)
    with pytest.raises(ValueError, match="shape"):
        numbers_of(np.zeros((3, 3)), np.zeros((2, 2)), effective_step=1.0)
