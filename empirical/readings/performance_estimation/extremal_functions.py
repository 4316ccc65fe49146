"""Functions that attain a worst case, from the Gram matrices of their points and gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from empirical.problems.families.smooth_interpolation import Interpolant
from empirical.readings.performance_estimation.gram import Frame

_RANK = 1e-8
"""Eigenvalue of a Gram matrix, relative to its largest, that is taken for zero."""

_RANDOM_STARTS = 10


@dataclass(frozen=True, eq=False)
class Extremal:
    """The largest functions of M workers through given data, in coordinates.

    Attributes:
        points: (M, evaluations, d).
        gradients: (M, evaluations, d).
        values: (M, evaluations).
        lowest: mu in units of L = 1.
    """

    points: np.ndarray
    gradients: np.ndarray
    values: np.ndarray
    lowest: float

    @classmethod
    def of(
        cls,
        frame: Frame,
        matrices: tuple[np.ndarray, ...],
        values: np.ndarray,
        num_workers: int,
        lowest: float,
    ) -> Extremal:
        """Those of M workers with these Gram matrices, one a block, and values by function."""
        bases = frame.workers([factor(matrix) for matrix in matrices], num_workers)
        functions = np.arange(num_workers) % len(frame.points)
        points = frame.points[functions] @ bases
        return cls(points, frame.gradients[functions] @ bases, values[functions], lowest)

    def interpolants(self) -> list[Interpolant]:
        """Returns the worst function of every worker, one interpolant each."""
        data = zip(self.points, self.gradients, self.values, strict=True)
        return [Interpolant.through(*item, 1.0, self.lowest) for item in data]

    def descents(self, seed: int) -> list[tuple[float, np.ndarray]]:
        """Local minima of F, lowest first, with the weights (M, evaluations) of the parabolas.

        From every evaluation and some random points. That F has no lower one is not proved.
        """
        interpolants = self.interpolants()
        here = self.points.mean(0)
        starts = np.concatenate([here, here - self.gradients.mean(0)])
        reach = 2 * np.abs(self.points).max()
        rng = np.random.default_rng(seed)
        random = reach * rng.standard_normal((_RANDOM_STARTS, starts.shape[-1]))
        found = []
        for start in np.concatenate([starts, random]):
            ended = minimize(_mean, start, args=(interpolants,), jac=True, method="L-BFGS-B")
            weights = np.stack([item.weights(ended.x) for item in interpolants])
            found.append((float(ended.fun), weights))
        return sorted(found, key=lambda item: item[0])


def factor(matrix: np.ndarray) -> np.ndarray:
    """V with V V' = the matrix up to rounding, (n, n) -> (n, rank)."""
    eigenvalues, vectors = np.linalg.eigh(matrix)
    kept = eigenvalues > _RANK * eigenvalues[-1:]
    return np.asarray(vectors[:, kept] * np.sqrt(eigenvalues[kept]))


def _mean(point: np.ndarray, interpolants: list[Interpolant]) -> tuple[float, np.ndarray]:
    """F and its gradient."""
    pairs = [item.value_and_gradient(point) for item in interpolants]
    value = sum(value for value, _ in pairs) / len(pairs)
    return value, np.mean([gradient for _, gradient in pairs], axis=0)
