"""Where methods settle, how fast and when they do not, against closed forms and long runs."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.local_accelerated_sgd import LocalAcceleratedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.components.inner_rule import HeavyBall
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.problems.synthetic.two_camps import TwoCamps
from empirical.readings.moments import moments
from empirical.readings.stability import (
    Unstable,
    contraction,
    largest_stable_step_size,
    stationary,
)
from empirical.testing.algorithm_strategies import repeating_examples

EXAMPLES = repeating_examples()
PROBLEM = Quadratic(num_workers=3, size=2, lowest=0.3, heterogeneity=0.7, gradient_noise=0.5)
ONE = Quadratic(num_workers=1, size=1, lowest=2.0, smoothness=2.0)


def test_sgd_is_stable_up_to_two_over_l():
    for algorithm in (MinibatchSGD, LocalSGD):
        found = largest_stable_step_size(algorithm(local_steps=4, step_size=1.0), ONE)
        assert found == pytest.approx(1.0, rel=1e-9)


def test_heavy_ball_is_stable_up_to_twice_one_plus_momentum_over_l():
    rule = HeavyBall(0.7)
    algorithm = MinibatchSGD(local_steps=2, step_size=1.0, inner_rule=rule)
    assert largest_stable_step_size(algorithm, ONE) == pytest.approx(3.4 / 2, rel=1e-9)


def test_multiplicative_noise_lowers_it():
    """E x^2 multiplies by (1 - eta L)^2 + nu^2 eta^2 L^2 a step: eta < 2 / (L (1 + nu^2))."""
    problem = replace(ONE, noise_growth=0.8)
    found = largest_stable_step_size(LocalSGD(local_steps=1, step_size=1.0), problem)
    assert found == pytest.approx(1 / (1 + 0.64), rel=1e-9)


def test_a_flat_direction_is_stable_and_negative_curvature_is_not():
    algorithm = LocalSGD(local_steps=3, step_size=1.0)
    flat = Quadratic(num_workers=1, size=2, lowest=0.0)
    assert largest_stable_step_size(algorithm, flat) == pytest.approx(2, rel=1e-6)
    with pytest.raises(Unstable, match="local_sgd is never stable: F curves down"):
        largest_stable_step_size(algorithm, replace(flat, lowest=-0.1))


class Slope(Quadratic):
    """Linear functions."""

    def gradient(self, x, workers):
        return self.tilts_of(workers, x) + 0 * x

    def objective(self, x, workers):
        return (x * self.tilts_of(workers, x)).sum(-1)


def test_nothing_limits_the_step_size_without_curvature():
    problem = Slope(num_workers=2, size=2, heterogeneity=1.0)
    assert largest_stable_step_size(LocalSGD(local_steps=1, step_size=1.0), problem) == np.inf


@pytest.mark.parametrize("algorithm", EXAMPLES, ids=repr)
@pytest.mark.parametrize("growth", [0.0, 0.4])
def test_the_stationary_error_is_where_long_runs_end(algorithm, growth):
    problem = replace(PROBLEM, noise_growth=growth)
    found = stationary(algorithm, problem)
    rounds = int(np.ceil(np.log(1e-9 if growth == 0 else 1e-4) / np.log(found.contraction)))
    run = moments(algorithm, problem, num_rounds=rounds).trajectory
    for name, values in run.values.items():
        last = float(values[-1 - algorithm.local_steps : -1].mean())
        assert found.error[name] == pytest.approx(last, rel=1e-6 if growth == 0 else 2e-2)
        assert found.bias[name] <= found.error[name] * (1 + 1e-12)
    assert contraction(algorithm, problem) == found.contraction


def test_the_heterogeneous_fixed_point_of_local_sgd():
    """(1/M) sum_m (I - (1 - eta A_m)^K)(x - c_m) = 0, c_m the minimiser of f_m; not x* = 0."""
    algorithm = LocalSGD(local_steps=5, step_size=0.2)
    hessians, tilts = PROBLEM._hessians.numpy(), PROBLEM.tilts.numpy()
    shrink = [np.linalg.matrix_power(np.eye(2) - 0.2 * a, 5) for a in hessians]
    weights = [np.eye(2) - s for s in shrink]
    centres = [-np.linalg.solve(a, b) for a, b in zip(hessians, tilts, strict=True)]
    pulled = sum(w @ c for w, c in zip(weights, centres, strict=True))
    fixed = np.linalg.solve(sum(weights), pulled)
    assert np.linalg.norm(fixed) > 0.05
    np.testing.assert_allclose(stationary(algorithm, PROBLEM).fixed_point, fixed, rtol=1e-12)


def test_the_stationary_variance_of_sgd():
    """Eta sigma^2 / (M L (2 - eta L)) on one curvature."""
    problem = Quadratic(num_workers=4, size=1, lowest=1.0, gradient_noise=0.6)
    found = stationary(LocalSGD(local_steps=1, step_size=0.3), problem)
    assert found.covariance == pytest.approx(0.3 * 0.36 / (4 * 1.7), rel=1e-12)
    assert found.contraction == pytest.approx(0.7)
    assert found.mean_square_contraction == pytest.approx(0.49)


def test_what_does_not_settle_is_refused():
    with pytest.raises(Unstable, match="step_size=5 does not settle: a round multiplies the mean"):
        stationary(LocalSGD(local_steps=1, step_size=5.0), PROBLEM)


def test_time_varying_methods_have_no_round_map():
    with pytest.raises(ValueError, match="changes from round to round"):
        contraction(LocalAcceleratedSGD(local_steps=2, step_size=0.1), PROBLEM)


@pytest.mark.parametrize("seed", range(6))
def test_a_flat_direction_never_settles(seed):
    """Its contraction is 1 up to rounding, on either side."""
    problem = Quadratic(
        num_workers=2, size=3, shared_hessian=True, gradient_noise=0.3, problem_seed=seed
    )
    with pytest.raises(Unstable, match="does not settle"):
        stationary(LocalSGD(local_steps=3, step_size=0.1), problem)


def test_a_slightly_negative_curvature_is_not_taken_for_flat():
    problem = TwoCamps(num_workers=2, first=1 - 1e-9, second=-1.0)
    with pytest.raises(Unstable, match="F curves down"):
        largest_stable_step_size(LocalSGD(local_steps=1, step_size=1.0), problem)


def test_a_narrow_window_of_instability_is_found():
    """Outer step 2.03 with two local steps on curvatures 1 and 0.8: unstable near 1.1 already."""
    problem = TwoCamps(num_workers=2, second=0.8)
    edge = largest_stable_step_size(Outer(local_steps=2, step_size=1.0, outer=2.03), problem)
    assert contraction(Outer(local_steps=2, step_size=1.1, outer=2.03), problem) > 1
    assert 0.9 < edge < 1.1
    assert contraction(Outer(local_steps=2, step_size=0.99 * edge, outer=2.03), problem) < 1
    assert contraction(Outer(local_steps=2, step_size=2.0, outer=2.03), problem) < 1


@dataclass(frozen=True, kw_only=True)
class Outer(LocalSGD):
    """Local SGD that goes further than the mean: x <- x_r + outer (mean - x_r)."""

    outer: float = 1.0

    def init(self, x):
        return Round(x, (), x[..., :1, :])

    def local_step(self, state, gradient):
        return state._replace(x=state.x - self.step_size * gradient)

    def absorb(self, state, mean):
        z = state.z + self.outer * (mean - state.z)
        return Round(z.expand_as(state.x), (), z)


class Round(NamedTuple):
    x: torch.Tensor
    inner: tuple
    z: torch.Tensor
