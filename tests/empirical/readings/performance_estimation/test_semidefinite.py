import sys

import numpy as np
import pytest

from empirical.readings.performance_estimation import semidefinite
from empirical.readings.performance_estimation.semidefinite import (
    Program,
    Unbounded,
    Unreliable,
    maximise,
    square,
    triangle,
)


def largest_eigenvalue(matrix, scale=1.0):
    """Maximise <matrix, X> with trace X <= scale."""
    row = triangle(np.eye(len(matrix)))[None]
    return Program((len(matrix),), triangle(matrix), row, np.array([scale]))


def symmetric(size, seed=0):
    matrix = np.random.default_rng(seed).standard_normal((size, size))
    return matrix + matrix.T


def test_packing_keeps_inner_products():
    left, right = symmetric(5, 1), symmetric(5, 2)
    assert triangle(left) @ triangle(right) == pytest.approx((left * right).sum())
    np.testing.assert_allclose(square(triangle(left)), left)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_the_largest_eigenvalue(scale):
    matrix = symmetric(6)
    solved = maximise(largest_eigenvalue(matrix, scale))
    eigenvalues, vectors = np.linalg.eigh(matrix)
    assert solved.value == pytest.approx(scale * eigenvalues[-1], rel=1e-6)
    assert solved.upper == pytest.approx(scale * eigenvalues[-1], rel=1e-6)
    best = scale * np.outer(vectors[:, -1], vectors[:, -1])
    np.testing.assert_allclose(solved.matrices[0], best, atol=1e-4 * scale)


def test_blocks_and_scalars_come_back_in_their_places():
    """Maximise t - <E, Y> with t <= X_00, trace X <= 2 and Y >= 3 in its only entry."""
    objective = np.array([0, 0, 0, -1.0, 1.0])
    rows = np.array([[-1.0, 0, 0, 0, 1], [1, 0, 1, 0, 0], [0, 0, 0, -1, 0]])
    solved = maximise(Program((2, 1), objective, rows, np.array([0, 2.0, -3])))
    assert solved.value == pytest.approx(-1, abs=1e-6)
    np.testing.assert_allclose(solved.matrices[0], [[2, 0], [0, 0]], atol=1e-4)
    np.testing.assert_allclose(solved.matrices[1], [[3]], atol=1e-6)
    np.testing.assert_allclose(solved.scalars, [2], atol=1e-6)


def test_a_ray_is_unbounded():
    program = Program((1,), np.ones(1), -np.ones((1, 1)), np.zeros(1))
    with pytest.raises(Unbounded, match="no finite maximum"):
        maximise(program)


def test_growth_without_a_ray_is_unbounded():
    """Maximise 2 X_01 with X_00 <= 1: as large as sqrt(X_11), but never along a line."""
    objective = triangle(np.array([[0.0, 1.0], [1.0, 0.0]]))
    row = triangle(np.array([[1.0, 0.0], [0.0, 0.0]]))[None]
    with pytest.raises(Unbounded, match="no finite maximum"):
        maximise(Program((2,), objective, row, np.ones(1)))


def test_tolerances_that_disagree_are_refused_with_both_numbers(monkeypatch):
    solve = semidefinite._solve

    def rough(program, tolerance, scale):
        solved = solve(program, tolerance, scale)
        off = 1.01 if tolerance > 1e-8 else 1
        return semidefinite.replace(solved, value=off * solved.value)

    monkeypatch.setattr(semidefinite, "_solve", rough)
    with pytest.raises(Unreliable, match=r"disagree: 3\.03 at 1e-07, 3 at 1e-09"):
        maximise(largest_eigenvalue(np.diag([3.0, 1.0])))


def test_a_value_that_is_not_proved_is_refused(monkeypatch):
    solve = semidefinite._solve

    def loose(program, tolerance, scale):
        solved = solve(program, tolerance, scale)
        return semidefinite.replace(solved, upper=1.01 * solved.upper)

    monkeypatch.setattr(semidefinite, "_solve", loose)
    with pytest.raises(Unreliable, match=r"attained 3.*, but proved 3\.03"):
        maximise(largest_eigenvalue(np.diag([3.0, 1.0])))


def test_without_clarabel_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "clarabel", None)
    with pytest.raises(ImportError, match=r'extra certify: pip install "ratebound\[certify'):
        maximise(largest_eigenvalue(np.eye(2)))
