"""What hard instances declare, checked for all of them, and what those of three roles share."""

import numpy as np
import pytest
import torch

from empirical.kernels.random_streams import Samples, generator
from empirical.problems.hard_instances.flat_camp import FlatCamp
from empirical.problems.hard_instances.one_sided import OneSided
from empirical.problems.hard_instances.one_sided_camps import OneSidedCamps

KINDS = (OneSided, FlatCamp, OneSidedCamps)


def check_declared(problem):
    """Every constant at x*, where F has its minimum 0, and the exact ones with equality."""
    workers, known, optimum = range(problem.num_workers), problem.constants, problem.optimum[None]
    gradients = problem.gradient(optimum, workers)
    start = problem.initial_point()
    scale = float(problem.gradient(start[None], workers).abs().max())
    assert float(problem.objective(optimum, workers).mean()) == pytest.approx(0, abs=1e-14)
    assert float(gradients.mean(0).abs().max()) <= 1e-14 * scale
    found = {
        "heterogeneity_at_optimum": gradients.square().sum(-1).mean().sqrt(),
        "initial_distance": (start - optimum[0]).norm(),
        "initial_gap": problem.objective(start[None], workers).mean(),
    }
    for name, value in found.items():
        assert float(value) == pytest.approx(known[name].value, rel=1e-12, abs=1e-15), name


def hessians(problem, x):
    """Every worker's, at a point, by autograd: (workers, d, d)."""
    found = [
        torch.autograd.functional.hessian(
            lambda point, worker=worker: problem.objective(
                point[None], range(worker, worker + 1)
            ).sum(),
            x,
        )
        for worker in range(problem.num_workers)
    ]
    return torch.stack(found)


def curvatures(problem, x):
    """Their eigenvalues, (workers, d)."""
    return torch.linalg.eigvalsh(hessians(problem, x))


@pytest.mark.parametrize("kind", KINDS)
def test_declared_constants_are_attained(kind):
    problem = kind(
        num_workers=4,
        smoothness=2.0,
        strong_convexity=0.3,
        initial_distance=1.7,
        gradient_noise=0.6,
    )
    check_declared(problem)
    both = torch.cat([curvatures(problem, problem.optimum + far) for far in (-1.0, 1.0)])
    assert float(both.max()) == pytest.approx(2.0)
    least = problem.constants.get("strong_convexity")
    assert float(both.min()) == pytest.approx(least.value if least else 0)
    of_mean = torch.linalg.eigvalsh(hessians(problem, problem.optimum - 1).mean(0))
    assert float(of_mean.min()) == pytest.approx(0.3)


@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_a_sign_on_the_third_coordinate(kind):
    problem = kind(num_workers=2, gradient_noise=0.6)
    signs = torch.from_numpy(problem.draw(generator(0, 0, 0), 1000))
    assert signs.shape == (1000, 1)
    assert set(signs.flatten().tolist()) == {-1, 1}
    assert abs(float(signs.double().mean())) < 4 / 1000**0.5
    x = torch.randn(3, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    sample = Samples(problem.draw, (0, 1, 2), range(2)).at(5)
    noise = problem.stochastic_gradient(x, sample, range(2)) - problem.gradient(x, range(2))
    assert bool((noise[..., :2] == 0).all())
    torch.testing.assert_close(noise[..., 2:], 0.6 * sample.double())
    known = problem.noise_covariance(torch.zeros(2, 3), torch.zeros(2, 3, 3))
    np.testing.assert_allclose(known[1], np.diag([0, 0, 0.36]), rtol=1e-6)


def test_without_noise_nothing_is_drawn():
    assert not FlatCamp(num_workers=2).draw(generator(0), 8).any()


@pytest.mark.parametrize("kind", [FlatCamp, OneSidedCamps])
def test_camps_pull_against_each_other(kind):
    problem = kind(num_workers=6, heterogeneity_at_optimum=0.7)
    slopes = problem.gradient(problem.optimum[None], range(2, 6))[:, 2]
    assert slopes.tolist() == pytest.approx([0.7, -0.7] * 2)


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (OneSided, {"strong_convexity": 0.6}, r"strong_convexity=0.6 must lie in \(0, smooth"),
        (OneSided, {"initial_distance": 0.0}, "initial_distance=0 must be"),
        (OneSided, {"gradient_noise": -1.0}, "gradient_noise=-1 must be"),
        (OneSided, {"third_share": 1.0}, r"third_share=1 must be a number in \[0, 1\)"),
        (FlatCamp, {"num_workers": 3}, "num_workers=3 must be even"),
        (OneSidedCamps, {"heterogeneity_at_optimum": -1.0}, "heterogeneity_at_optimum=-1 must be"),
    ],
)
def test_bad_values_are_refused(kind, settings, message):
    with pytest.raises(ValueError, match=message):
        kind(**{"num_workers": 2, "smoothness": 2.0, **settings})
