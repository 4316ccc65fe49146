import numpy as np
import pytest
import torch

from empirical.algorithms.overlap.cocod_sgd import CoCoDSGD
from empirical.algorithms.overlap.oldsgd import OLDSGD
from empirical.components.topology import COMPLETE, Exponential, Ring, Star, mixing_rate
from empirical.loop import Loop
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.distribute import distribute
from empirical.readings.linear.linear_form import NotExchangeable
from empirical.readings.mixing import mixing
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked
from tests.empirical.algorithms.averaging.test_decentralized_sgd import LAZY, gossip_numbers, matrix


@pytest.mark.parametrize("topology", [LAZY, Ring(), Exponential()], ids=repr)
@pytest.mark.parametrize("K", [1, 3])
def test_rounds_end_where_the_paper_says(topology, K):
    """x_i^{t+K} = sum_j w_ij x_j^t - eta (sum of the K gradients in between)."""
    gradient, begun = bent_gradient(0)
    loop = Loop(OLDSGD(local_steps=K, step_size=0.1, topology=topology), Stacked(4), begun)
    for index in range(6):
        x, total = begun, torch.zeros_like(begun)
        for _ in range(K):
            same(loop.gradient_point, x, 6 * K, "by hand")
            total = total + gradient(x)
            loop.step(gradient(loop.gradient_point))
            x = begun - 0.1 * total
        # W x_0 = x_0: the first mixing, of a common start, is never sent
        begun = matrix(topology, 4, max(index - 1, 0)) @ begun - 0.1 * total


def test_with_one_step_a_round_it_is_d_psgd_as_printed():
    """X <- W X - eta G(X): the mixing runs beside the step."""
    gradient, x = bent_gradient(1)
    loop = Loop(OLDSGD(local_steps=1, step_size=0.1, topology=LAZY), Stacked(4), x)
    for _ in range(9):
        same(loop.gradient_point, x, 9, "printed")
        loop.step(gradient(loop.gradient_point))
        x = matrix(LAZY, 4) @ x - 0.1 * gradient(x)


def test_on_the_complete_graph_it_is_cocod_sgd():
    gradient, start = bent_gradient(2)
    gossip = OLDSGD(local_steps=3, step_size=0.1, topology=COMPLETE)
    cocod = drive(CoCoDSGD(local_steps=3, step_size=0.1), gradient, start, 14)
    assert torch.equal(drive(gossip, gradient, start, 14), cocod)
    assert gossip.workers_alike
    assert float(mixing(gossip).numbers.N_w) == pytest.approx(3 + 1, rel=1e-7)


def test_the_mean_moves_by_every_gradient_at_full_length():
    gradient, start = bent_gradient(3)
    loop = Loop(OLDSGD(local_steps=2, step_size=0.1, topology=LAZY), Stacked(4), start)
    for _ in range(9):
        slope, before = gradient(loop.gradient_point), loop.report()
        loop.step(slope)
        same(loop.report(), before - 0.1 * slope.mean(-2, keepdim=True), 9, "mean step")


@pytest.mark.parametrize("K", [1, 3])
@pytest.mark.parametrize(("topology", "M"), [(Ring(), 5), (LAZY, 4)], ids=repr)
def test_its_numbers_are_those_of_the_theory(topology, M, K):
    """sqrt C_w <= F + K / (1 - rate) and N_w <= K / (1 - rate^2) + (K - 1) / 2."""
    rate, within = mixing_rate(topology.weights(M, 0)), np.sqrt(K * (K - 1) / 2)
    algorithm = OLDSGD(local_steps=K, step_size=0.1, topology=topology)
    whole, mean_square = gossip_numbers(algorithm, M, 30)
    assert 0.9 * K / (1 - rate) <= whole <= within + K / (1 - rate) + 1e-12
    closed = K / (1 - rate**2) + (K - 1) / 2
    assert 0.9 * closed <= mean_square <= closed + 1e-12


def test_no_bound_for_every_number_of_workers_is_read_off_a_graph():
    with pytest.raises(NotExchangeable, match=r"oldsgd has no form .* workers have places"):
        mixing(OLDSGD(local_steps=2, step_size=0.1))


def test_a_topology_that_moves_agreeing_workers_is_refused():
    with pytest.raises(ValueError, match="topology=star must have rows that sum to 1"):
        OLDSGD(local_steps=2, step_size=0.1, topology=Star())


@pytest.mark.ranks
def test_messages_go_to_neighbours_only():
    problem = Tilted(num_workers=4, size=7, gradient_noise=0.5)
    algorithm = OLDSGD(local_steps=2, step_size=0.1)
    for rank in distribute(algorithm, problem, num_ranks=4, num_rounds=5, seeds=(0,)):
        assert rank.ledger.wire_bytes == rank.ledger.received_bytes == 5 * 2 * 7 * 8
