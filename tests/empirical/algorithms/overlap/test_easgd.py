import numpy as np
import pytest
import torch

from empirical.algorithms.overlap.easgd import EASGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.components.inner_rule import Nesterov
from empirical.loop import Loop
from empirical.readings.linear.linear_form import LinearForm
from empirical.readings.mixing import mixing
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked
from tests.empirical.algorithms.overlap.test_delayed_averaging import promised_over_measured
from theory.measures import ReportPoint


def elastic_matrix(M, alpha, rate):
    """W_alpha of Cooperative SGD where rate = M alpha, on the workers and then the anchor."""
    W = (1 - alpha) * np.eye(M + 1)
    W[:M, M] = alpha
    W[M, :M], W[M, M] = rate / M, 1 - rate
    return W


@pytest.mark.parametrize("rate", [4 * 0.15, 0.9], ids=["symmetric", "not"])
@pytest.mark.parametrize("K", [1, 3])
def test_it_is_cooperative_sgd_with_one_auxiliary_variable(rate, K):
    """X <- W_alpha (X - eta G), G = 0 for the anchor; the symmetric form reports 1'X / (M + 1)."""
    gradient, start = bent_gradient(0, batch=1)
    algorithm = EASGD(local_steps=K, step_size=0.1, pullback=0.15, anchor_rate=rate)
    W = torch.from_numpy(elastic_matrix(4, 0.15, rate))
    X = torch.cat([start[0], start[0, :1]])
    loop = Loop(algorithm, Stacked(4), start)
    weights = torch.tensor([rate / 4] * 4 + [0.15], dtype=torch.float64) / (rate + 0.15)
    for t in range(1, 14):
        same(loop.gradient_point[0], X[:4], 14, "workers")
        same(loop.report()[0, 0], weights @ X, 14, "report point")
        loop.step(gradient(loop.gradient_point))
        X = X - 0.1 * torch.cat([gradient(X[:4]), torch.zeros(1, 5)])
        X = W @ X if t % K == 0 else X
    if rate == 4 * 0.15:
        assert weights.tolist() == pytest.approx([1 / 5] * 5, rel=1e-14)


@pytest.mark.parametrize("alpha", [0.1, 2 / 6, 0.38])
def test_a_round_has_the_eigenvalues_of_the_theorem(alpha):
    """1, 1 - alpha and 1 - (M+1) alpha; at alpha = 2 / (M+2) the largest below 1 is M / (M+2)."""
    algorithm = EASGD(
        local_steps=1, step_size=0.1, pullback=alpha, anchor_rate=4 * alpha, blocking=True
    )
    found = np.sort(np.linalg.eigvals(LinearForm(algorithm, 4).at(0).keep).real)
    expected = np.sort([1, *[1 - alpha] * 3, 1 - 5 * alpha])
    np.testing.assert_allclose(found, expected, atol=1e-12)
    if alpha == 2 / 6:
        assert max(abs(found[:-1])) == pytest.approx(4 / 6, rel=1e-12)


def test_an_anchor_as_quick_as_workers_are_loose_is_overlaps():
    """With beta_e = 1 - alpha the anchor becomes the mean of the pulled workers."""
    gradient, start = bent_gradient(1)
    shared = {"local_steps": 3, "step_size": 0.1, "pullback": 0.3}
    elastic = Loop(EASGD(anchor_rate=0.7, **shared), Stacked(4), start)
    overlap = Loop(OverlapLocalSGD(**shared), Stacked(4), start)
    for _ in range(14):
        same(elastic.gradient_point, overlap.gradient_point, 14, "Overlap")
        same(elastic.report(), overlap.report(), 14, "Overlap's report point")
        elastic.step(gradient(elastic.gradient_point))
        overlap.step(gradient(overlap.gradient_point))


def test_hardly_pulled_they_are_independent_workers():
    gradient, x = bent_gradient(2)
    algorithm = EASGD(local_steps=2, step_size=0.1, pullback=1e-300, anchor_rate=0.9)
    found = drive(algorithm, gradient, x, 12)[-1]
    for _ in range(12):
        x = x - 0.1 * gradient(x)
    same(found, x.mean(-2, keepdim=True), 12, "pull-back 0")


def test_blocking_runs_through_the_same_points():
    gradient, start = bent_gradient(3)
    settings = {"local_steps": 3, "step_size": 0.1, "pullback": 0.2, "anchor_rate": 0.8}
    hidden, blocking = EASGD(**settings), EASGD(**settings, blocking=True)
    assert (hidden.comm_delay, blocking.comm_delay) == (3, 0)
    same(drive(hidden, gradient, start, 20), drive(blocking, gradient, start, 20), 20, "blocking")


def test_gradients_move_it_by_m_over_m_plus_1_in_the_symmetric_form():
    constant = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64)
    algorithm = EASGD(local_steps=3, step_size=0.1, pullback=0.2, anchor_rate=0.8)
    points = drive(algorithm, constant.expand_as, torch.zeros(4, 3, dtype=torch.float64), 14)
    expected = -0.1 * 4 / 5 * constant * torch.arange(15)[:, None, None]
    same(points, expected, 14, "effective step")
    assert algorithm.report_point is ReportPoint.CONSERVED_MEAN


def test_with_nesterovs_rule_it_is_eamsgd():
    """Steps by torch.optim.SGD, pulls by hand."""
    gradient, start = bent_gradient(4, batch=1)
    algorithm = EASGD(
        local_steps=2, step_size=0.1, pullback=0.2, anchor_rate=0.8, inner_rule=Nesterov(0.9)
    )
    loop, leaf = Loop(algorithm, Stacked(4), start), start[0].clone().requires_grad_()
    steps, z = torch.optim.SGD([leaf], lr=0.1, momentum=0.9, nesterov=True), start[0, :1]
    for t in range(1, 12):
        same(loop.gradient_point[0], leaf.detach(), 12, "EAMSGD")
        loop.step(gradient(loop.gradient_point))
        leaf.grad = gradient(leaf.detach())
        steps.step()
        if t % 2 == 0:
            x = leaf.detach().clone()
            leaf.data = x - 0.2 * (x - z)
            z = z + 0.8 * (x.mean(0) - z)


@pytest.mark.parametrize(("alpha", "rate"), [(0.2, 0.8), (0.3, 0.3), (0.3, 1.4)])
@pytest.mark.parametrize("K", [1, 4])
def test_its_four_numbers(alpha, rate, K):
    """As Overlap's with another lag: with lam = 1 - alpha - rate, share = alpha / (alpha + rate),

    C_w <= (F + K rho / alpha)^2,  N_w = K rho^2 / (1 - rho^2) + (K - 1) / 2,  rho = 1 - alpha,
    C_m <= share^2 (F + K |lam| / (1 - |lam|))^2,
    N_m = share^2 (K lam^2 / (1 - lam^2) + (K - 1) / 2).
    """
    found = mixing(EASGD(local_steps=K, step_size=0.1, pullback=alpha, anchor_rate=rate))
    numbers, within = found.numbers, np.sqrt(K * (K - 1) / 2)
    rho, lam, share = 1 - alpha, abs(1 - alpha - rate), alpha / (alpha + rate)
    assert float(numbers.effective_step) == pytest.approx(1 - share, rel=1e-12)
    closed = K * rho**2 / (1 - rho**2) + (K - 1) / 2
    assert float(numbers.N_w) == pytest.approx(closed, rel=1e-7)
    assert float(numbers.C_w) <= (within + K * rho / alpha) ** 2 * (1 + 1e-7)
    closed = share**2 * (K * lam**2 / (1 - lam**2) + (K - 1) / 2)
    assert float(numbers.N_m) == pytest.approx(closed, rel=1e-7, abs=1e-12)
    assert float(numbers.C_m) <= share**2 * (within + K * lam / (1 - lam)) ** 2 * (1 + 1e-7) + 1e-12
    assert found.average.reported


def test_the_bound_of_its_own_numbers_holds():
    algorithm = EASGD(local_steps=3, step_size=0.01, pullback=0.2, anchor_rate=0.8)
    assert 1 < promised_over_measured(algorithm) < 10


def test_a_move_keeps_the_memory():
    gradient, start = bent_gradient(5)
    algorithm = EASGD(
        local_steps=2, step_size=0.1, pullback=0.2, anchor_rate=0.8, inner_rule=Nesterov(0.9)
    )
    state = algorithm.local_step(algorithm.init(start), gradient(start))
    moved = algorithm.moved(state, torch.zeros(2, 1, 5, dtype=torch.float64))
    assert torch.equal(moved.inner[0], gradient(start))
    assert (moved.x.any(), moved.z.any()) == (False, False)


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("pullback", 0, "a number in"),
        ("anchor_rate", 0, r"number in \(0, 2\)"),
        ("anchor_rate", 2, r"number in \(0, 2\)"),
    ],
)
def test_bad_values_are_refused(field, value, allowed):
    settings = {"local_steps": 2, "step_size": 0.1, "pullback": 0.5, "anchor_rate": 0.5}
    with pytest.raises(ValueError, match=f"{field}={value} must .*{allowed}"):
        EASGD(**settings | {field: value})
