"""One step of mean and covariance, against sampling by hand and against what is known."""

import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.linear.moment_dynamics import Dynamics, Law
from empirical.readings.linear.quadratics import NotQuadratic

PROBLEM = Quadratic(num_workers=2, size=3, heterogeneity=1.0, gradient_noise=0.5)
GROWING = Quadratic(num_workers=2, size=3, gradient_noise=0.5, noise_growth=0.7)
ALGORITHM = OverlapLocalSGD(local_steps=2, step_size=0.1, pullback=0.4)


def random_law(dynamics, step):
    rng = np.random.default_rng(0)
    rows, d = dynamics.form.at(step).keep.shape[1], dynamics.problem.dimension
    factor = rng.standard_normal((rows, d, 5))
    covariance = np.tensordot(factor, factor, axes=(2, 2))
    return Law(rng.standard_normal((rows, d)), covariance), factor


def test_whether_noise_is_additive_is_found():
    assert Dynamics(ALGORITHM, PROBLEM).additive
    assert not Dynamics(ALGORITHM, GROWING).additive


@pytest.mark.parametrize("problem", [PROBLEM, GROWING], ids=["additive", "growing"])
def test_a_step_moves_mean_and_covariance_as_samples(problem):
    """200 000 states of a Gaussian law, each stepped once with a sample of its own."""
    dynamics = Dynamics(ALGORITHM, problem)
    step = dynamics.form.at(1)
    law, factor = random_law(dynamics, 1)
    rng, count = np.random.default_rng(1), 200_000
    states = law.mean + np.einsum("iak,nk->nia", factor, rng.standard_normal((count, 5)))
    points = torch.from_numpy(np.einsum("mi,nia->nma", step.points, states))
    sample = np.stack([problem.draw(rng, count) for _ in range(2)], axis=1)
    gradients = problem.stochastic_gradient(points, torch.from_numpy(sample), range(2)).numpy()
    after = np.einsum("ij,nja->nia", step.keep, states)
    after += np.einsum("im,nma->nia", step.take, gradients)
    after = after.reshape(count, -1)
    expected = dynamics.advance(step, law)
    size = np.sqrt(np.diag(expected.covariance.reshape(after.shape[1], -1)))
    error = (after.mean(0) - expected.mean.ravel()) / (size / np.sqrt(count))
    assert np.abs(error).max() <= 4.5
    found = np.cov(after.T, bias=True)
    scale = np.outer(size, size) / np.sqrt(count)
    wrong = (found - expected.covariance.reshape(found.shape)) / np.sqrt(2) / scale
    assert np.abs(wrong).max() <= 4.5


def test_the_law_of_some_rows():
    dynamics = Dynamics(LocalSGD(local_steps=1, step_size=0.1), PROBLEM)
    law, _ = random_law(dynamics, 0)
    rows = np.array([[1.0, -2.0]])
    mean, covariance = law.of(rows).own()
    weights = np.kron(rows, np.eye(3))
    np.testing.assert_allclose(mean[0], weights @ law.mean.ravel())
    np.testing.assert_allclose(covariance[0], weights @ law.covariance.reshape(6, 6) @ weights.T)


def test_problems_that_are_not_quadratic_are_refused():
    with pytest.raises(NotQuadratic, match="tilted is not quadratic"):
        Dynamics(ALGORITHM, Tilted(num_workers=2))
