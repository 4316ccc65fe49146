from dataclasses import replace

import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.wrappers.fed_opt import FedOpt
from empirical.algorithms.wrappers.slowmo import SlowMo
from empirical.components.inner_rule import HeavyBall
from empirical.components.topology import Exponential, Ring
from empirical.loop import Loop
from empirical.readings.mixing import mixing
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked
from theory.measures import ReportPoint

STEPS = 20


def by_hand(gradient, start, *, eta, alpha, beta, K, mix=None, exact=True):
    """Algorithm 1 as it stands; mix(x, n) is the n-th gossip step of the base, none for None."""
    x, z, u, met, points = start[0], start[0], torch.zeros_like(start[0]), 0, []
    for t in range(1, STEPS + 1):
        points.append(x.mean(0))
        x = x - eta * gradient(x[None])[0]
        outer = t % K == 0
        if mix is not None and not (outer and exact):
            x, met = mix(x, met), met + 1
        if outer:
            reached = x.mean(0, keepdim=True).expand_as(x) if exact else x
            u = beta * u + (z - reached) / eta
            z = z - alpha * eta * u
            x = z
    return torch.stack([*points, x.mean(0)])


def found(algorithm, gradient, start):
    return drive(algorithm, gradient, start, STEPS)[:, 0, 0]


def test_without_momentum_and_with_unit_step_it_is_local_sgd():
    gradient, start = bent_gradient(1)
    slow = SlowMo(local_steps=3, step_size=0.1, slow_momentum=0.0)
    local = LocalSGD(local_steps=3, step_size=0.1)
    same(*(drive(item, gradient, start, STEPS) for item in (slow, local)), STEPS, "Local SGD")


def test_with_one_step_a_round_it_is_heavy_ball_minibatch():
    gradient, start = bent_gradient(2)
    slow = SlowMo(local_steps=1, step_size=0.1, slow_momentum=0.6)
    large = MinibatchSGD(local_steps=1, step_size=0.1, inner_rule=HeavyBall(0.6))
    same(*(drive(item, gradient, start, STEPS) for item in (slow, large)), STEPS, "heavy ball")


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.5), (0.7, 0.0), (1.4, 0.8)])
def test_over_local_sgd_it_is_algorithm_1(alpha, beta):
    gradient, start = bent_gradient(3, batch=1)
    slow = SlowMo(local_steps=3, step_size=0.1, slow_step_size=alpha, slow_momentum=beta)
    expected = by_hand(gradient, start, eta=0.1, alpha=alpha, beta=beta, K=3)
    same(found(slow, gradient, start), expected, STEPS, "Algorithm 1")


def test_with_unit_step_it_is_bmuf():
    """Block momentum on blocks' updates: D <- beta D + (mean x - z), z <- z + D."""
    gradient, start = bent_gradient(4, batch=1)
    x, z, block, expected = start[0], start[0, 0], torch.zeros(5, dtype=torch.float64), []
    for t in range(1, STEPS + 1):
        expected.append(x.mean(0))
        x = x - 0.1 * gradient(x[None])[0]
        if t % 4 == 0:
            block = 0.7 * block + (x.mean(0) - z)
            z = z + block
            x = z.expand_as(x)
    slow = SlowMo(local_steps=4, step_size=0.1, slow_momentum=0.7)
    same(found(slow, gradient, start)[:-1], torch.stack(expected), STEPS, "BMUF")


def test_one_worker_without_momentum_is_lookahead():
    """Fast weights take K steps, slow ones go alpha of the way; fast ones start again there."""
    gradient, start = bent_gradient(5, workers=1, batch=1)
    fast = slow = start[0, 0]
    expected = []
    for t in range(1, STEPS + 1):
        expected.append(fast)
        fast = fast - 0.1 * gradient(fast[None, None])[0, 0]
        if t % 5 == 0:
            slow = slow + 0.4 * (fast - slow)
            fast = slow
    method = SlowMo(local_steps=5, step_size=0.1, slow_step_size=0.4, slow_momentum=0.0)
    same(found(method, gradient, start)[:-1], torch.stack(expected), STEPS, "Lookahead")


def ring(x, _):
    return (x + x.roll(1, 0) + x.roll(-1, 0)) / 3


def one_peer(x, met):
    """Everybody hears the one 1, then 2, then 4 places before it, in turn."""
    return (x + x.roll(2 ** (met % 3), 0)) / 2


@pytest.mark.parametrize("exact", [True, False], ids=["exact", "noaverage"])
@pytest.mark.parametrize(
    ("topology", "mix"), [(Ring(), ring), (Exponential(), one_peer)], ids=["ring", "exponential"]
)
def test_over_gossip_it_is_algorithm_1(topology, mix, exact):
    gradient, start = bent_gradient(6, workers=6, batch=1)
    base = DecentralizedSGD(local_steps=1, step_size=0.1, topology=topology)
    slow = SlowMo(
        base=base, local_steps=4, slow_step_size=0.9, slow_momentum=0.6, exact_average=exact
    )
    settings = {"eta": 0.1, "alpha": 0.9, "beta": 0.6, "K": 4}
    expected = by_hand(gradient, start, **settings, mix=mix, exact=exact)
    same(found(slow, gradient, start), expected, STEPS, "Algorithm 1 over gossip")


class Noting(Stacked):
    """Notes who is heard, and what it costs."""

    def __init__(self, num_workers):
        super().__init__(num_workers)
        self.sent = []

    def post(self, message, weights=None):
        self.sent.append((weights is None, self.traffic(message, weights).sent // 8))
        return super().post(message, weights)


@pytest.mark.parametrize(
    ("exact", "last"), [(True, [(True, 5)]), (False, [(False, 10), (False, 0)])]
)
def test_an_exact_average_takes_the_place_of_gossip_and_none_is_free(exact, last):
    """Neighbours are sent two vectors of 5 numbers a step; the mean is one vector."""
    gradient, start = bent_gradient(0, batch=1)
    base = DecentralizedSGD(local_steps=1, step_size=0.1)
    slow = SlowMo(base=base, local_steps=3, slow_momentum=0.5, exact_average=exact)
    transport = Noting(4)
    loop = Loop(slow, transport, start)
    for _ in range(6):
        loop.step(gradient(loop.gradient_point))
    assert transport.sent == 2 * [*2 * [(False, 10)], *last]


def test_at_one_step_size_it_is_heavy_ball_on_what_a_round_did():
    gradient, start = bent_gradient(7)
    settings = {"local_steps": 3, "step_size": 0.1}
    slow = SlowMo(**settings, slow_step_size=0.8, slow_momentum=0.6)
    plain = FedOpt(**settings, outer_step_size=0.8, outer_rule=HeavyBall(0.6))
    same(*(drive(item, gradient, start, STEPS) for item in (slow, plain)), STEPS, "heavy ball")


def test_after_a_change_of_step_size_the_buffer_counts_gradients():
    """A constant slope c: one round at eta, then one at eta / 2; the second step is by hand."""
    slope = torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    start, eta, alpha, beta, K = torch.zeros(4, 2, dtype=torch.float64), 0.1, 0.8, 0.6, 3
    settings = {"local_steps": K, "step_size": eta}
    slow = SlowMo(**settings, slow_step_size=alpha, slow_momentum=beta)
    plain = FedOpt(**settings, outer_step_size=alpha, outer_rule=HeavyBall(beta))
    reached = {}
    for method in (slow, plain):
        loop = Loop(method, Stacked(4), start)
        for _ in range(K):
            loop.step(slope.expand_as(start))
        halved = replace(method, step_size=eta / 2)
        loop = Loop.resumed(halved, Stacked(4), loop.snapshot())
        for _ in range(K):
            loop.step(slope.expand_as(start))
        reached[type(method)] = loop.report()
    first = alpha * eta * K
    gradients = first + alpha * (eta / 2) * (beta * K + K)
    parameters = first + alpha * (beta * eta * K + (eta / 2) * K)
    same(reached[SlowMo], -gradients * slope, 2 * K, "buffer in units of the gradient")
    same(reached[FedOpt], -parameters * slope, 2 * K, "buffer in units of the parameters")


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.7), (0.6, 0.5), (2.0, 0.0)])
def test_it_has_the_known_mixing_numbers(alpha, beta):
    K = 3
    slow = SlowMo(local_steps=K, step_size=0.1, slow_step_size=alpha, slow_momentum=beta)
    read = mixing(slow)
    c, F = alpha / (1 - beta), np.sqrt(K * (K - 1) / 2)
    assert read.effective_step == pytest.approx(c, rel=1e-12)
    assert float(read.numbers.N_w) == pytest.approx((K - 1) / 2, rel=1e-7)
    N_m = (c * beta) ** 2 * K / (1 - beta**2) + (1 - c) ** 2 * (K - 1) / 2
    assert float(read.numbers.N_m) == pytest.approx(N_m, rel=1e-7)
    assert float(read.numbers.C_w) <= F**2 * (1 + 1e-9)
    assert float(read.numbers.C_m) <= (c * beta * K / (1 - beta) + abs(1 - c) * F) ** 2


def test_the_virtual_sequence_moves_by_the_mean_gradient():
    """Y = c x̄ + (1 - c) z - c beta eta u has y_{t+1} = y_t - c eta ḡ_t, c = alpha / (1 - beta)."""
    gradient, start = bent_gradient(8)
    eta, alpha, beta = 0.1, 0.8, 0.6
    slow = SlowMo(local_steps=3, step_size=eta, slow_step_size=alpha, slow_momentum=beta)
    c, loop = alpha / (1 - beta), Loop(slow, Stacked(4), start)

    def virtual():
        state = loop.state
        mean = state.base.x.mean(-2, keepdim=True)
        return c * mean + (1 - c) * state.z - c * beta * eta * state.outer[0]

    expected = virtual()
    same(expected, start[..., :1, :], 1, "start")
    for _ in range(STEPS):
        slope = gradient(loop.gradient_point)
        expected = expected - c * eta * slope.mean(-2, keepdim=True)
        loop.step(slope)
        same(virtual(), expected, STEPS, "virtual sequence")


def test_it_reports_what_its_base_reports():
    assert SlowMo(local_steps=2, step_size=0.1, slow_momentum=0.5).report_point is (
        ReportPoint.MEAN_ITERATE
    )
    large = SlowMo(base=MinibatchSGD(local_steps=2, step_size=0.1), slow_momentum=0.5)
    assert large.report_point is ReportPoint.ROUND_START


@pytest.mark.parametrize(
    ("field", "value"), [("slow_step_size", 0), ("slow_momentum", 1), ("step_size", 0)]
)
def test_bad_values_are_refused(field, value):
    settings = {"local_steps": 2, "step_size": 0.1, "slow_momentum": 0.5, field: value}
    with pytest.raises(ValueError, match=f"{field}={value} must be"):
        SlowMo(**settings)


@pytest.mark.parametrize("base", [LocalSGD, MinibatchSGD])
def test_without_an_average_somebody_has_to_mix(base):
    with pytest.raises(ValueError, match="exact_average=False needs a base whose workers mix"):
        SlowMo(base=base(local_steps=2, step_size=0.1), slow_momentum=0.5, exact_average=False)
