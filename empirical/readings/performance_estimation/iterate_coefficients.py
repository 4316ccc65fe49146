"""The points that a linear method visits, as coefficients of its start and its gradients.

A method that runs on basis vectors instead of numbers writes its own coefficients: nothing about
it has to be written twice. Here every gradient ever taken is a basis vector, so a run is finite and
the function may be anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.description import name_of
from empirical.loop import Loop
from empirical.readings.linear.linear_form import NotLinear
from empirical.transport import Stacked

_SAME = 1e-12
"""Relative distance below which two points are one: rounding, not the method."""

_TOLERANCE = 1e-9
"""Relative error above which a method is not what its coefficients say."""

_SCALES = (1e-3, 1.0, 1e3)
"""Sizes of the gradients that linearity is tested on."""


@dataclass
class Trace:
    """The run of a method on basis vectors.

    Rows over the columns x_0, then the gradient of worker 1..M at evaluation 0, at evaluation 1
    and so on; the unit of the latter coefficients is x^2/f. The coefficient of x_0 is always 1.

    Attributes:
        num_workers: M.
        visited: where the workers are at each evaluation, (M, columns) each.
        steps: the evaluation that each step uses, (T,).
        reports: the report points at t = 0, ..., T, (T + 1, columns).
    """

    num_workers: int
    visited: list[np.ndarray] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    reports: np.ndarray = field(default_factory=lambda: np.zeros((1, 1)))

    @property
    def num_steps(self) -> int:
        """T, steps per worker."""
        return len(self.steps)

    def visit(self, points: np.ndarray) -> int:
        """The number of the evaluation at points (M or 1, columns).

        Where the workers have all been before it is that one: a function has one gradient at a
        point, and two columns for it would leave the Gram matrix without an interior.
        """
        points = np.broadcast_to(points, (self.num_workers, points.shape[-1]))
        for index, known in enumerate(self.visited):
            size = max(np.abs(known[:, 1:]).max(), np.abs(points[:, 1:]).max())
            if np.abs(known - points)[:, 1:].max() <= _SAME * size:
                return index
        self.visited.append(points)
        return len(self.visited) - 1

    def coefficients(self) -> np.ndarray:
        """The coefficients of gradients in visited points, (M, evaluations, evaluations, M)."""
        count, num_workers = len(self.visited), self.num_workers
        rows = np.stack(self.visited, axis=1)[..., 1:]
        table = np.zeros((num_workers, count, count * num_workers))
        used = min(rows.shape[-1], table.shape[-1])
        table[..., :used] = rows[..., :used]  # what lies beyond is no gradient yet, hence zero
        return table.reshape(num_workers, count, count, num_workers)


def trace(algorithm: Algorithm[Any], *, num_workers: int, num_rounds: int) -> Trace:
    """Runs a method on basis vectors and tests that it is what its coefficients say.

    Args:
        algorithm: with one step size (a number).
        num_workers: M.
        num_rounds: R, >= 1.

    Raises:
        NotLinear: the method is not linear, or points do not move along with x_0.
        ValueError: it has several step sizes.
    """
    if np.ndim(algorithm.step_size):
        raise ValueError("step_size must be one number here; ask once for each")
    if algorithm.objective_every:
        raise NotLinear(
            f"{name_of(type(algorithm))} is not linear: its schedule depends on the objective; "
            "this reading takes linear methods only"
        )
    num_steps = num_rounds * algorithm.local_steps
    basis = torch.eye(1 + num_steps * num_workers, dtype=torch.float64)
    columns = basis[1:].reshape(num_steps, num_workers, -1)
    found = Trace(num_workers)

    def gradient(points: Tensor) -> Tensor:
        found.steps.append(found.visit(points.numpy()))
        return columns[found.steps[-1]]

    points, found.reports = _run(algorithm, num_workers, num_steps, basis[:1], gradient)
    for scale in _SCALES:
        _test(algorithm, found, points, scale)
    for rows in (points, found.reports):
        if not np.abs(rows[..., 0] - 1).max() <= _TOLERANCE:
            raise NotLinear(
                f"{name_of(type(algorithm))} pulls towards the origin, which no class of functions "
                "knows; take it without weight decay"
            )
    return found


def _run(
    algorithm: Algorithm[Any],
    num_workers: int,
    num_steps: int,
    start: Tensor,
    gradient: Callable[[Tensor], Tensor],
) -> tuple[np.ndarray, np.ndarray]:
    """Gradient points (T, M, d) and report points (T + 1, d) from start (1, d)."""
    loop = Loop(algorithm, Stacked(num_workers), start)
    points, reports = [], [loop.report()]
    for _ in range(num_steps):
        points.append(loop.gradient_point.clone())
        loop.step(gradient(points[-1]))
        reports.append(loop.report())
    return torch.stack(points).numpy(), torch.cat(reports).numpy()


def _test(algorithm: Algorithm[Any], found: Trace, points: np.ndarray, scale: float) -> None:
    """Superposition: the coefficients predict the run on random gradients of this size."""
    rng = np.random.default_rng(0)
    vectors = scale * rng.standard_normal((points.shape[-1], 3))
    start, gradients = torch.from_numpy(vectors[:1]), torch.from_numpy(vectors[1:])
    taken = iter(gradients.reshape(found.num_steps, found.num_workers, 3)[found.steps])
    run = _run(algorithm, found.num_workers, found.num_steps, start, lambda _: next(taken))
    for rows, real in zip((points, found.reports), run, strict=True):
        size = float(np.abs(real).max())
        if not np.abs(rows @ vectors - real).max() <= _TOLERANCE * size:
            raise NotLinear(
                f"{name_of(type(algorithm))} is not linear: its points are no fixed combination of "
                "start and gradients; this reading takes linear methods only"
            )
