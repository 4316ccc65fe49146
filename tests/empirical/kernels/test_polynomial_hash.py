"""Against Python's whole numbers, which never wrap around."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.kernels.polynomial_hash import MODULUS, polynomial

NUMBERS = st.integers(0, MODULUS - 1) | st.sampled_from([0, 1, 2**31 - 1, 2**31, MODULUS - 1])


def python(coefficients, point):
    value = 0
    for coefficient in coefficients:
        value = (value * point + coefficient) % MODULUS
    return value


@given(
    coefficients=st.lists(NUMBERS, min_size=1, max_size=5),
    points=st.lists(NUMBERS, min_size=1, max_size=8),
)
def test_values_are_those_of_whole_numbers(coefficients, points):
    found = polynomial(coefficients, torch.tensor(points))
    assert found.tolist() == [python(coefficients, point) for point in points]


@pytest.mark.parametrize("ends", list(product([0, 1, 2**30, 2**31, 2**60, MODULUS - 1], repeat=2)))
def test_products_at_the_ends_of_the_range(ends):
    left, right = ends
    assert int(polynomial((left, 0), torch.tensor(right))) == left * right % MODULUS


def test_arithmetic_that_wraps_around_gives_other_values():
    """What 64-bit numbers make of it as they are: chance agreement only."""
    rng = np.random.default_rng(0)
    coefficients = rng.integers(MODULUS, size=4).tolist()
    points = torch.arange(1000)
    wrapped = torch.zeros_like(points)
    for coefficient in coefficients:
        wrapped = wrapped * points + coefficient
    assert int((wrapped.remainder(MODULUS) == polynomial(coefficients, points)).sum()) < 20
