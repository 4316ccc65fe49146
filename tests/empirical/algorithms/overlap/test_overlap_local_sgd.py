import pytest
import torch

from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from theory.measures import ReportPoint


def test_overlap_hardly_pulled_back_is_independent_workers():
    gradient, start = bent_gradient(2)
    algorithm = OverlapLocalSGD(local_steps=2, step_size=0.1, pullback=1e-300)
    found = drive(algorithm, gradient, start, 12)[-1]
    x = start
    for _ in range(12):
        x = x - 0.1 * gradient(x)
    same(found, x.mean(-2, keepdim=True), 12, "pull-back 0")


def test_blocking_overlap_runs_through_the_same_points():
    gradient, start = bent_gradient(3)
    settings = {"local_steps": 3, "step_size": 0.1, "pullback": 0.6, "anchor_momentum": 0.7}
    delayed = drive(OverlapLocalSGD(**settings), gradient, start, 20)
    blocking = drive(OverlapLocalSGD(**settings, blocking=True), gradient, start, 20)
    same(delayed, blocking, 20, "blocking")


def test_the_report_point_of_overlap_takes_the_effective_step():
    """y_t moves by (1 - alpha) eta, with momentum by (1 - alpha) / (1 - alpha beta) eta."""
    constant = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64)
    start = torch.zeros(4, 3, dtype=torch.float64)
    for beta in (0.0, 0.7):
        algorithm = OverlapLocalSGD(
            local_steps=3, step_size=0.1, pullback=0.6, anchor_momentum=beta
        )
        points = drive(algorithm, constant.expand_as, start, 14)
        effective = 0.1 * 0.4 / (1 - 0.6 * beta)
        expected = -effective * constant * torch.arange(15)[:, None, None]
        same(points, expected, 14, f"effective step at beta={beta}")


def test_overlap_agrees_with_its_matrix_form():
    """X <- (X - eta G) W with W = [[(1-a) I, (1-a) 1/M], [a 1', a]] at a communication."""
    gradient, start = bent_gradient(4, batch=1)
    alpha, eta, K, M = 0.3, 0.1, 3, 4
    one = torch.ones(M, dtype=torch.float64)
    W = torch.zeros(M + 1, M + 1, dtype=torch.float64)
    W[:M, :M] = (1 - alpha) * torch.eye(M, dtype=torch.float64)
    W[:M, M], W[M, :M], W[M, M] = (1 - alpha) * one / M, alpha * one, alpha
    X = torch.cat([start[0], start[0, :1]]).T
    expected = []
    for t in range(13):
        expected.append((1 - alpha) * X[:, :M].mean(1) + alpha * X[:, M])
        G = torch.cat([gradient(X[:, :M].T), torch.zeros(1, 5)]).T
        X = X - eta * G
        X = X @ W if (t + 1) % K == 0 else X
    algorithm = OverlapLocalSGD(local_steps=K, step_size=eta, pullback=alpha)
    found = drive(algorithm, gradient, start, 12)[:, 0, 0]
    same(found, torch.stack(expected), 12, "matrix form")


def test_the_anchor_of_a_pull_back_is_one_round_old():
    """With one step a round and alpha = 1/2: x_2 = (x_1 - eta g + mean x_1) / 2, by hand."""
    algorithm = OverlapLocalSGD(local_steps=1, step_size=1.0, pullback=0.5)
    state = algorithm.init(torch.zeros(2, 1, dtype=torch.float64))
    slopes = torch.tensor([[-4.0], [0.0]], dtype=torch.float64)
    message, state = algorithm.post(algorithm.local_step(state, slopes))
    assert message.flatten().tolist() == [2.0, 0.0]
    state = algorithm.absorb(algorithm.local_step(state, slopes), message.mean(0, keepdim=True))
    message, state = algorithm.post(state)
    assert message.flatten().tolist() == [3.5, 0.5]


def test_momentum_has_a_report_point_of_its_own():
    settings = {"local_steps": 2, "step_size": 0.1, "pullback": 0.5}
    assert OverlapLocalSGD(**settings).report_point is ReportPoint.ANCHORED_MEAN
    momentum = OverlapLocalSGD(**settings, anchor_momentum=0.5)
    assert momentum.report_point is ReportPoint.MOMENTUM_MEAN
    assert momentum.comm_delay == 2


@pytest.mark.parametrize(("field", "value"), [("pullback", 0), ("anchor_momentum", 1)])
def test_bad_values_are_refused(field, value):
    settings = {"local_steps": 2, "step_size": 0.1, "pullback": 0.5, field: value}
    with pytest.raises(ValueError, match=f"{field}={value} must be"):
        OverlapLocalSGD(**settings)
