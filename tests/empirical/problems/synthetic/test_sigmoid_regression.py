import pytest
import torch

from empirical.problems.synthetic.sigmoid_regression import EXAMPLES, SigmoidRegression

EPS = torch.finfo(torch.float64).eps


def lonely(target: float) -> SigmoidRegression:
    """One worker with the single sample a = 1, y = target."""
    problem = SigmoidRegression(num_workers=1, num_samples=1, size=1)
    features, targets = problem.data
    features.fill_(1.0)
    targets.fill_(target)
    return problem


def second_derivatives(problem: SigmoidRegression, scores: torch.Tensor) -> torch.Tensor:
    x = scores[:, None, None].clone().requires_grad_()
    gradient = problem.gradient(x, range(1))
    return torch.autograd.grad(gradient.sum(), x)[0].flatten()


@pytest.mark.parametrize("target", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_the_smoothness_is_the_largest_curvature_of_any_target(target):
    problem = lonely(target)
    curvature = second_derivatives(problem, torch.linspace(-12, 12, 20_001).double()).abs().max()
    constant = problem.constants["smoothness"].value
    assert float(curvature) <= constant * (1 + EPS)
    if target in (0.0, 1.0):
        assert float(curvature) == pytest.approx(constant, rel=1e-6)


@pytest.mark.parametrize("problem", EXAMPLES)
def test_the_smoothness_is_within_a_factor_of_the_origin(problem):
    hessians = [
        torch.autograd.functional.hessian(
            lambda x, m=m: problem.objective(x[None], range(m, m + 1)).sum(),
            torch.zeros(problem.dimension, dtype=torch.float64),
        )
        for m in range(problem.num_workers)
    ]
    largest = max(float(torch.linalg.eigvalsh(hessian)[-1]) for hessian in hessians)
    assert largest <= problem.constants["smoothness"].value <= 1.24 * largest


@pytest.mark.parametrize("target", [0.0, 0.1, 0.5, 0.8, 1.0])
def test_the_corners_are_the_extreme_slopes(target):
    problem = lonely(target)
    scores = torch.linspace(-40, 40, 80_001).double()[:, None]
    slopes = problem.slope(scores, torch.tensor(target).double())
    least, greatest = problem.corners.flatten().tolist()
    assert float(slopes.min()) == pytest.approx(least, abs=1e-7)
    assert float(slopes.max()) == pytest.approx(greatest, abs=1e-7)
    assert float(slopes.min()) >= least - EPS
    assert float(slopes.max()) <= greatest + EPS


def test_it_is_non_convex():
    assert float(second_derivatives(lonely(0.0), torch.linspace(0, 4, 50).double()).min()) < -0.05


def test_targets_lie_strictly_between_zero_and_one():
    targets = SigmoidRegression(num_workers=3).data.targets
    assert 0 < float(targets.min()) < 0.2 < 0.8 < float(targets.max()) < 1


def test_the_loss_is_half_the_squared_error():
    loss = EXAMPLES[0].loss(torch.zeros(1, 1), torch.tensor([[0.9]]))
    assert loss.tolist() == pytest.approx([0.08])
