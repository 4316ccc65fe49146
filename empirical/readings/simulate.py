"""Reading one: all workers stacked in one process, any number of seeds and step sizes at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from empirical.algorithm import Algorithm
from empirical.problem import Problem
from empirical.runtime.run import run
from empirical.runtime.trajectory import Trajectory
from empirical.transport import Stacked


def simulate(
    algorithm: Algorithm[Any],
    problem: Problem,
    *,
    num_rounds: int,
    seeds: Sequence[int],
    step_sizes: Sequence[float] | None = None,
    measure_every: int = 1,
    dtype: torch.dtype = torch.float64,
    device: str = "cpu",
) -> Trajectory:
    """Runs an algorithm on a problem for many seeds, and for many step sizes with the same draws.

    Args:
        algorithm: what to run.
        problem: what to minimise.
        num_rounds: R, >= 1.
        seeds: one run each.
        step_sizes: eta, unit x^2/f; every seed runs with each of them (paired comparisons).
        measure_every: steps between measurements.
        dtype: of all tensors.
        device: where they live.

    Returns:
        The trajectory, batch axes (seeds,), or (step sizes, seeds) where step sizes are given.
    """
    batch: tuple[int, ...] = (len(seeds),)
    if step_sizes is not None:
        grid = torch.tensor(list(step_sizes), dtype=dtype, device=device)
        algorithm = replace(algorithm, step_size=grid.reshape(-1, 1, 1, 1))
        batch = (len(grid), *batch)
    outcome = run(
        algorithm,
        problem,
        Stacked(problem.num_workers),
        num_rounds=num_rounds,
        seeds=seeds,
        batch=batch,
        measure_every=measure_every,
        dtype=dtype,
        device=device,
    )
    return outcome.trajectory
