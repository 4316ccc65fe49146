"""What is certified is true, and what is false is never certified."""

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.notation import symbols
from theory.proving.certificates import (
    average,
    manifest,
    nonnegative,
    positive,
    require_quadratic,
    scalar,
    vanishes,
    vector,
)

K, M, alpha, beta, L, eta, sigma = symbols(
    "local_steps",
    "num_workers",
    "pullback",
    "anchor_momentum",
    "smoothness",
    "step_size",
    "gradient_noise",
)
x, y = sp.symbols("x y", real=True)
u, v = vector("u"), vector("v")
n = sp.Symbol("n", integer=True, nonnegative=True)


@pytest.mark.parametrize(
    "expression",
    [
        (x + y) ** 2 - x**2 - 2 * x * y - y**2,
        sp.sqrt(K * (K - 1)) ** 2 - K**2 + K,
        (1 - alpha) ** (n + 1) - (1 - alpha) * (1 - alpha) ** n,
        sp.cbrt(sigma**2 * L) ** 3 - sigma**2 * L,
        1 / (1 - alpha) - 1 - alpha / (1 - alpha),
        sp.cbrt(12) * sp.cbrt(121) * L - sp.cbrt(4) * sp.cbrt(363) * L,
        sp.cbrt(sp.Rational(11, 20) * L) - sp.cbrt(11 * L) / sp.cbrt(20),
        sp.ImmutableMatrix([[x - x, (x + 1) ** 2 - x**2 - 2 * x - 1]]),
    ],
)
def test_what_is_zero_vanishes(expression: sp.Basic) -> None:
    assert vanishes(expression)


@pytest.mark.parametrize(
    "expression", [x, K - 1, x**2, sp.Matrix([0, x]), sp.sqrt(x**2) - x, sp.sqrt(6) - 2]
)
def test_what_is_not_zero_does_not_vanish(expression: sp.Basic) -> None:
    assert not vanishes(expression)


@pytest.mark.parametrize(
    "expression", [(x - y) ** 2, u**2 + 2 * v**2, sigma * x**4, sp.sqrt(L), 0 * x]
)
def test_sums_of_squares_are_manifest(expression: sp.Expr) -> None:
    assert manifest(expression)


@pytest.mark.parametrize(
    "expression",
    [x, x**3, x * y, -(x**2), x**2 - sp.Rational(1, 9), (sp.I * K + x) ** 2, 1 / sigma],
)
def test_nothing_else_is_manifest(expression: sp.Expr) -> None:
    assert not manifest(expression)


@pytest.mark.parametrize(
    "expression",
    [
        K - 1,
        1 - 1 / M,
        K * (K - 1) / 2,
        1 - alpha * (1 - alpha) / (3 * K) - 2 * alpha**4 * (K - 1) / (9 * K),
        sp.sqrt(K * (K - 1) / 2) + K * (1 - alpha) / alpha,
        1 - beta,
        (1 - alpha) ** (n + 1) / alpha,
        x**2 + sigma * y**2,
        sp.Integer(0),
        sp.Abs(x - y) + sigma,
        sp.Max(1 - eta * L, sp.Rational(1, 2)) * sigma,
        (1 - beta - L) ** 2 / (1 - beta),
        (sp.sqrt(sigma) * x - y) ** 2 + K,
    ],
)
def test_what_the_ranges_imply_is_nonnegative(expression: sp.Expr) -> None:
    assert nonnegative(expression)


@pytest.mark.parametrize(
    "expression",
    [
        K - 2,
        1 - L * eta,
        1 - 2 * alpha,
        x,
        x * y,
        sigma - L,
        -sigma,
        sp.sqrt(x),
        1 / (K - 1),
        1 / x,
        sp.Abs(x) - sigma,
        sp.Max(1 - eta * L, -sigma),
        (x - L) ** 2 - 1,
        (x - L) ** 3,
    ],
)
def test_what_may_be_negative_or_undefined_is_refused(expression: sp.Expr) -> None:
    assert not nonnegative(expression)


def test_positive_needs_a_monomial_that_cannot_vanish() -> None:
    assert positive(1 - alpha)
    assert positive(L + sigma)
    assert not positive(sigma)
    assert not positive(K - 1)
    assert not positive(beta)
    assert positive(sp.Max(1 - eta * L, sp.Rational(1, 2)))
    assert not positive(sp.Max(1 - eta * L, beta))


@given(
    st.lists(st.integers(-3, 3), min_size=6, max_size=6), st.floats(0.01, 0.99), st.integers(1, 9)
)
def test_no_certified_polynomial_is_negative_anywhere(
    weights: list[int], share: float, steps: int
) -> None:
    monomials = (sp.Integer(1), alpha, alpha**2, K, K * alpha, K**2)
    expression = sp.Add(*(w * item for w, item in zip(weights, monomials, strict=True)))
    if nonnegative(expression):
        assert expression.subs({alpha: sp.Rational(share), K: steps}) >= 0


def test_an_average_replaces_monomials_by_their_moments() -> None:
    s2 = scalar("s2")
    moments = {x: sp.Integer(0), x**2: s2}
    assert average((x + L) ** 2, moments) == s2 + L**2
    assert average(x**2 + 3, {x**2: s2, sp.Integer(1): K}) == s2 + 3 * K


def test_an_average_needs_every_moment() -> None:
    with pytest.raises(ValueError, match=r"mean of x\*y is not given"):
        average((x + y) ** 2, {x**2: sp.Integer(1), y**2: sp.Integer(1)})


@pytest.mark.parametrize("expression", [L * u * v + sigma, u - 2 * v, sp.Matrix([u, v]), x**3])
def test_linear_and_quadratic_forms_of_vectors_have_a_meaning(expression: sp.Basic) -> None:
    require_quadratic(expression)


@pytest.mark.parametrize("expression", [u * v + u, u**3, u + 1, u**2 * v**2])
def test_other_products_of_vectors_have_none(expression: sp.Expr) -> None:
    with pytest.raises(ValueError, match="as no inner product does"):
        require_quadratic(expression)
