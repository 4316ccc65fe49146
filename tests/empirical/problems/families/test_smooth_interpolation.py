import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.problems.families.smooth_interpolation import Interpolant, required_rise


def dot(left, right):
    return (left * right).sum(-1)


CLASSES = [(1.0, 0.0), (2.0, -2.0), (1.5, -0.4), (3.0, 0.5)]


def quadratic_data(smoothness, lowest, seed, count=6, size=3):
    """Points, gradients and values of a quadratic whose curvature fills the class."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((size, size)))[0]
    curvature = np.linspace(lowest, smoothness, size)
    points = rng.standard_normal((count, size))
    gradients = points @ (basis * curvature) @ basis.T + 0.3
    values = dot(points, gradients + 0.3) / 2
    return points, gradients, values


def pairs(count):
    return np.nonzero(~np.eye(count, dtype=bool))


@pytest.mark.parametrize(("smoothness", "lowest"), CLASSES)
@given(seed=st.integers(0, 999))
def test_a_function_of_the_class_rises_as_required(smoothness, lowest, seed):
    points, gradients, values = quadratic_data(smoothness, lowest, seed)
    i, j = pairs(len(points))
    rise = required_rise(
        dot, (points[i], points[j]), (gradients[i], gradients[j]), smoothness, lowest
    )
    assert (values[i] - values[j] - rise).min() >= -1e-12


@pytest.mark.parametrize(("smoothness", "lowest"), CLASSES)
def test_a_function_outside_the_class_does_not(smoothness, lowest):
    for curvature in (smoothness + 0.1, lowest - 0.1):
        ends = np.array([[1.0]]), np.array([[0.0]])
        slopes = np.array([[curvature]]), np.array([[0.0]])
        assert curvature / 2 < required_rise(dot, ends, slopes, smoothness, lowest)


def test_the_required_rise_is_that_of_the_paper():
    """Taylor, Hendrickx and Glineur's form, term by term."""
    rng = np.random.default_rng(0)
    x, y, g, h = rng.standard_normal((4, 20, 3))
    L, mu = 1.7, -0.9
    paper = dot(h, x - y) + (
        dot(g - h, g - h) / L + mu * dot(x - y, x - y) - 2 * mu / L * dot(h - g, y - x)
    ) / (2 * (1 - mu / L))
    np.testing.assert_allclose(required_rise(dot, (x, y), (g, h), L, mu), paper, rtol=1e-12)


@pytest.mark.parametrize(("smoothness", "lowest"), CLASSES)
@given(seed=st.integers(0, 999))
def test_it_passes_through_the_data(smoothness, lowest, seed):
    points, gradients, values = quadratic_data(smoothness, lowest, seed)
    interpolant = Interpolant.through(points, gradients, values, smoothness, lowest)
    for point, gradient, value in zip(points, gradients, values, strict=True):
        found, slope = interpolant.value_and_gradient(point)
        assert found == pytest.approx(value, abs=1e-11)
        np.testing.assert_allclose(slope, gradient, atol=1e-6)


@given(seed=st.integers(0, 999), far=st.floats(0.1, 10), count=st.integers(1, 7))
def test_the_weights_are_the_best(seed, far, count):
    """Against the conditions of optimality, on any data; the vertices may be dependent."""
    rng = np.random.default_rng(seed)
    points, gradients = rng.standard_normal((2, count, 2))
    interpolant = Interpolant.through(points, gradients, rng.standard_normal(count), 1.0, -1.0)
    best_weights(interpolant, far * rng.standard_normal(2))


def test_the_weights_are_the_best_among_many_neighbours():
    """Samples of a flat bowl, so near each other that the wrong parabola is a little above."""
    points = np.linspace(-1, 1, 81)[:, None]
    interpolant = Interpolant.through(points, 0.2 * points, 0.1 * points[:, 0] ** 2, 1.0, 0.0)
    for place in np.linspace(-0.99, 0.99, 40):
        best_weights(interpolant, np.array([place]))


def best_weights(interpolant, point):
    """Asserts the conditions of optimality."""
    weights = interpolant.weights(point)
    assert weights.min() >= -1e-14
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    centre = weights @ interpolant.vertices
    slopes = interpolant.least + interpolant.curvature * interpolant.vertices @ (centre - point)
    assert (slopes - slopes @ weights).min() >= -1e-10 * (1 + np.abs(slopes).max())


@given(seed=st.integers(0, 99))
def test_the_curvature_of_the_interpolant_lies_in_the_class(seed):
    points, gradients, values = quadratic_data(2.0, -0.5, seed)
    interpolant = Interpolant.through(points, gradients, values, 2.0, -0.5)
    rng = np.random.default_rng(seed)
    x = 3 * rng.standard_normal((8, 3))
    found = [interpolant.value_and_gradient(point) for point in x]
    f, g = np.array([item[0] for item in found]), np.array([item[1] for item in found])
    i, j = pairs(len(x))
    rise = required_rise(dot, (x[i], x[j]), (g[i], g[j]), 2.0, -0.5)
    assert (f[i] - f[j] - rise).min() >= -1e-10


def test_it_is_above_the_function_that_gave_the_data():
    points, gradients, values = quadratic_data(2.0, -0.5, 3)
    more = quadratic_data(2.0, -0.5, 3, count=30)
    np.testing.assert_array_equal(more[0][:6], points)
    interpolant = Interpolant.through(points, gradients, values, 2.0, -0.5)
    above = [
        interpolant.value_and_gradient(x)[0] - f for x, f in zip(more[0], more[2], strict=True)
    ]
    assert min(above) >= -1e-11
    assert max(above) > 1e-2


def test_twin_parabolas_do_no_harm():
    points = np.zeros((3, 2))
    interpolant = Interpolant.through(points, points, np.array([0.0, 0.0, 1.0]), 1.0, 0.0)
    value, gradient = interpolant.value_and_gradient(np.array([3.0, 4.0]))
    assert value == pytest.approx(12.5)
    np.testing.assert_allclose(gradient, [3.0, 4.0])
