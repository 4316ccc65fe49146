"""Control variates: against the published loop, at the optimum, and where Local SGD is biased."""

import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.averaging.scaffold import Scaffold, Variate
from empirical.algorithms.wrappers.compressed import Compressed
from empirical.components.inner_rule import HeavyBall
from empirical.loop import Loop
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.mixing import mixing
from empirical.runtime.communication_cost import Counted
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked
from tests.empirical.algorithms.overlap.test_delayed_averaging import promised_over_measured

BOTH = pytest.mark.parametrize("variate", Variate, ids=lambda item: item.name.lower())
UNLIKE = Quadratic(num_workers=4, size=3, lowest=0.2, heterogeneity=2.0, start=1.5)


def unlike(x):
    return UNLIKE.gradient(x, range(4))


@BOTH
def test_it_is_the_published_loop(variate):
    """Option II as it is printed there: c_i+ = c_i - c + (x - y_i) / (K eta_l)."""
    gradient, start = bent_gradient(0, batch=1)
    eta, K, M, outer = 0.1, 3, 4, 1.3
    algorithm = Scaffold(local_steps=K, step_size=eta, outer_step_size=outer, variate=variate)
    x = start[0, 0]
    c, variates = torch.zeros_like(x), [torch.zeros_like(x) for _ in range(M)]
    loop = Loop(algorithm, Stacked(M), start)
    for _ in range(6):
        same(loop.report()[0, 0], x, 18, "round start")
        y = x.expand(M, -1).clone()
        first = gradient(y)
        for _ in range(K):
            same(loop.gradient_point[0], y, 18, "local iterates")
            loop.step(gradient(loop.gradient_point))
            slopes = gradient(y)
            y = torch.stack([y[i] - eta * (slopes[i] + c - variates[i]) for i in range(M)])
        if variate is Variate.FIRST_GRADIENT:
            fresh = list(first)
        else:
            fresh = [variates[i] - c + (x - y[i]) / (K * eta) for i in range(M)]
        x = x + outer / M * sum(y[i] - x for i in range(M))
        c = c + sum(fresh[i] - variates[i] for i in range(M)) / M
        variates = fresh
    same(loop.state.own[0], torch.stack(variates), 18, "variates")
    same(loop.state.c[0, 0], c, 18, "common variate")


@BOTH
def test_the_common_variate_is_the_mean_of_all(variate):
    gradient, start = bent_gradient(1)
    algorithm = Scaffold(local_steps=2, step_size=0.1, outer_step_size=0.5, variate=variate)
    loop = Loop(algorithm, Stacked(4), start)
    for _ in range(9):
        loop.step(gradient(loop.gradient_point))
    same(loop.state.c, loop.state.own.mean(-2, keepdim=True), 9, "mean of variates")


@BOTH
def test_at_the_optimum_with_the_right_variates_nobody_drifts(variate):
    """Each worker's own gradient is far from 0 there."""
    algorithm = Scaffold(local_steps=3, step_size=0.2, variate=variate)
    optimum = torch.zeros(4, 3, dtype=torch.float64)
    loop = Loop(algorithm, Stacked(4), optimum)
    right = unlike(optimum)
    loop.state = loop.state._replace(own=right, c=right.mean(0, keepdim=True))
    for _ in range(12):
        loop.step(unlike(loop.gradient_point))
        assert loop.gradient_point.abs().max() <= 1e-15
    assert right.norm(dim=-1).min() > 0.5


@BOTH
def test_on_unlike_quadratics_it_finds_the_optimum_and_local_sgd_another_point(variate):
    """Local SGD ends where sum_m (I - (I - eta A_m)^K) (x - x*_m) = 0; x* is 0."""
    eta, K = 0.2, 4
    eye, zero = torch.eye(3, dtype=torch.float64), torch.zeros(4, 3, dtype=torch.float64)
    tilts = unlike(zero)
    hessians = torch.stack([unlike(zero + row) - tilts for row in eye], dim=-1)
    moved = eye - torch.linalg.matrix_power(eye - eta * hessians, K)
    optima = -torch.linalg.solve(hessians, tilts.unsqueeze(-1))
    biased = torch.linalg.solve(moved.sum(0), (moved @ optima).sum(0)).squeeze(-1)
    start = UNLIKE.initial_point().expand(4, -1)
    local = drive(LocalSGD(local_steps=K, step_size=eta), unlike, start, 480)[-1][0]
    torch.testing.assert_close(local, biased, rtol=1e-9, atol=1e-9)
    assert biased.norm() > 0.05
    corrected = Scaffold(local_steps=K, step_size=eta, variate=variate)
    assert drive(corrected, unlike, start, 480)[-1].norm() < 1e-9


@BOTH
def test_its_first_round_is_local_sgds(variate):
    gradient, start = bent_gradient(2)
    found = drive(Scaffold(local_steps=4, step_size=0.1, variate=variate), gradient, start, 4)
    local = drive(LocalSGD(local_steps=4, step_size=0.1), gradient, start, 4)
    same(found[-1], local[-1], 4, "no variates yet")


@BOTH
def test_one_worker_runs_plain_sgd(variate):
    gradient, x = bent_gradient(3, workers=1)
    loop = Loop(Scaffold(local_steps=3, step_size=0.1, variate=variate), Stacked(1), x)
    for _ in range(11):
        same(loop.gradient_point, x, 11, "one worker")
        loop.step(gradient(loop.gradient_point))
        x = x - 0.1 * gradient(x)


def test_the_outer_step_stretches_the_mean_of_a_round():
    constant = torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    algorithm = Scaffold(local_steps=3, step_size=0.1, outer_step_size=1.7)
    points = drive(algorithm, constant.expand_as, torch.zeros(4, 2, dtype=torch.float64), 9)
    expected = -1.7 * 0.3 * constant * (torch.arange(10) // 3)[:, None, None]
    same(points, expected, 9, "outer step")


def test_a_message_holds_two_differences():
    gradient, start = bent_gradient(4, batch=1)
    algorithm = Scaffold(local_steps=2, step_size=0.1)
    transport = Counted(Stacked(4))
    loop = Loop(algorithm, transport, start)
    for _ in range(6):
        loop.step(gradient(loop.gradient_point))
    assert transport.ledger.wire_bytes == 3 * 2 * 5 * 8
    far = algorithm.post(algorithm.local_step(algorithm.init(start + 7), gradient(start)))[0]
    near = algorithm.post(algorithm.local_step(algorithm.init(start), gradient(start)))[0]
    torch.testing.assert_close(far, near)
    assert not algorithm.sends_points
    plain = Compressed(base=algorithm)
    same(drive(plain, gradient, start, 9), drive(algorithm, gradient, start, 9), 9, "uncompressed")


def test_a_move_keeps_variates_and_memory():
    gradient, start = bent_gradient(5)
    algorithm = Scaffold(local_steps=2, step_size=0.1, inner_rule=HeavyBall(0.5))
    loop = Loop(algorithm, Stacked(4), start)
    for _ in range(3):
        loop.step(gradient(loop.gradient_point))
    moved = algorithm.moved(loop.state, torch.zeros(2, 1, 5, dtype=torch.float64))
    for kept in ("own", "c"):
        assert torch.equal(getattr(moved, kept), getattr(loop.state, kept))
        assert getattr(moved, kept).abs().max() > 0
    assert torch.equal(moved.inner[0], loop.state.inner[0])
    assert (moved.step, moved.x.any(), moved.z.any(), moved.seen.any()) == (0, False, False, False)


@pytest.mark.parametrize("K", [1, 2, 5])
@pytest.mark.parametrize("outer", [1.0, 0.6])
@BOTH
def test_its_four_numbers(K, outer, variate):
    """w_ts is 1 within the round, less j / K (option II) or j at the first gradient (option I) of

    the round before, j steps into the round; the mean is Lookahead's:
    N_w = (K - 1) / 2 + S / K of S = (K - 1)(2 K - 1) / 6, or + S; C_w <= (F + sqrt S)^2 or
    (F + sqrt(K S))^2; C_m <= ((1 - lambda) F)^2 and N_m = (1 - lambda)^2 (K - 1) / 2.
    """
    algorithm = Scaffold(local_steps=K, step_size=0.1, outer_step_size=outer, variate=variate)
    numbers, within = mixing(algorithm).numbers, np.sqrt(K * (K - 1) / 2)
    squares = (K - 1) * (2 * K - 1) / 6
    alone = variate is Variate.FIRST_GRADIENT
    assert float(numbers.effective_step) == pytest.approx(outer, rel=1e-12)
    closed = (K - 1) / 2 + (squares if alone else squares / K)
    assert float(numbers.N_w) == pytest.approx(closed, rel=1e-7, abs=1e-12)
    before = np.sqrt(K * squares if alone else squares)
    assert float(numbers.C_w) <= (within + before) ** 2 * (1 + 1e-7) + 1e-12
    assert float(numbers.N_m) == pytest.approx((1 - outer) ** 2 * (K - 1) / 2, rel=1e-7, abs=1e-12)
    assert float(numbers.C_m) <= ((1 - outer) * within) ** 2 * (1 + 1e-7) + 1e-12


@BOTH
def test_the_bound_of_its_own_numbers_holds(variate):
    """At the conserved mean; it knows heterogeneity, which the method's own theorem does not."""
    algorithm = Scaffold(local_steps=3, step_size=0.02, variate=variate)
    assert 1 < promised_over_measured(algorithm) < 10


def test_bad_values_are_refused():
    with pytest.raises(ValueError, match="outer_step_size=0 must be a number > 0"):
        Scaffold(local_steps=2, step_size=0.1, outer_step_size=0)
