"""Push-sum: against the matrix form, mass in flight included, and bytes on real ranks."""

import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.stochastic_gradient_push import StochasticGradientPush
from empirical.algorithms.overlap.oldsgd import OLDSGD
from empirical.components.inner_rule import Nesterov, WeightDecay
from empirical.components.topology import Exponential, Given, Ring, Star
from empirical.loop import Loop
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.distribute import distribute
from empirical.readings.linear.linear_form import LinearForm, NotLinear
from empirical.readings.performance_estimation.iterate_coefficients import trace
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked
from theory.measures import ReportPoint

UNEVEN = Given(
    ((0.5, 0.2, 0.0, 0.4), (0.3, 0.5, 0.6, 0.0), (0.0, 0.3, 0.4, 0.3), (0.2, 0.0, 0.0, 0.3))
)
"""Directed; columns sum to 1, and rows to 1.1, 1.4, 1 and 0.5."""

GRAPHS = [Star(), UNEVEN, Exponential(), Ring()]


def matrix(topology, communication):
    return torch.from_numpy(topology.weights(4, communication))


@pytest.mark.parametrize("topology", GRAPHS, ids=str)
@pytest.mark.parametrize("K", [1, 3])
def test_it_is_push_sum_with_gradients(topology, K):
    """X <- P (X - eta G(X / w)), w <- P w."""
    gradient, x = bent_gradient(0)
    w = torch.ones(4, 1, dtype=torch.float64)
    algorithm = StochasticGradientPush(local_steps=K, step_size=0.1, topology=topology)
    loop = Loop(algorithm, Stacked(4), x)
    for t in range(1, 14):
        same(loop.gradient_point, x / w, 14, "de-biased")
        same(loop.report(), x.mean(-2, keepdim=True), 14, "report point")
        loop.step(gradient(loop.gradient_point))
        x = x - 0.1 * gradient(x / w)
        if t % K == 0:
            P = matrix(topology, t // K - 1)
            x, w = P @ x, P @ w
    assert topology.points_stay or (w - 1).abs().max() > 0.3


@pytest.mark.parametrize("topology", GRAPHS, ids=str)
def test_overlapped_by_one_step_a_worker_keeps_its_own_share_and_the_rest_comes_later(topology):
    """The source's overlapped form, its own share kept at once, the others' a step late."""
    gradient, x = bent_gradient(1)
    w = torch.ones(4, 1, dtype=torch.float64)
    algorithm = StochasticGradientPush(
        local_steps=1, step_size=0.1, topology=topology, overlap=True
    )
    loop = Loop(algorithm, Stacked(4), x)
    flying = (torch.zeros_like(x), torch.zeros_like(w))
    for t in range(14):
        same(loop.gradient_point, x / w, 14, "de-biased")
        loop.step(gradient(loop.gradient_point))
        x = x - 0.1 * gradient(x / w) + flying[0]
        w = w + flying[1]
        P = matrix(topology, t)
        own = torch.diagonal(P).unsqueeze(-1)
        others = P - torch.diag(torch.diagonal(P))
        flying = (others @ x, others @ w)
        x, w = own * x, own * w


@pytest.mark.parametrize("topology", GRAPHS, ids=str)
@pytest.mark.parametrize("overlap", [False, True])
@pytest.mark.parametrize("K", [1, 2])
def test_mass_is_conserved_at_every_moment(topology, overlap, K):
    """All weights sum to M; numerators to M x_0 less eta times all gradients, in flight or not."""
    gradient, start = bent_gradient(2)
    algorithm = StochasticGradientPush(
        local_steps=K, step_size=0.1, topology=topology, overlap=overlap
    )
    loop, total = Loop(algorithm, Stacked(4), start), torch.zeros(2, 1, 5, dtype=torch.float64)
    four = torch.full((2, 1, 1), 4.0, dtype=torch.float64)
    for _ in range(12):
        slope = gradient(loop.gradient_point)
        total = total + slope.mean(-2, keepdim=True)
        loop.step(slope)
        mass = loop.state.x.mean(-2, keepdim=True)
        same(mass, start[:, :1] - 0.1 * total, 12, "numerators")
        same(loop.report(), mass, 12, "report point")
        same(loop.state.w.sum(-2, keepdim=True), four, 12, "weights")
        assert loop.state.w.min() > 0


def test_iterates_agree_where_numerators_do_not():
    """Without gradients all z_m reach x̄; numerators keep the hub's share, w ~ (M, 2, ..., 2)."""
    algorithm = StochasticGradientPush(local_steps=1, step_size=0.1, topology=Star())
    start = torch.randn(4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    loop = Loop(algorithm, Stacked(4), start)
    for _ in range(200):
        loop.step(torch.zeros_like(start))
    mean = start.mean(0, keepdim=True)
    same(loop.gradient_point, mean.expand(4, -1), 200, "consensus")
    weights = 4 * torch.tensor([[4.0], [2.0], [2.0], [2.0]], dtype=torch.float64) / 10
    same(loop.state.w, weights, 200, "weights")
    same(loop.state.x, weights * mean, 200, "numerators")


@pytest.mark.parametrize("topology", [Ring(), Exponential(), Exponential(one_peer=False)], ids=str)
@pytest.mark.parametrize("K", [1, 3])
def test_with_rows_that_sum_to_1_it_is_decentralized_sgd(topology, K):
    gradient, start = bent_gradient(3)
    shared = {
        "local_steps": K,
        "step_size": 0.1,
        "topology": topology,
        "inner_rule": WeightDecay(0.1, Nesterov(0.5)),
    }
    pairs = [(DecentralizedSGD(**shared), False), (OLDSGD(**shared), True)]
    for plain, overlap in pairs:
        push = drive(StochasticGradientPush(**shared, overlap=overlap), gradient, start, 14)
        same(push, drive(plain, gradient, start, 14), 14, "doubly stochastic")


def test_weight_decay_acts_on_the_iterates():
    """One worker's step from numerator 6 and weight 2: z = 3 moves by -eta (g + rate z)."""
    algorithm = StochasticGradientPush(
        local_steps=1, step_size=0.1, topology=Star(), inner_rule=WeightDecay(0.5)
    )
    state = algorithm.init(torch.full((1, 1), 6.0, dtype=torch.float64))
    state = state._replace(w=torch.full((1, 1), 2.0, dtype=torch.float64))
    after = algorithm.local_step(state, torch.ones(1, 1, dtype=torch.float64))
    assert after.x.item() == pytest.approx(6 - 0.1 * (1 + 0.5 * 3), rel=1e-14)


def test_on_unlike_quadratics_it_comes_as_near_the_optimum_as_its_step_is_small():
    """On a directed graph without weights the hub's function would count for more."""
    centres = torch.tensor([[8.0], [0.0], [0.0], [0.0]], dtype=torch.float64)
    ends = []
    for step_size in (0.02, 0.01):
        algorithm = StochasticGradientPush(local_steps=1, step_size=step_size, topology=Star())
        loop = Loop(algorithm, Stacked(4), torch.zeros(4, 1, dtype=torch.float64))
        for _ in range(1200):
            loop.step(loop.gradient_point - centres)
        ends.append(abs(loop.report().item() - 2.0))
    assert ends[1] < 0.55 * ends[0] < 0.1


def test_its_weights_have_no_row_in_an_exact_reading():
    with pytest.raises(NotLinear, match="its state holds more than vectors like x"):
        LinearForm(StochasticGradientPush(local_steps=1, step_size=0.1), 3).at(0)


def test_a_run_on_basis_vectors_shows_its_iterates_as_points():
    """For worst cases: coefficients of x_0 are 1, though numerators carry w of it."""
    algorithm = StochasticGradientPush(local_steps=1, step_size=0.1, topology=Star())
    found = trace(algorithm, num_workers=3, num_rounds=3)
    assert found.num_steps == 3
    np.testing.assert_allclose([rows[:, 0] for rows in found.visited], 1, rtol=1e-14)
    np.testing.assert_allclose(found.reports[-1, 1:], np.full(9, -0.1 / 3), rtol=1e-12)


def test_it_reports_what_nothing_but_gradients_moves():
    algorithm = StochasticGradientPush(local_steps=2, step_size=0.1, overlap=True)
    assert algorithm.report_point is ReportPoint.CONSERVED_MEAN
    assert algorithm.comm_delay == 2
    assert not algorithm.workers_alike


def test_a_move_keeps_the_memory_and_forgets_the_weights():
    gradient, start = bent_gradient(4)
    algorithm = StochasticGradientPush(
        local_steps=1, step_size=0.1, topology=Star(), inner_rule=Nesterov(0.5)
    )
    loop = Loop(algorithm, Stacked(4), start)
    loop.step(gradient(loop.gradient_point))
    moved = algorithm.moved(loop.state, torch.zeros(2, 1, 5, dtype=torch.float64))
    assert torch.equal(moved.inner[0], loop.state.inner[0])
    assert (moved.w == 1).all()
    assert not moved.x.any()


@pytest.mark.ranks
def test_a_hub_sends_to_all_and_others_to_the_hub_alone():
    """d numbers and a weight of 8 bytes each a message, in each of R rounds."""
    problem = Tilted(num_workers=4, size=7, gradient_noise=0.5)
    algorithm = StochasticGradientPush(local_steps=2, step_size=0.1, topology=Star(), overlap=True)
    ranks = distribute(algorithm, problem, num_ranks=4, num_rounds=5, seeds=(0,))
    messages = np.array([rank.ledger.wire_bytes for rank in ranks]) / (5 * (7 + 1) * 8)
    assert messages.tolist() == [3, 1, 1, 1]
    assert [rank.ledger.received_bytes for rank in ranks] == [
        rank.ledger.wire_bytes for rank in ranks
    ]
