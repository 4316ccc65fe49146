"""A linear method on a quadratic problem: how mean and covariance of its state move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from empirical.algorithm import Algorithm
from empirical.linear import StepMap, linear_form
from empirical.problem import ExactProblem
from empirical.quadratics import Quadratics, quadratics


@dataclass(frozen=True)
class Law:
    """Mean and covariance of a random matrix of rows.

    Attributes:
        mean: (rows, d).
        covariance: (rows, d, rows, d).
    """

    mean: np.ndarray
    covariance: np.ndarray

    def of(self, rows: np.ndarray) -> Law:
        """The law of rows @ S, (new rows, rows)."""
        half = np.tensordot(rows, self.covariance, axes=1)
        return Law(rows @ self.mean, np.einsum("iakb,jk->iajb", half, rows, optimize=True))

    def own(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean (rows, d) and covariance (rows, d, d) of every row by itself."""
        return self.mean, np.einsum("iaib->iab", self.covariance)


class Dynamics:
    """The exact first and second moments of an algorithm's state on a quadratic problem.

    Args:
        algorithm: linear, with one step size.
        problem: quadratic, with known covariance of the gradient noise.
        known: the problem as matrices, if it was read before.

    Attributes:
        form: the algorithm as matrices.
        quadratics: the problem as matrices.
        additive: whether the noise does not depend on the state.

    Raises:
        NotLinear: the algorithm is not.
        NotQuadratic: the problem is not.
        ValueError: the problem does not know the covariance of its noise.
    """

    def __init__(
        self, algorithm: Algorithm[Any], problem: ExactProblem, known: Quadratics | None = None
    ) -> None:
        self.problem = problem
        self.form = linear_form(algorithm, problem.num_workers)
        self.quadratics = quadratics(problem) if known is None else known
        rng = np.random.default_rng(0)
        factors = rng.standard_normal((problem.num_workers, problem.dimension, 2))
        quiet = self._noise(np.zeros_like(factors[..., 0]), np.zeros((*factors.shape[:-1], 1)))
        moved = self._noise(factors[..., 0], factors)
        self.additive = bool(np.array_equal(quiet, moved))

    def start(self) -> Law:
        """The state before the first step: known exactly."""
        x = self.problem.initial_point().numpy()[None]
        mean = self.form.start @ x
        return Law(mean, np.zeros((*mean.shape, *mean.shape)))

    def advance(self, step: StepMap, law: Law) -> Law:
        """The law after a step, gradients taken with noise."""
        noise = self.noise(step, law)
        mean = self.push(step, law.mean[..., None])[..., 0] + step.take @ self.quadratics.tilt
        return Law(mean, self.sandwich(step, law.covariance) + noise)

    def push(self, step: StepMap, block: np.ndarray) -> np.ndarray:
        """The homogeneous part of a step on columns of states, (rows, d, c) -> (rows', d, c)."""
        points = np.tensordot(step.points, block, axes=1)
        gradients = np.matmul(self.quadratics.curvature, points)
        return np.tensordot(step.keep, block, axes=1) + np.tensordot(step.take, gradients, axes=1)

    def sandwich(self, step: StepMap, covariance: np.ndarray) -> np.ndarray:
        """F Z F' with F the homogeneous part of a step, (rows, d, rows, d)."""
        rows, d = covariance.shape[:2]
        half = self.push(step, covariance.reshape(rows, d, -1)).reshape(-1, d, rows, d)
        turned = np.moveaxis(half, (2, 3), (0, 1)).reshape(rows, d, -1)
        return self.push(step, turned).reshape(-1, d, len(half), d)

    def noise(self, step: StepMap, law: Law) -> np.ndarray:
        """What the gradient noise of one step adds to the covariance, (rows', d, rows', d)."""
        mean, covariance = law.of(step.points).own()
        each = self._noise_at(mean, covariance)
        take = step.take
        return np.asarray(np.einsum("im,jm,mab->iajb", take, take, each, optimize=True))

    def _noise(self, mean: np.ndarray, factors: np.ndarray) -> np.ndarray:
        return self._noise_at(mean, factors @ np.swapaxes(factors, -1, -2))

    def _noise_at(self, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
        moments = torch.from_numpy(mean), torch.from_numpy(covariance)
        return self.problem.noise_covariance(*moments).numpy()
