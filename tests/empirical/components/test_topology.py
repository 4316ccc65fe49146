import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.components.topology import (
    Alone,
    Complete,
    Exponential,
    Given,
    Ring,
    Star,
    check_points_stay,
    mixing_rate,
)

REGULAR = [Alone(), Ring(), Exponential(), Exponential(one_peer=False)]


def matrix(topology, num_workers, communication=0):
    found = topology.weights(num_workers, communication)
    return np.full((num_workers, num_workers), 1 / num_workers) if found is None else found


@pytest.mark.parametrize("topology", [Complete(), *REGULAR], ids=repr)
@given(num_workers=st.integers(1, 33), communication=st.integers(0, 9))
def test_nothing_is_lost_and_nobody_hears_more_than_the_mean(topology, num_workers, communication):
    weights = matrix(topology, num_workers, communication)
    assert weights.shape == (num_workers, num_workers)
    np.testing.assert_allclose(weights.sum(0), 1, atol=1e-15)
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-15)
    assert weights.min() >= 0


@pytest.mark.parametrize("topology", REGULAR, ids=repr)
@pytest.mark.parametrize("num_workers", [2, 5, 8])
def test_matrices_repeat_after_their_period(topology, num_workers):
    period = topology.period(num_workers)
    for communication in range(4):
        here = topology.weights(num_workers, communication)
        assert np.array_equal(here, topology.weights(num_workers, communication + period))


def test_a_ring_is_heard_on_both_sides():
    expected = np.zeros((5, 5))
    for worker in range(5):
        for other in (worker - 1, worker, worker + 1):
            expected[worker, other % 5] = 1 / 3
    np.testing.assert_allclose(matrix(Ring(), 5), expected)


def test_one_peer_at_a_time_all_hear_all_after_a_period():
    """With a power of two of workers the product of a period is the exact mean."""
    topology = Exponential()
    product = np.eye(8)
    for communication in range(topology.period(8)):
        product = topology.weights(8, communication) @ product
    np.testing.assert_allclose(product, np.full((8, 8), 1 / 8), atol=1e-16)


def test_the_mixing_rate_of_a_ring_is_its_second_eigenvalue():
    """(1 + 2 cos(2 pi / M)) / 3, and 0 for the mean."""
    assert mixing_rate(matrix(Ring(), 8)) == pytest.approx((1 + 2 * np.cos(np.pi / 4)) / 3)
    assert mixing_rate(None) == 0
    assert mixing_rate(np.eye(4)) == pytest.approx(1)


def test_a_given_matrix_is_checked():
    assert np.array_equal(
        Given(((0.5, 0.25), (0.5, 0.75))).weights(2, 3), [[0.5, 0.25], [0.5, 0.75]]
    )
    with pytest.raises(ValueError, match=r"column 0 sums to 0.9"):
        Given(((0.5, 0.25), (0.4, 0.75)))
    with pytest.raises(ValueError, match="matrix must be square"):
        Given(((0.5, 0.25),))
    with pytest.raises(ValueError, match="matrix is for 2 workers and there are 3"):
        Given(((1.0, 0.0), (0.0, 1.0))).weights(3, 0)


@given(num_workers=st.integers(1, 33))
def test_a_star_loses_nothing_and_gives_its_hub_more(num_workers):
    weights = matrix(Star(), num_workers)
    np.testing.assert_allclose(weights.sum(0), 1, atol=1e-15)
    hub = 1 / num_workers + (num_workers - 1) / 2
    others = np.full(num_workers - 1, 1 / num_workers + 1 / 2)
    np.testing.assert_allclose(weights.sum(1), [hub, *others] if num_workers > 1 else [1])
    outside = weights - np.diag(np.diag(weights))
    outside[0] = outside[:, 0] = 0
    assert not outside.any(), "only the hub is heard"


def test_a_topology_says_whether_agreeing_workers_go_on_agreeing():
    for topology in [Complete(), *REGULAR, Given(((0.5, 0.5), (0.5, 0.5)))]:
        assert topology.points_stay
        check_points_stay(topology)
    for topology in [Star(), Given(((0.5, 0.25), (0.5, 0.75)))]:
        with pytest.raises(ValueError, match="must have rows that sum to 1"):
            check_points_stay(topology)
