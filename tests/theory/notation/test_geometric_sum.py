import numpy as np
import pytest
import sympy as sp

from theory.notation import latex, symbols, unit
from theory.notation.geometric_sum import GeometricSum
from theory.notation.units import UnitError, unit_of

a, N = sp.symbols("a N", positive=True)
eta, L, R = symbols("step_size", "smoothness", "num_rounds")


@pytest.mark.parametrize("ratio", [0.0, 0.3, 0.999, 1 - 1e-12, 1.0])
@pytest.mark.parametrize("count", [0, 1, 2, 57])
def test_numbers_are_the_sum(ratio, count):
    found = sp.lambdify([a, N], GeometricSum(a, N), modules="numpy")(ratio, count)
    assert found == pytest.approx(sum(ratio**n for n in range(count)), rel=1e-14)


def test_near_one_no_digit_is_lost():
    ratio = 1 - 1e-10
    exact = GeometricSum(sp.Rational(ratio), sp.Integer(1000)).evalf(40)
    found = sp.lambdify([a, N], GeometricSum(a, N), modules="numpy")(ratio, 1000.0)
    assert abs(float(exact) - found) <= 1e-15 * found
    closed = (1 - ratio**1000) / (1 - ratio)
    assert abs(float(exact) - closed) > 1e-12 * found, "the closed form does as well"


def test_arrays_broadcast():
    ratios, counts = np.array([0.0, 0.5, 1.0])[:, None], np.array([1.0, 3.0])
    found = sp.lambdify([a, N], 2 * GeometricSum(a, N), modules="numpy", cse=True)(ratios, counts)
    np.testing.assert_allclose(found, [[2, 2], [2, 3.5], [2, 6]])


def test_exact_values_and_slopes():
    assert GeometricSum(sp.Rational(1, 2), sp.Integer(3)) == sp.Rational(7, 4)
    assert GeometricSum(sp.Integer(1), sp.Integer(5)) == 5
    for ratio in (sp.Integer(0), sp.Integer(2), sp.Rational(3, 7), sp.Rational(-2, 3)):
        for count in range(5):
            expected = sum(ratio**n for n in range(count))
            assert GeometricSum(ratio, sp.Integer(count)) == expected
    slope = sp.diff(GeometricSum(a, sp.Integer(4)), a)
    assert float(slope.subs(a, 0.5)) == pytest.approx(1 + 2 * 0.5 + 3 * 0.25)
    in_count = sp.diff(GeometricSum(a, N), N).subs({a: 0.5, N: 3})
    step = 1e-6
    near = (0.5 ** (3 - step) - 0.5 ** (3 + step)) / 0.5 / (2 * step)
    assert float(in_count) == pytest.approx(near, rel=1e-6)


def test_it_has_no_unit_and_takes_none():
    assert unit_of(GeometricSum(1 - eta * L, R)) == unit()
    with pytest.raises(UnitError):
        unit_of(GeometricSum(1 - eta, R))
    with pytest.raises(UnitError):
        unit_of(GeometricSum(eta, R))


def test_papers_write_a_sum():
    assert latex(GeometricSum(eta * L, R)) == r"\sum_{n < R} \left(L \eta\right)^{n}"
    assert GeometricSum(a, N).is_nonnegative
