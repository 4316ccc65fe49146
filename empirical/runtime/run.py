"""One run of an algorithm on a problem over a transport: the loop, the samples and the meter."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from empirical.algorithm import Algorithm
from empirical.description import name_of
from empirical.kernels.random_streams import Samples
from empirical.loop import Loop
from empirical.problem import Problem
from empirical.runtime.communication_cost import Counted, Ledger, settle
from empirical.runtime.trajectory import Meter, Trajectory, checkpoints
from empirical.transport import Transport


@dataclass(frozen=True)
class RunOutcome:
    """The results of a run.

    Attributes:
        trajectory: the measurements along the run.
        final_point: the report point at the end, (*batch, 1, d).
        ledger: the cost of communication on this rank.
        computed_seconds: seconds spent on gradients and steps, waiting excluded.
        measured_seconds: seconds spent on measuring.
    """

    trajectory: Trajectory
    final_point: torch.Tensor
    ledger: Ledger
    computed_seconds: float
    measured_seconds: float


def run(
    algorithm: Algorithm[Any],
    problem: Problem,
    transport: Transport,
    *,
    num_rounds: int,
    seeds: Sequence[int],
    batch: tuple[int, ...] | None = None,
    measure_every: int = 1,
    dtype: torch.dtype = torch.float64,
    device: str = "cpu",
    progress: Callable[[int], None] = lambda steps_done: None,
) -> RunOutcome:
    """Runs an algorithm on a problem; every rank must call it with equal arguments.

    The transport differs from rank to rank: each rank computes for its local workers.

    Args:
        algorithm: the algorithm to run.
        problem: the problem to minimise.
        transport: the transport of this rank's workers.
        num_rounds: R, >= 1.
        seeds: seeds of the runs that share a tensor.
        batch: leading axes, the last being the seeds; (len(seeds),) where not given.
        measure_every: steps between measurements.
        dtype: number format of all tensors.
        device: device of all tensors.
        progress: called with the steps done after every round.

    Raises:
        ValueError: the algorithm chooses its schedule by the objective, and there are several runs.
    """
    counted = Counted(transport)
    start = problem.initial_point().to(device, dtype)
    loop = Loop(algorithm, counted, start.expand(*(batch or (len(seeds),)), 1, -1), seeds)
    samples = Samples(problem.draw, seeds, transport.workers, dtype=dtype, device=device)
    num_steps = num_rounds * algorithm.local_steps
    kept = checkpoints(num_steps, measure_every)
    meter = Meter(problem, transport, measure_every, kept)
    computed = measured = 0.0
    for step in range(num_steps):
        clock = time.monotonic()
        meter.observe(loop)
        if algorithm.objective_every and step % algorithm.objective_every == 0:
            loop.on_objective(_objective(algorithm, problem, transport, loop.report()))
        settle()  # queued work of the measurement must not count as computation of the step
        measured += time.monotonic() - clock
        waited, clock = counted.ledger.exposed_seconds, time.monotonic()
        sample = samples.at(step)
        loop.step(problem.stochastic_gradient(loop.gradient_point, sample, transport.workers))
        computed += time.monotonic() - clock - (counted.ledger.exposed_seconds - waited)
        if loop.steps_done % algorithm.local_steps == 0:
            progress(loop.steps_done)
    loop.finish()
    meter.close(loop)
    final_point = loop.report()
    return RunOutcome(meter.trajectory(), final_point, counted.ledger, computed, measured)


def _objective(
    algorithm: Algorithm[Any], problem: Problem, transport: Transport, point: torch.Tensor
) -> float:
    """Returns F at the report point of the only run.

    Raises:
        ValueError: there are several runs, which would need schedules of their own.
    """
    shares = problem.observe(point, transport.workers)
    objective = problem.summarise(transport.mean(shares).squeeze(-2))["objective"]
    if objective.numel() != 1:
        raise ValueError(
            f"{name_of(type(algorithm))} chooses its schedule by the objective, and "
            f"{objective.numel()} runs would share it; run one seed at a time (together=1)"
        )
    return float(objective)
