"""Gossip: against matrices by hand, the theory's numbers for them, and bytes on real ranks."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import HeavyBall
from empirical.components.topology import COMPLETE, Exponential, Given, Ring, Star, mixing_rate
from empirical.loop import Loop
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.distribute import distribute
from empirical.readings.linear.linear_form import LinearForm, NotExchangeable
from empirical.readings.mixing import mixing
from empirical.testing import algorithm_laws, rank_laws
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked

LAZY = Given(
    ((0.7, 0.2, 0.0, 0.1), (0.2, 0.5, 0.3, 0.0), (0.0, 0.3, 0.4, 0.3), (0.1, 0.0, 0.3, 0.6))
)
"""Symmetric, and no circle."""


def matrix(topology, num_workers, communication=0):
    return torch.from_numpy(topology.weights(num_workers, communication))


def gossip_numbers(algorithm, num_workers, num_rounds):
    """sqrt C_w and N_w of a finite run, operator norms taken over the workers."""
    form, K = LinearForm(algorithm, num_workers), algorithm.local_steps
    T, M = K * num_rounds, num_workers
    rows, weights = np.zeros((len(form.start), T * M)), np.zeros((T, M, T, M))
    for t in range(T):
        step, inputs = form.at(t), np.zeros((M, T * M))
        weights[t] = -(step.points @ rows).reshape(M, T, M) / algorithm.step_size
        inputs[:, t * M : (t + 1) * M] = np.eye(M)
        rows = step.keep @ rows + step.take @ inputs
    apart = np.eye(M) - 1 / M
    weights = np.einsum("im,tmsj,jk->tisk", apart, weights, apart)
    blocks = np.linalg.norm(weights.transpose(0, 2, 1, 3), 2, axis=(2, 3))
    whole = np.linalg.norm(weights.reshape(T * M, T * M), 2)
    return float(whole), float((blocks**2).sum() / T)


@pytest.mark.parametrize("topology", [LAZY, Ring(), Exponential()], ids=repr)
@pytest.mark.parametrize("K", [1, 3])
def test_iterates_are_mixed_by_the_matrix(topology, K):
    gradient, x = bent_gradient(0)
    loop = Loop(DecentralizedSGD(local_steps=K, step_size=0.1, topology=topology), Stacked(4), x)
    for t in range(1, 14):
        same(loop.gradient_point, x, 14, "by hand")
        loop.step(gradient(loop.gradient_point))
        x = x - 0.1 * gradient(x)
        x = matrix(topology, 4, t // K - 1) @ x if t % K == 0 else x


def test_averaged_memory_is_mixed_as_well():
    gradient, x = bent_gradient(1)
    algorithm = DecentralizedSGD(
        local_steps=1,
        step_size=0.1,
        topology=LAZY,
        inner_rule=HeavyBall(0.5),
        memory=BufferPolicy.AVERAGE,
    )
    loop, W, u = Loop(algorithm, Stacked(4), x), matrix(LAZY, 4), torch.zeros_like(x)
    for _ in range(6):
        loop.step(gradient(loop.gradient_point))
        u = 0.5 * u + gradient(x)
        x, u = W @ (x - 0.1 * u), W @ u
    same(loop.state.x, x, 6, "iterates")
    same(loop.state.inner[0], u, 6, "memory")


def test_on_the_complete_graph_it_is_local_sgd():
    gradient, start = bent_gradient(2)
    gossip = DecentralizedSGD(local_steps=3, step_size=0.1, topology=COMPLETE)
    local = drive(LocalSGD(local_steps=3, step_size=0.1), gradient, start, 14)
    assert torch.equal(drive(gossip, gradient, start, 14), local)
    algorithm_laws.workers_are_exchangeable(gossip, gradient, start, [2, 0, 3, 1], 14)


def test_the_mean_moves_by_the_mean_gradient_alone():
    gradient, start = bent_gradient(3)
    algorithm = DecentralizedSGD(local_steps=2, step_size=0.1, topology=LAZY)
    loop = Loop(algorithm, Stacked(4), start)
    for _ in range(9):
        slope, before = gradient(loop.gradient_point), loop.report()
        loop.step(slope)
        same(loop.report(), before - 0.1 * slope.mean(-2, keepdim=True), 9, "mean step")


def test_deviations_shrink_by_the_mixing_rate():
    """Without gradients |X - x̄| falls at least by the second singular value a round."""
    algorithm = DecentralizedSGD(local_steps=1, step_size=0.1, topology=LAZY)
    start = torch.randn(4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    loop, rate = Loop(algorithm, Stacked(4), start), mixing_rate(LAZY.weights(4, 0))
    spreads = []
    for _ in range(40):
        spreads.append((loop.state.x - loop.state.x.mean(0)).norm().item())
        loop.step(torch.zeros_like(start))
    assert all(after <= rate * before * (1 + 1e-12) for before, after in pairwise(spreads[:20]))
    assert spreads[-1] / spreads[-2] == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize("K", [1, 3])
@pytest.mark.parametrize(("topology", "M"), [(Ring(), 5), (LAZY, 4)], ids=repr)
def test_its_numbers_are_those_of_the_theory(topology, M, K):
    """sqrt C_w <= F + K rate / (1 - rate), N_w <= K rate^2 / (1 - rate^2) + (K - 1) / 2."""
    algorithm = DecentralizedSGD(local_steps=K, step_size=0.1, topology=topology)
    rate, within = mixing_rate(topology.weights(M, 0)), np.sqrt(K * (K - 1) / 2)
    whole, mean_square = gossip_numbers(algorithm, M, 30)
    assert 0.9 * K * rate / (1 - rate) <= whole <= within + K * rate / (1 - rate) + 1e-12
    closed = K * rate**2 / (1 - rate**2) + (K - 1) / 2
    assert 0.9 * closed <= mean_square <= closed + 1e-12


def test_no_bound_for_every_number_of_workers_is_read_off_a_graph():
    with pytest.raises(NotExchangeable, match=r"decentralized_sgd has no form .* have places"):
        mixing(DecentralizedSGD(local_steps=2, step_size=0.1))


@pytest.mark.parametrize("topology", [Star(), Given(((0.5, 0.6), (0.5, 0.4)))], ids=repr)
def test_a_matrix_that_moves_agreeing_workers_is_refused(topology):
    with pytest.raises(ValueError, match="must have rows that sum to 1; stochastic_gradient_push"):
        DecentralizedSGD(local_steps=1, step_size=0.1, topology=topology)


@pytest.mark.ranks
@pytest.mark.parametrize("num_ranks", [2, 4])
def test_a_given_matrix_on_ranks(num_ranks):
    problem = Tilted(num_workers=4, size=7, heterogeneity=1.0, gradient_noise=0.5)
    algorithm = DecentralizedSGD(local_steps=2, step_size=0.1, topology=LAZY)
    rank_laws.order_makes_layouts_equal_to_the_bit(algorithm, problem, num_ranks, num_rounds=6)


@pytest.mark.ranks
@pytest.mark.parametrize(
    ("topology", "num_ranks", "messages"),
    [(Ring(), 6, 2), (Ring(), 3, 2), (Exponential(), 6, 1), (Exponential(one_peer=False), 3, 4)],
    ids=str,
)
def test_messages_go_to_those_only_who_hear_them(topology, num_ranks, messages):
    """d numbers of 8 bytes a message, from rank to rank, in each of R rounds.

    On 3 ranks of 2 workers a ring crosses twice; of those 1, 2 and 4 places before, 4 live there.
    """
    problem = Tilted(num_workers=6, size=7, gradient_noise=0.5)
    algorithm = DecentralizedSGD(local_steps=2, step_size=0.1, topology=topology)
    for rank in distribute(algorithm, problem, num_ranks=num_ranks, num_rounds=5, seeds=(0,)):
        assert rank.ledger.wire_bytes == rank.ledger.received_bytes == 5 * messages * 7 * 8
        assert rank.ledger.messages == 5
