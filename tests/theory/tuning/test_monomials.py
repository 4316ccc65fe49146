import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.tuning.monomials import least_of_sum, power_of, powers_of, where_sum_is_one

x, a, b = sp.symbols("x a b", positive=True)


def test_powers_are_read_off():
    assert power_of(3 * a * x**2, x) == (3 * a, 2)
    assert power_of((a * x**2 / b) ** sp.Rational(1, 3), x)[1] == sp.Rational(2, 3)
    assert power_of(a * b, x) == (a * b, 0)
    assert power_of(a * x + b * x, x) == (a + b, 1)
    assert power_of(1 / (1 + x), x) is None
    assert power_of(a**x, x) is None


def test_a_sum_of_powers_is_gathered_by_power():
    assert powers_of(x * (a + x), x) == ((a, 1), (1, 2))
    assert powers_of(x * (1 - a) + 2 * x**3 + a * x, x) == ((1, 1), (2, 3))
    assert powers_of(x + 1 / (1 + x), x) is None


@given(logs=st.lists(st.floats(-30, 30), min_size=3, max_size=3), scale=st.floats(-20, 20))
def test_the_least_sum_is_less_than_its_neighbours(logs, scale):
    powers = (-1.0, 1.0, 2.0)
    coefficients = np.exp(np.array(logs) + scale)[:, None]
    [place] = least_of_sum(coefficients, powers)
    around = place * np.exp(np.array([0, -1e-3, 1e-3]))
    sums = sum(c * around**p for c, p in zip(coefficients[:, 0], powers, strict=True))
    assert sums[0] <= sums[1:].min()


def test_what_only_rises_or_falls_has_its_least_at_an_end():
    falling, rising = np.array([[1.0], [0.0]]), np.array([[0.0], [1.0]])
    assert least_of_sum(falling, (-1.0, 1.0))[0] == np.inf
    assert least_of_sum(rising, (-1.0, 1.0))[0] == 0


@pytest.mark.parametrize("powers", [(1.0,), (1.0, 2.0), (-1.0, -0.5)])
def test_where_a_sum_is_one(powers):
    coefficients = np.array([[3.0, 1e-8], [0.5, 1e5]])[: len(powers)]
    found = where_sum_is_one(coefficients, powers)
    total = sum(c * found**p for c, p in zip(coefficients, powers, strict=True))
    np.testing.assert_allclose(total, 1, rtol=1e-13)
    never = where_sum_is_one(np.zeros((len(powers), 1)), powers)[0]
    assert never == (np.inf if powers[0] > 0 else 0)
