"""Bounds at numbers far from 1: what floats can hold is right, whatever lies on the way."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.catalogue import bounds, lookup
from theory.notation import GLOSSARY
from theory.notation.letters import L, eta, zeta
from theory.notation.numeric import lambdified

LOCAL = lookup("local_sgd.nonconvex")
ONES = {"num_workers": 2, "num_rounds": 3, "gradient_noise": 1, "initial_gap": 1}


def test_no_condition_fails_for_the_sake_of_floats():
    found = LOCAL.evaluate(
        **ONES, local_steps=1, heterogeneity=1, smoothness=1e300, step_size=1e-300
    )
    assert found.holds
    assert found.value == pytest.approx(2e300 / 3)


def test_no_term_vanishes_for_the_sake_of_floats():
    numbers = {"smoothness": 1e-170, "step_size": 1e150, "heterogeneity": 1e30}
    found = LOCAL.evaluate(**ONES, local_steps=2, **numbers)
    assert found.terms["heterogeneity drift"] == pytest.approx(8e20, rel=1e-12)


def test_what_is_beyond_floats_shows_as_infinite():
    numbers = {"smoothness": 1.0, "step_size": 0.1, "heterogeneity": 1e200}
    found = LOCAL.evaluate(**ONES, local_steps=2, **numbers)
    assert np.isinf(found.value)


def test_usual_numbers_are_computed_as_they_are():
    """The same function computes them, so that no bit of what was recorded changes."""
    values = {"smoothness": 3.0, "step_size": 0.1, "heterogeneity": 0.3}
    names = tuple(values)
    expressions = (4 * L**2 * eta**2 * zeta**2,)
    plain = sp.lambdify([GLOSSARY[name].symbol for name in names], list(expressions), "numpy")
    assert lambdified(names, expressions)(*values.values()) == plain(*values.values())


HOMOGENEOUS = [key for key in sorted(bounds()) if "as_read" not in key]


@given(
    key=st.sampled_from(HOMOGENEOUS),
    seed=st.integers(0, 2**32),
    objective=st.floats(-60, 60),
    parameter=st.floats(-60, 60),
)
def test_far_units_agree_with_many_digits(key, seed, objective, parameter):
    """Numbers of usual size, in units of f and x that are far from it."""
    bound, random = lookup(key), np.random.default_rng(seed)
    values = {}
    for name in bound.parameters:
        row = GLOSSARY[name]
        usual = random.uniform(0.1, 0.9) if row.low < 1 else random.uniform(2, 50)
        power = float(row.unit.objective) * objective + float(row.unit.parameter) * parameter
        values[name] = float(int(usual) + 1) if row.integer else usual * 10.0**power
    found = lambdified(bound.parameters, tuple(term.expression for term in bound.terms))
    computed = found(*(np.array(values[name]) for name in bound.parameters))
    symbols = [GLOSSARY[name].symbol for name in bound.parameters]
    for term, value in zip(bound.terms, computed, strict=True):
        with mpmath.workdps(60):
            exact = sp.lambdify(symbols, term.expression, "mpmath")(
                *(mpmath.mpf(values[name]) for name in bound.parameters)
            )
            if mpmath.mpf("1e-290") < abs(exact) < mpmath.mpf("1e290"):
                assert abs(value - exact) <= 1e-9 * abs(exact), term
