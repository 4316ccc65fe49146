"""A linear method on a quadratic problem: how mean and covariance of its state move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from empirical.algorithm import Algorithm
from empirical.problem import ExactProblem
from empirical.readings.linear.linear_form import StepMap, linear_form
from empirical.readings.linear.quadratics import Quadratics, quadratics


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
        half = on_rows(rows, self.covariance)
        both = on_rows(rows, np.moveaxis(half, (2, 3), (0, 1)))
        return Law(rows @ self.mean, np.moveaxis(both, (2, 3), (0, 1)))

    def own(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean (rows, d) and covariance (rows, d, d) of every row by itself."""
        return self.mean, np.einsum("iaib->iab", self.covariance)


def on_rows(matrix: np.ndarray, block: np.ndarray) -> np.ndarray:
    """A matrix (new rows, rows) applied to the first axis of a block (rows, ...)."""
    flat = matrix @ block.reshape(len(block), -1)  # np.tensordot does the same with more ado
    return np.asarray(flat).reshape(-1, *block.shape[1:])


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
        still = np.zeros_like(factors)
        self._quiet = self._noise_at(still[..., 0], still @ np.swapaxes(still, 1, 2))
        moved = self._noise_at(factors[..., 0], factors @ np.swapaxes(factors, 1, 2))
        self.additive = bool(np.array_equal(self._quiet, moved))

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
        gradients = np.matmul(self.quadratics.curvature, on_rows(step.points, block))
        return np.asarray(on_rows(step.keep, block) + on_rows(step.take, gradients))

    def sandwich(self, step: StepMap, covariance: np.ndarray) -> np.ndarray:
        """F Z F' with F the homogeneous part of a step, (rows, d, rows, d)."""
        rows, d = covariance.shape[:2]
        half = self.push(step, covariance.reshape(rows, d, -1)).reshape(-1, d, rows, d)
        turned = np.moveaxis(half, (2, 3), (0, 1)).reshape(rows, d, -1)
        return self.push(step, turned).reshape(-1, d, len(half), d)

    def noise(self, step: StepMap, law: Law) -> np.ndarray:
        """What the gradient noise of one step adds to the covariance, (rows', d, rows', d)."""
        each = self._quiet if self.additive else self._noise_at(*law.of(step.points).own())
        pairs = step.take[:, None] * step.take  # (rows', rows', M)
        count, d = len(step.take), each.shape[-1]
        flat = on_rows(pairs.reshape(count**2, -1), each)
        return np.swapaxes(flat.reshape(count, count, d, d), 1, 2)

    def _noise_at(self, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
        moments = torch.from_numpy(mean), torch.from_numpy(covariance)
        return self.problem.noise_covariance(*moments).numpy()
