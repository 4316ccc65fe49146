"""Laws that every algorithm obeys on real gloo ranks."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import torch
from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.kernels.random_streams import Samples
from empirical.loop import Loop, Snapshot
from empirical.problem import Problem
from empirical.readings.distribute import distribute
from empirical.runtime.launch import Place, run_ranks
from empirical.runtime.placement import transport_at
from empirical.runtime.run import run
from empirical.transport import Stacked
from theory.testing.requirement import require


def the_layout_does_not_matter(
    algorithm: Algorithm[Any], problem: Problem, num_ranks: int, *, num_rounds: int = 25
) -> None:
    """Runs in one process and on gloo ranks measure the same, to a relative error of 1e-12."""
    settings = _settings(algorithm, num_rounds)
    alone = run(algorithm, problem, Stacked(problem.num_workers), **settings)
    for outcome in distribute(algorithm, problem, num_ranks=num_ranks, **settings):
        _close(outcome.final_point, alone.final_point)
        for name, values in alone.trajectory.averages.items():
            _close(outcome.trajectory.averages[name], values)


def order_makes_layouts_equal_to_the_bit(
    algorithm: Algorithm[Any], problem: Problem, num_ranks: int, *, num_rounds: int = 25
) -> None:
    """With sums in the order of the workers, gloo ranks give the simulator's numbers exactly.

    The law is about problems whose arithmetic for one worker does not depend on how many workers
    share the tensor; the rounding of a matrix product may depend on the shape of the batch.
    """
    settings = _settings(algorithm, num_rounds)
    alone = run(algorithm, problem, Stacked(problem.num_workers), **settings)
    for outcome in distribute(algorithm, problem, num_ranks=num_ranks, ordered=True, **settings):
        require(torch.equal(outcome.final_point, alone.final_point))


def resuming_changes_nothing(
    algorithm: Algorithm[Any], problem: Problem, num_ranks: int, *, stop: int, num_steps: int
) -> None:
    """Gloo ranks that stop at a step, and others that go on from there, end where one run ends."""
    arguments = (algorithm, problem, num_steps)
    straight = run_ranks(_steps_on_rank, num_ranks, *arguments, None)
    stopped = run_ranks(_steps_on_rank, num_ranks, algorithm, problem, stop, None)
    resumed = run_ranks(_steps_on_rank, num_ranks, *arguments, [end for end, _ in stopped])
    for (_, expected), (_, found) in zip(straight, resumed, strict=True):
        require(torch.equal(found, expected), "a resumed run ends elsewhere")


def _settings(algorithm: Algorithm[Any], num_rounds: int) -> dict[str, Any]:
    """Returns the arguments of `run` at which layouts are compared.

    A method that chooses its schedule by the objective runs one seed at a time, others two.
    """
    seeds = (0,) if algorithm.objective_every else (0, 1)
    return {"num_rounds": num_rounds, "seeds": seeds, "measure_every": 7}


def _steps_on_rank(
    place: Place,
    algorithm: Algorithm[Any],
    problem: Problem,
    num_steps: int,
    snapshots: list[Snapshot[Any]] | None,
) -> tuple[Snapshot[Any], Tensor]:
    """Returns the snapshot and the report of a run after num_steps steps, on one rank.

    The run begins at x_0, or goes on from the snapshots that the ranks took before.
    """
    with closing(transport_at(place, problem.num_workers)) as transport:
        start = problem.initial_point().expand(2, 1, -1)
        loop = (
            Loop(algorithm, transport, start)
            if snapshots is None
            else Loop.resumed(algorithm, transport, snapshots[place.rank])
        )
        samples = Samples(problem.draw, (0, 1), transport.workers)
        for step in range(loop.steps_done, num_steps):
            point, sample = loop.gradient_point, samples.at(step)
            loop.step(problem.stochastic_gradient(point, sample, transport.workers))
        return loop.snapshot(), loop.report()


def _close(left: Tensor, right: Tensor) -> None:
    error = float((left - right).abs().max() / right.abs().max().clamp(min=1e-300))
    require(error <= 1e-12, f"layouts differ by {error:.3g}")
