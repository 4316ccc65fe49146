"""Functions known at finitely many points: when one exists, and the largest that does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_ROUNDING = 1e-14
"""Relative fall below which another parabola would add nothing but rounding."""

_RANK = 1e-10
"""Relative singular value below which vertices are affinely dependent."""

_ROUNDS = 20
"""Changes of the support per parabola after which the best weights so far are taken."""


def required_rise(
    inner: Callable[[np.ndarray, np.ndarray], np.ndarray],
    ends: tuple[np.ndarray, np.ndarray],
    slopes: tuple[np.ndarray, np.ndarray],
    smoothness: float,
    lowest: float,
) -> np.ndarray:
    r"""The least f(x) - f(y) of functions with given gradients g at x and h at y.

    <h, x - y> + mu/2 |x - y|^2 + |g - h - mu (x - y)|^2 / (2 (L - mu)),

    and values that rise at least that much between any two points, in either direction, are those
    of a function whose curvature lies in [mu, L].

    Args:
        inner: the inner product, of rows (*, n): numbers, or linear forms of a Gram matrix.
        ends: x and y, unit x.
        slopes: g and h, unit f/x.
        smoothness: L, unit f/x^2, > 0.
        lowest: mu, unit f/x^2, in [-L, L).

    Source: taylor2017smooth, Theorem 4 (its number as recalled; the formula is tested with PEPit).
    """
    step, slope = ends[0] - ends[1], slopes[1]
    bend = slopes[0] - slope - lowest * step
    straight = inner(slope + lowest / 2 * step, step)
    return straight + inner(bend, bend) / (2 * (smoothness - lowest))


@dataclass(frozen=True, eq=False)
class Interpolant:
    r"""The largest function with curvature in [mu, L] through given values and gradients.

    With f~ = f - mu |x|^2 / 2 and L~ = L - mu, every point gives a parabola of curvature L~ with
    vertex w_i = x_i - g~_i / L~ and least value v_i = f~_i - |g~_i|^2 / (2 L~), above which f~ may
    not rise; the largest is their convex hull

    f~(x) = min over weights in the simplex of L~/2 |x - sum_i weight_i w_i|^2 + sum_i weight_i v_i.

    It is defined for any data; it passes through those that required_rise admits.

    Attributes:
        vertices: w, (evaluations, d).
        least: v, (evaluations,).
        curvature: L~, unit f/x^2.
        lowest: mu, unit f/x^2.

    Source: the construction behind taylor2017smooth (as recalled; that it interpolates is tested).
    """

    vertices: np.ndarray
    least: np.ndarray
    curvature: float
    lowest: float

    @classmethod
    def through(
        cls,
        points: np.ndarray,
        gradients: np.ndarray,
        values: np.ndarray,
        smoothness: float,
        lowest: float,
    ) -> Interpolant:
        """From points and gradients (evaluations, d) and values (evaluations,)."""
        curvature = smoothness - lowest
        slopes = gradients - lowest * points
        lifted = values - lowest / 2 * (points**2).sum(-1)
        least = lifted - (slopes**2).sum(-1) / (2 * curvature)
        return cls(points - slopes / curvature, least, curvature, lowest)

    def value_and_gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """F at a point (d,) and its gradient (d,)."""
        weights = self.weights(point)
        offset = point - weights @ self.vertices
        lifted = self.curvature / 2 * (offset @ offset) + weights @ self.least
        value = float(lifted + self.lowest / 2 * (point @ point))
        return value, self.curvature * offset + self.lowest * point

    def weights(self, point: np.ndarray) -> np.ndarray:
        """Those of the parabolas at a point (d,), by an active set: (evaluations,).

        The support is kept affinely independent; one parabola enters at a time, and those whose
        weight would become negative leave.
        """
        offsets = self.vertices - point
        with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is data
            heights = self.least + self.curvature / 2 * (offsets**2).sum(-1)
        support, weights = [int(heights.argmin())], np.zeros(len(heights))
        weights[support] = 1
        if not np.isfinite(heights).all():
            return weights
        size = np.abs(heights).max()
        for _ in range(_ROUNDS * len(heights)):
            slopes = self.least + self.curvature * offsets @ (weights @ offsets)
            entering = int(slopes.argmin())
            if slopes[entering] >= slopes @ weights - _ROUNDING * size or entering in support:
                break
            support.append(entering)
            support, weights = self._shrunk(offsets, support, weights)
        return weights

    def _shrunk(
        self, offsets: np.ndarray, support: list[int], weights: np.ndarray
    ) -> tuple[list[int], np.ndarray]:
        """The best weights on a support, which shrinks until all of them are positive."""
        while True:
            direction, bounded = self._direction(offsets[support], support, weights[support])
            here = weights[support]
            falling = direction < 0
            steps = np.where(falling, here / np.where(falling, -direction, 1), np.inf)
            first = int(steps.argmin())
            step = min(steps[first], 1.0 if bounded else np.inf)
            weights = weights.copy()
            weights[support] = here + step * direction
            if step == 1.0 and bounded and steps[first] >= 1:
                return support, weights
            weights[support[first]] = 0
            support = support[:first] + support[first + 1 :]

    def _direction(
        self, offsets: np.ndarray, support: list[int], here: np.ndarray
    ) -> tuple[np.ndarray, bool]:
        """Towards the best weights of total 1, or down a line without curvature (False)."""
        edges = offsets[1:] - offsets[0]
        slopes = self.least[support] + self.curvature * offsets @ (here @ offsets)
        fall = slopes[0] - slopes[1:]
        left, sizes, _ = np.linalg.svd(edges, full_matrices=True)
        rank = int((sizes > _RANK * sizes.max(initial=0)).sum())
        flat = left[:, rank:] @ (left[:, rank:].T @ fall)
        if rank < len(edges) and np.abs(flat).max() > 0:
            return np.concatenate([[-flat.sum()], flat]), False
        inside = left[:, :rank] / sizes[:rank] ** 2 @ (left[:, :rank].T @ fall) / self.curvature
        return np.concatenate([[-inside.sum()], inside]), True
