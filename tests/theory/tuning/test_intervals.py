import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.notation.geometric_sum import GeometricSum
from theory.tuning.intervals import enclose

x, a = sp.Symbol("x", positive=True), sp.Symbol("a", positive=True)
EXPRESSIONS = [
    a / x + x**2 - 3 * x,
    (1 - x) ** 3 / (2 - sp.Min(1, x)),
    sp.Max(0, 1 - a * x) ** 7 * sp.exp(-x) + sp.log(1 + x),
    sp.sqrt(x) * (x - 2) ** 2 / (1 + x ** sp.Rational(1, 3)),
    GeometricSum(sp.Max(0, sp.Min(1, 1 - x)), 9) * x,
    sp.diff(sp.Max(0, 1 - x) ** 3 + sp.Min(x, a) ** 2, x),
    (x - 1) ** -2 + 1 / (x - 3),
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
@given(low=st.floats(0.01, 4), width=st.floats(0, 2), number=st.floats(0.1, 3))
def test_an_enclosure_holds_every_value(expression, low, width, number):
    ends = {x: (np.array([low]), np.array([low + width])), a: (np.array([number]),) * 2}
    least, greatest = enclose(expression, ends)
    inside = np.linspace(low, low + width, 50)
    with np.errstate(all="ignore"):
        values = sp.lambdify((x, a), expression, "numpy")(inside, number) + 0 * inside
    values = values[np.isfinite(values)]
    assert (values >= least - 1e-9 * np.abs(values)).all()
    assert (values <= greatest + 1e-9 * np.abs(values)).all()


def test_enclosures_shrink_with_their_interval():
    for expression in EXPRESSIONS[:4]:
        point = float(expression.subs({x: 0.7, a: 2}))
        ends = {x: (np.array([0.7]), np.array([0.7 + 1e-6])), a: (np.array([2.0]),) * 2}
        least, greatest = enclose(expression, ends)
        assert point == pytest.approx(float(least[0]), abs=1e-4)
        assert point == pytest.approx(float(greatest[0]), abs=1e-4)


def test_of_what_is_not_known_anything_may_be():
    ends = {x: (np.array([1.0]), np.array([2.0]))}
    assert enclose(sp.gamma(x), ends) == (-np.inf, np.inf)
    least, greatest = enclose(1 / (x - 1.5), ends)
    assert (least[0], greatest[0]) == (-np.inf, np.inf)
