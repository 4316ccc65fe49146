import numpy as np
import pytest
import torch

from empirical.algorithms.overlap.cocod_sgd import CoCoDSGD
from empirical.algorithms.overlap.delayed_local_sgd import DelayedLocalSGD
from empirical.components.inner_rule import Nesterov
from empirical.loop import Loop
from empirical.readings.mixing import mixing
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked
from tests.empirical.algorithms.overlap.test_delayed_averaging import promised_over_measured


def test_rounds_begin_where_the_paper_says():
    """x_{r+1,0} = mean_j x_{j,r,0} + (x_{r,K} - x_{r,0}), round by round."""
    gradient, begun = bent_gradient(0)
    loop = Loop(CoCoDSGD(local_steps=3, step_size=0.1), Stacked(4), begun)
    for _ in range(6):
        same(loop.gradient_point, begun, 18, "round start")
        x = begun
        for _ in range(3):
            x = x - 0.1 * gradient(x)
            loop.step(gradient(loop.gradient_point))
        begun = begun.mean(-2, keepdim=True) + (x - begun)


def test_it_is_local_sgd_with_a_delay_of_a_whole_round():
    gradient, start = bent_gradient(1)
    shared = {"local_steps": 3, "step_size": 0.1, "inner_rule": Nesterov(0.6)}
    late = drive(DelayedLocalSGD(delay=3, **shared), gradient, start, 14)
    same(drive(CoCoDSGD(**shared), gradient, start, 14), late, 14, "delay K")


def test_the_mean_moves_by_every_gradient_at_full_length():
    gradient, start = bent_gradient(2)
    loop = Loop(CoCoDSGD(local_steps=3, step_size=0.1), Stacked(4), start)
    for _ in range(11):
        slope, before = gradient(loop.gradient_point), loop.report()
        loop.step(slope)
        same(loop.report(), before - 0.1 * slope.mean(-2, keepdim=True), 11, "mean step")


@pytest.mark.parametrize("K", [1, 2, 5, 9])
def test_its_four_numbers(K):
    """C_w <= (F + K)^2 and N_w = K + (K - 1) / 2, with no lag."""
    found = mixing(CoCoDSGD(local_steps=K, step_size=0.1))
    numbers = found.numbers
    assert float(numbers.effective_step) == pytest.approx(1, rel=1e-12)
    assert float(numbers.N_w) == pytest.approx(K + (K - 1) / 2, rel=1e-7)
    assert K**2 <= float(numbers.C_w) <= (np.sqrt(K * (K - 1) / 2) + K) ** 2 * (1 + 1e-7)
    assert float(numbers.C_m) == float(numbers.N_m) == 0
    assert found.average.reported


def test_a_deviation_lives_for_one_round_more():
    """Weights are 1 in the same round and in the one before, and 0 earlier."""
    w, _ = mixing(CoCoDSGD(local_steps=2, step_size=0.1)).weights(3)
    expected = np.array(
        [
            [0, 0, 0, 0, 0, 0],
            [1, 0, 0, 0, 0, 0],
            [1, 1, 0, 0, 0, 0],
            [1, 1, 1, 0, 0, 0],
            [0, 0, 1, 1, 0, 0],
            [0, 0, 1, 1, 1, 0],
        ]
    )
    np.testing.assert_allclose(w, expected, atol=1e-12)


def test_the_bound_of_its_own_numbers_holds():
    assert 1 < promised_over_measured(CoCoDSGD(local_steps=4, step_size=0.02)) < 10


def test_a_message_is_in_flight_for_a_round():
    gradient, start = bent_gradient(3)
    loop = Loop(CoCoDSGD(local_steps=2, step_size=0.1), Stacked(4), start)
    due = []
    for _ in range(5):
        loop.step(gradient(loop.gradient_point))
        due.append([flight.due for flight in loop.snapshot().flights])
    assert due == [[], [4], [4], [6], [6]]
    assert torch.equal(loop.snapshot().flights[0].own, loop.state.sent)
