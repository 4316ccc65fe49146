import pytest
import torch

from empirical.problems.synthetic.tilted import Tilted


def test_the_tilts_cancel_and_have_the_asked_mean_square():
    problem = Tilted(num_workers=5, heterogeneity=1.3)
    assert float(problem.tilts.sum(0).abs().max()) < 1e-14
    assert float(problem.tilts.square().sum(-1).mean()) == pytest.approx(1.3**2)


def test_curvature_lies_between_minus_a_quarter_and_the_whole_smoothness():
    problem = Tilted(num_workers=2, size=1, smoothness=2.0)
    points = torch.linspace(-4, 4, 801, dtype=torch.float64)
    curvature = [
        torch.autograd.functional.hessian(
            lambda x: problem.objective(x[None], range(2)).mean(), point[None]
        ).item()
        for point in points
    ]
    assert max(curvature) == pytest.approx(2.0)
    assert min(curvature) == pytest.approx(-0.5)


def test_one_worker_has_no_heterogeneity():
    with pytest.raises(ValueError, match="heterogeneity=1 must be 0 with num_workers=1"):
        Tilted(num_workers=1, heterogeneity=1)
