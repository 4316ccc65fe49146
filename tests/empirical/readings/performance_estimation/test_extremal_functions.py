import numpy as np
import pytest

from empirical.readings.performance_estimation.extremal_functions import Extremal, factor


@pytest.mark.parametrize("rank", [1, 3])
def test_a_factor_has_no_more_columns_than_needed(rank):
    root = np.random.default_rng(0).standard_normal((5, rank))
    found = factor(root @ root.T)
    assert found.shape == (5, rank)
    np.testing.assert_allclose(found @ found.T, root @ root.T, atol=1e-12)


def test_nothing_has_no_columns():
    assert factor(np.zeros((0, 0))).shape == (0, 0)


def test_descents_find_the_minimum_between_two_workers():
    """Workers at home at -1 and 1, with f_m = (x - a_m)^2 / 2: F is least at 0, where it is 1/2."""
    homes = np.array([-1.0, 1.0])
    points = np.array([[[-2.0], [2.0]]] * 2)
    gradients = points - homes[:, None, None]
    values = (gradients**2).sum(-1) / 2
    functions = Extremal(points, gradients, values, lowest=0.0)
    value, weights = functions.descents(0)[0]
    assert value == pytest.approx(0.5)
    assert weights.shape == (2, 2)
    np.testing.assert_allclose(weights.sum(-1), 1)


def test_descents_leave_a_local_minimum_for_a_lower_one():
    """Two wells of one function."""
    points = np.array([[[-2.0], [2.0]]])
    functions = Extremal(points, np.zeros((1, 2, 1)), np.array([[0.3, -0.2]]), lowest=-1.0)
    found = functions.descents(0)
    assert found[0][0] == pytest.approx(-0.2)
    assert found[-1][0] == pytest.approx(0.3)
