"""What every finite sum promises, over all examples, and the two bounds against enumeration."""

from dataclasses import replace
from importlib.util import find_spec
from itertools import product
from math import sqrt

import numpy as np
import pytest
import torch
from torch import Tensor

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.kernels.random_streams import Samples
from empirical.problem import Knowledge
from empirical.problems.datasets import digits
from empirical.problems.families.finite_sum import (
    FiniteSumProblem,
    heterogeneity_bound,
    largest_eigenvalue,
    noise_bound,
)
from empirical.problems.synthetic import logistic, sigmoid_regression
from empirical.problems.synthetic.logistic import Logistic
from empirical.problems.synthetic.sigmoid_regression import SigmoidRegression
from empirical.readings.simulate import simulate

EPS = torch.finfo(torch.float64).eps
needs_sklearn = pytest.mark.skipif(find_spec("sklearn") is None, reason="needs scikit-learn")
SYNTHETIC = [*logistic.EXAMPLES, *sigmoid_regression.EXAMPLES]
DIGITS = [pytest.param(example, marks=needs_sklearn) for example in digits.EXAMPLES]
every_example = pytest.mark.parametrize("problem", [*SYNTHETIC, *DIGITS])
every_synthetic = pytest.mark.parametrize("problem", SYNTHETIC)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def value(problem: FiniteSumProblem, name: str) -> float:
    return problem.constants[name].value


def everyone(problem: FiniteSumProblem) -> range:
    return range(problem.num_workers)


def normals(*shape: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def near_and_far(problem: FiniteSumProblem, per_length: int = 4) -> Tensor:
    """Common points (points, 1, d), from the origin to where all sigmoids are saturated."""
    lengths = torch.tensor([1e-3, 1.0, 10.0, 100.0], dtype=torch.float64).repeat(per_length)
    directions = normals(len(lengths), 1, problem.dimension)
    points = directions / directions.norm(dim=-1, keepdim=True) * lengths[:, None, None]
    return torch.cat([problem.initial_point()[None, None], points])


def sample_gradients(problem: FiniteSumProblem, x: Tensor) -> Tensor:
    """The gradient of every sample alone at a common point (d,): (n, M, d)."""
    num_samples = problem.data.features.shape[1]
    each = torch.arange(num_samples)[:, None, None].expand(-1, problem.num_workers, 1)
    here = x.expand(num_samples, problem.num_workers, -1)
    return problem.stochastic_gradient(here, each, everyone(problem))


def total_variance(gradients: Tensor) -> Tensor:
    """Over the first axis, summed over the last: (draws, M, d) -> (M,)."""
    return (gradients - gradients.mean(0)).square().sum(-1).mean(0)


def dissimilarity(problem: FiniteSumProblem, point: Tensor) -> Tensor:
    gradient = problem.gradient(point, everyone(problem))
    return (gradient - gradient.mean(-2, keepdim=True)).square().sum(-1).mean(-1)


def worst_variance(problem: FiniteSumProblem, point: Tensor) -> Tensor:
    """Of one sample's gradient at the worst worker, from slopes: (points, 1, d) -> (points,)."""
    rows = problem.data.on(point, everyone(problem))
    slopes = problem.slope(rows.scores(point), rows.targets)
    square = (slopes.square().sum(-1) * rows.features.square().sum(-1)).mean(-1)
    mean = torch.einsum("kmjc,mjp->kmcp", slopes, rows.features) / rows.features.shape[1]
    return (square - mean.square().sum((-2, -1))).amax(-1)


def largest_found(problem: FiniteSumProblem, measure) -> float:
    """The largest value that gradient ascent finds from points of many lengths."""
    start = normals(24, 1, problem.dimension) * torch.logspace(-0.5, 2, 24)[:, None, None]
    point = start.double().requires_grad_()
    optimiser = torch.optim.Adam([point], lr=0.3, maximize=True)
    best = 0.0
    for _ in range(60):
        optimiser.zero_grad()
        values = measure(problem, point)
        best = max(best, float(values.detach().max()))
        values.sum().backward()
        optimiser.step()
    return best


@every_example
def test_the_gradient_is_the_autograd_of_the_objective(problem):
    scale = torch.tensor([0.1, 1.0, 10.0])[:, None, None]
    x = (normals(3, problem.num_workers, problem.dimension) * scale).requires_grad_()
    problem.objective(x, everyone(problem)).sum().backward()
    gradient = problem.gradient(x.detach(), everyone(problem))
    size = max(1.0, float(gradient.abs().max()))
    torch.testing.assert_close(gradient, x.grad, rtol=0, atol=64 * EPS * size)


@every_example
def test_the_mean_over_all_samples_is_the_gradient(problem):
    x = normals(problem.dimension)
    mean = sample_gradients(problem, x).mean(0)
    expected = problem.gradient(x.expand(problem.num_workers, -1), everyone(problem))
    torch.testing.assert_close(mean, expected, rtol=0, atol=256 * EPS)


@pytest.mark.parametrize("kind", [Logistic, SigmoidRegression])
@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_over_all_minibatches_mean_and_variance_are_as_stated(kind, batch_size):
    problem = kind(num_workers=2, num_samples=4, size=3, batch_size=batch_size)
    x = normals(3)
    batches = torch.tensor(list(product(range(4), repeat=batch_size)))
    draws = batches[:, None].expand(-1, 2, -1)
    gradients = problem.stochastic_gradient(x.expand(len(draws), 2, -1), draws, range(2))
    expected = problem.gradient(x.expand(2, -1), range(2))
    torch.testing.assert_close(gradients.mean(0), expected, rtol=0, atol=64 * EPS)
    population = total_variance(sample_gradients(problem, x))
    variance = total_variance(gradients)
    torch.testing.assert_close(variance, population / batch_size, rtol=64 * EPS, atol=0)
    assert float(variance.max()) <= value(problem, "gradient_noise") ** 2


@every_example
def test_the_noise_bound_holds_near_and_far(problem):
    points = near_and_far(problem, per_length=2)
    allowed = problem.batch_size * value(problem, "gradient_noise") ** 2 * (1 + 64 * EPS)
    measured = torch.stack([total_variance(sample_gradients(problem, x[0])) for x in points])
    assert float(measured.max()) <= allowed
    torch.testing.assert_close(worst_variance(problem, points), measured.amax(-1))


@every_synthetic
def test_the_noise_bound_is_within_a_fifth_of_the_worst_point(problem):
    found = sqrt(largest_found(problem, worst_variance) / problem.batch_size)
    assert found <= value(problem, "gradient_noise") * (1 + 64 * EPS)
    assert value(problem, "gradient_noise") <= 1.2 * found


@every_example
def test_the_heterogeneity_bound_holds_near_and_far(problem):
    measured = dissimilarity(problem, near_and_far(problem))
    assert float(measured.max()) <= value(problem, "heterogeneity") ** 2


@every_synthetic
def test_the_heterogeneity_bound_is_within_a_factor_two_of_the_worst_point(problem):
    found = sqrt(largest_found(problem, dissimilarity))
    assert found <= value(problem, "heterogeneity") <= 2 * found


@every_example
def test_gradients_are_lipschitz_near_and_far(problem):
    left = near_and_far(problem)
    for step in (1e-3, 1.0, 100.0):
        right = left + step * normals(*left.shape, seed=1) / sqrt(problem.dimension)
        apart = (left - right).norm(dim=-1)
        rise = problem.gradient(left, everyone(problem)) - problem.gradient(
            right, everyone(problem)
        )
        allowed = value(problem, "smoothness") * apart + 1e3 * EPS
        assert bool((rise.norm(dim=-1) <= allowed).all())


@every_example
def test_the_initial_gap_is_the_objective_at_the_start(problem):
    point = problem.initial_point()[None]
    start = float(problem.objective(point, everyone(problem)).mean())
    assert value(problem, "initial_gap") == pytest.approx(start, rel=4 * EPS)
    assert float(problem.objective(near_and_far(problem), everyone(problem)).min()) >= 0


@every_example
def test_constants_are_complete_and_say_how_they_are_known(problem):
    known = {name: constant.knowledge for name, constant in problem.constants.items()}
    smoothness = known.pop("smoothness")
    assert smoothness in (Knowledge.EXACT, Knowledge.UPPER_BOUND)
    wanted = ("gradient_noise", "heterogeneity", "initial_gap")
    assert known == dict.fromkeys(wanted, Knowledge.UPPER_BOUND)


@every_example
def test_slopes_lie_among_the_corners(problem):
    # In the hull if no direction sees a slope beyond all corners; directions are drawn.
    rows = problem.data
    point = near_and_far(problem)
    slopes = problem.slope(rows.scores(point), rows.targets)
    directions = normals(8, slopes.shape[-1])
    outermost = torch.einsum("mjkc,uc->umjk", problem.corners, directions).amax(-1)
    assert bool(
        (torch.einsum("bmjc,uc->ubmj", slopes, directions) <= outermost[:, None] + EPS).all()
    )


@every_example
def test_samples_depend_on_seed_worker_and_step_only(problem):
    every = Samples(problem.draw, [5, 0, 7], everyone(problem))
    alone = Samples(problem.draw, [7], range(2, 3))
    later, first = alone.at(70), alone.at(0)
    assert torch.equal(every.at(0)[2:, 2:3], first)
    assert torch.equal(every.at(70)[2:, 2:3], later)
    many = replace(problem, batch_size=64)
    draws = Samples(many.draw, [0, 1], range(2))
    streams = [draws.at(0)[0, 0], draws.at(0)[0, 1], draws.at(0)[1, 0], draws.at(1)[0, 0]]
    assert all(not torch.equal(a, b) for i, a in enumerate(streams) for b in streams[:i])


@every_example
def test_draws_are_uniform_indices_with_replacement(problem):
    num_samples = problem.data.features.shape[1]
    drawn = replace(problem, batch_size=num_samples).draw(np.random.default_rng(0), 200)
    assert drawn.shape == (200, num_samples)
    assert drawn.dtype == np.int64
    counts = np.bincount(drawn.ravel(), minlength=num_samples)
    assert len(counts) == num_samples
    assert np.abs(counts - 200).max() < 5 * sqrt(200)
    assert max(np.bincount(row).max() for row in drawn) > 1


@every_example
def test_step_sizes_seeds_and_workers_do_not_mix(problem):
    x = normals(2, 3, problem.num_workers, problem.dimension)
    drawn = Samples(problem.draw, range(3), everyone(problem)).at(0)
    together = problem.stochastic_gradient(x, drawn, everyone(problem))
    assert together.shape == x.shape
    for grid, seed, worker in ((0, 0, 0), (1, 2, 1), (1, 0, problem.num_workers - 1)):
        at = slice(worker, worker + 1)
        alone = problem.stochastic_gradient(
            x[grid, seed : seed + 1, at], drawn[seed : seed + 1, at], range(worker, worker + 1)
        )
        torch.testing.assert_close(together[grid, seed, worker], alone[0, 0], rtol=0, atol=64 * EPS)


@every_example
def test_a_common_point_may_have_one_worker_axis(problem):
    point = normals(3, 1, problem.dimension)
    spread_out = point.expand(-1, 2, -1)
    for function in (problem.objective, problem.gradient):
        torch.testing.assert_close(
            function(point, range(1, 3)), function(spread_out, range(1, 3)), rtol=0, atol=64 * EPS
        )


@every_example
def test_the_precision_of_the_point_is_kept(problem):
    x = normals(2, problem.num_workers, problem.dimension).float()
    drawn = Samples(problem.draw, range(2), everyone(problem)).at(0)
    assert problem.stochastic_gradient(x, drawn, everyone(problem)).dtype == torch.float32
    assert problem.observe(x[:, :1], everyone(problem)).dtype == torch.float32


@every_example
def test_local_sgd_lowers_the_objective(problem):
    algorithm = LocalSGD(local_steps=4, step_size=0.5 / value(problem, "smoothness"))
    curve = simulate(algorithm, problem, num_rounds=10, seeds=range(4)).values["objective"]
    assert bool((curve[:, -1] < curve[:, 0]).all())


@every_synthetic
def test_larger_batches_have_less_noise(problem):
    quadrupled = replace(problem, batch_size=4 * problem.batch_size)
    expected = value(problem, "gradient_noise") / 2
    assert value(quadrupled, "gradient_noise") == pytest.approx(expected, rel=4 * EPS)


def test_a_batch_has_at_least_one_sample():
    with pytest.raises(ValueError, match="batch_size=0 must be a whole number >= 1"):
        Logistic(num_workers=2, batch_size=0)


def corners_and_features(num_workers: int, num_samples: int, seed: int) -> tuple[Tensor, Tensor]:
    corners = normals(num_workers, num_samples, 2, 1, seed=seed)
    return corners, normals(num_workers, num_samples, 2, seed=seed + 1)


@pytest.mark.parametrize("seed", range(5))
def test_noise_bound_is_above_and_close_to_the_worst_choice_of_corners(seed):
    corners, features = corners_and_features(1, 8, seed)
    worst = 0.0
    for choice in product(range(2), repeat=8):
        slopes = corners[0, torch.arange(8), torch.tensor(choice)]
        worst = max(worst, float(total_variance((slopes * features[0])[:, None])))
    bound = noise_bound(features, corners, 1)
    assert sqrt(worst) <= bound <= 1.1 * sqrt(worst)


@pytest.mark.parametrize("seed", range(5))
def test_heterogeneity_bound_is_above_the_worst_choice_of_corners(seed):
    corners, features = corners_and_features(2, 4, seed)
    corners[1, 0], features[1, 0] = corners[0, 0], features[0, 0]  # one row is shared
    worst = 0.0
    for choice in product(range(2), repeat=7):
        picked = torch.tensor([choice[:4], (choice[0], *choice[4:])])[..., None, None]
        slopes = torch.take_along_dim(corners, picked, -2).squeeze(-2)
        means = (slopes * features).mean(1)
        worst = max(worst, float((means - means.mean(0)).square().sum(-1).mean()))
    bound = heterogeneity_bound(features, corners)
    assert sqrt(worst) <= bound <= 2 * sqrt(worst)


def test_workers_with_the_same_rows_have_no_heterogeneity():
    corners, features = corners_and_features(1, 4, 0)
    assert heterogeneity_bound(features, corners) == 0
    assert heterogeneity_bound(features.repeat(3, 1, 1), corners.repeat(3, 1, 1, 1)) == 0


def test_rows_with_equal_features_but_other_targets_are_not_shared():
    corners, features = corners_and_features(3, 4, 0)
    assert heterogeneity_bound(features[:1].repeat(3, 1, 1), corners) > 0
    assert heterogeneity_bound(features, corners[:1].repeat(3, 1, 1, 1)) > 0


def test_rows_that_all_share_dilute_heterogeneity():
    corners, features = corners_and_features(3, 4, 0)
    shared = torch.ones(3, 12, 2, 1, dtype=torch.float64), normals(1, 12, 2).repeat(3, 1, 1)
    diluted = heterogeneity_bound(
        torch.cat([features, shared[1]], 1), torch.cat([corners, shared[0]], 1)
    )
    assert diluted == pytest.approx(heterogeneity_bound(features, corners) / 4, rel=16 * EPS)


def test_largest_eigenvalue_is_that_of_the_second_moment():
    features = normals(3, 7, 4)
    moments = features.transpose(-1, -2) @ features / 7
    expected = torch.linalg.eigvalsh(moments)[:, -1]
    torch.testing.assert_close(largest_eigenvalue(features), expected, rtol=64 * EPS, atol=0)
