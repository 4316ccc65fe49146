"""Reading six: the exact expectation of every measure by running all outcomes of the noise.

Where a worker's noise takes a few values, a short run has finitely many outcomes. They are one
batch axis of the very algorithm that every other reading runs, each with its chance, so that
expectations are sums without a sampling error, on functions of any shape.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.loop import Loop
from empirical.problem import ExactProblem
from empirical.readings.linear.linear_form import linear_form
from empirical.runtime.trajectory import Trajectory
from empirical.transport import Stacked

MOST_OUTCOMES = 2**13
"""Outcomes of a run beyond which none is enumerated."""


class TooManyOutcomes(ValueError):
    """A run is too long, or has too many workers, to be enumerated."""


def lists_outcomes(problem: ExactProblem) -> bool:
    """Whether a problem's noise takes a few known values."""
    try:
        problem.outcomes()
    except ValueError:
        return False
    return True


def num_outcomes(problem: ExactProblem, num_steps: int) -> int:
    """How many ways a run of so many steps may go."""
    return int(len(problem.outcomes()[1]) ** (problem.num_workers * num_steps))


def enumeration(
    algorithm: Algorithm[Any],
    problem: ExactProblem,
    *,
    num_rounds: int,
    averaged_every: int = 0,
) -> Trajectory:
    """The exact E of every measure at every step of a run, (T + 1,) each, and their running means.

    Args:
        algorithm: any method that draws nothing itself; a linear one cannot.
        problem: lists the outcomes of its noise.
        num_rounds: R, >= 1.
        averaged_every: steps between report points whose mean so far is measured, x_0 before the
            first is past; with 0 every point is measured by itself.

    Raises:
        NotLinear: the method is not linear.
        TooManyOutcomes: there are more than 2^13.
        ValueError: the problem does not list its outcomes.
    """
    num_steps = num_rounds * algorithm.local_steps
    samples, chances = _all_outcomes(problem, num_steps)
    form = linear_form(algorithm, problem.num_workers)
    for step in range(min(num_steps, algorithm.local_steps)):
        form.at(step)
    workers = range(problem.num_workers)
    loop = Loop(
        algorithm, Stacked(len(workers)), problem.initial_point().expand(len(chances), 1, -1)
    )
    kept, total, count = [], torch.zeros(1, dtype=torch.float64), 0
    for step in range(num_steps + 1):
        if step == num_steps:
            loop.finish()
        point = loop.report()
        kept.append(_expected(problem, total / count if count else point, chances))
        if step == num_steps:
            break
        if averaged_every and step % averaged_every == 0:
            total, count = total + point, count + 1
        loop.step(problem.stochastic_gradient(loop.gradient_point, samples[:, step], workers))
    return Trajectory.of_steps(
        {name: torch.stack([item[name] for item in kept]) for name in kept[0]}
    )


def _all_outcomes(problem: ExactProblem, num_steps: int) -> tuple[Tensor, Tensor]:
    """Samples (outcomes, steps, M, *sample) and the chance of each, (outcomes,)."""
    values, chances = problem.outcomes()
    total = num_outcomes(problem, num_steps)
    if total > MOST_OUTCOMES:
        raise TooManyOutcomes(
            f"{len(chances)}^({problem.num_workers} workers x {num_steps} steps) outcomes are more "
            f"than {MOST_OUTCOMES}; take fewer workers, rounds or local steps"
        )
    places = num_steps * problem.num_workers
    powers = len(chances) ** np.arange(places, dtype=np.int64)
    codes = np.arange(total)[:, None] // powers % len(chances)
    drawn = values[codes].reshape(total, num_steps, problem.num_workers, *values.shape[1:])
    return torch.from_numpy(drawn), torch.from_numpy(chances[codes].prod(1))


def _expected(problem: ExactProblem, point: Tensor, chances: Tensor) -> dict[str, Tensor]:
    shares = problem.observe(point, range(problem.num_workers))
    measured = problem.summarise(shares.mean(-2))
    return {name: (value * chances).sum() for name, value in measured.items()}
