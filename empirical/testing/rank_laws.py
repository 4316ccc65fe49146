"""Laws that every algorithm obeys on real gloo ranks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import torch
from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.kernels.random_streams import Samples
from empirical.loop import Loop, Snapshot
from empirical.problem import Problem
from empirical.runtime.launch import Place, run_ranks
from empirical.runtime.placement import transport_at
from empirical.runtime.run import RunOutcome, run
from empirical.transport import Stacked
from theory.testing.requirement import require

Subjects = Algorithm[Any] | Sequence[Algorithm[Any]]
"""One algorithm, or several that share one start of the ranks, which takes longer than a run."""


def the_layout_does_not_matter(
    algorithm: Subjects, problem: Problem, num_ranks: int, *, num_rounds: int = 25
) -> None:
    """Runs in one process and on gloo ranks measure the same, to a relative error of 1e-12."""
    for subject, alone, outcomes in _in_both(algorithm, problem, num_ranks, num_rounds):
        for outcome in outcomes:
            _close(outcome.final_point, alone.final_point, subject)
            for name, values in alone.trajectory.averages.items():
                _close(outcome.trajectory.averages[name], values, subject)


def order_makes_layouts_equal_to_the_bit(
    algorithm: Subjects, problem: Problem, num_ranks: int, *, num_rounds: int = 25
) -> None:
    """With sums in the order of the workers, gloo ranks give the simulator's numbers exactly.

    The law is about problems whose arithmetic for one worker does not depend on how many workers
    share the tensor; the rounding of a matrix product may depend on the shape of the batch.
    """
    found = _in_both(algorithm, problem, num_ranks, num_rounds, ordered=True)
    for subject, alone, outcomes in found:
        for outcome in outcomes:
            same = torch.equal(outcome.final_point, alone.final_point)
            require(same, f"{subject}: another layout has other bits")


def resuming_changes_nothing(
    algorithm: Subjects,
    problem: Problem,
    num_ranks: int,
    *,
    stop: int | None = None,
    num_steps: int | None = None,
) -> None:
    """Gloo ranks that stop at a step, and others that go on from there, end where one run ends.

    Args:
        algorithm: one algorithm, or several.
        problem: what they run on.
        num_ranks: P, a divisor of the number of workers.
        stop: steps before the stop; one step into the third round unless given.
        num_steps: steps of the whole run; eight after the stop unless given.
    """
    several = _several(algorithm)
    stops = [2 * item.local_steps + 1 if stop is None else stop for item in several]
    ends = [place + 8 if num_steps is None else num_steps for place in stops]
    straight = run_ranks(_steps_on_rank, num_ranks, several, problem, ends, None)
    stopped = run_ranks(_steps_on_rank, num_ranks, several, problem, stops, None)
    kept = [[snapshot for snapshot, _ in of_rank] for of_rank in stopped]
    resumed = run_ranks(_steps_on_rank, num_ranks, several, problem, ends, kept)
    for expected, found in zip(straight, resumed, strict=True):
        for subject, (_, there), (_, here) in zip(several, expected, found, strict=True):
            require(torch.equal(here, there), f"{subject}: a resumed run ends elsewhere")


def _several(algorithm: Subjects) -> tuple[Algorithm[Any], ...]:
    return (algorithm,) if isinstance(algorithm, Algorithm) else tuple(algorithm)


def _in_both(
    algorithm: Subjects,
    problem: Problem,
    num_ranks: int,
    num_rounds: int,
    *,
    ordered: bool = False,
) -> Iterator[tuple[Algorithm[Any], RunOutcome, list[RunOutcome]]]:
    """Yields each algorithm with its run in one process and what every rank saw of it."""
    several = _several(algorithm)
    settings = [_settings(item, num_rounds) for item in several]
    by_rank = run_ranks(_runs_on_rank, num_ranks, several, problem, settings, ordered)
    for subject, own, *outcomes in zip(several, settings, *by_rank, strict=True):
        yield subject, run(subject, problem, Stacked(problem.num_workers), **own), outcomes


def _runs_on_rank(
    place: Place,
    algorithms: Sequence[Algorithm[Any]],
    problem: Problem,
    settings: Sequence[Mapping[str, Any]],
    ordered: bool,
) -> list[RunOutcome]:
    """Returns what one rank sees of the runs of several algorithms, one after the other."""
    found = []
    for algorithm, own in zip(algorithms, settings, strict=True):
        with closing(transport_at(place, problem.num_workers, ordered=ordered)) as transport:
            found.append(run(algorithm, problem, transport, **own))
    return found


def _settings(algorithm: Algorithm[Any], num_rounds: int) -> dict[str, Any]:
    """Returns the arguments of `run` at which layouts are compared.

    A method that chooses its schedule by the objective runs one seed at a time, others two.
    """
    seeds = (0,) if algorithm.objective_every else (0, 1)
    return {"num_rounds": num_rounds, "seeds": seeds, "measure_every": 7}


def _steps_on_rank(
    place: Place,
    algorithms: Sequence[Algorithm[Any]],
    problem: Problem,
    num_steps: Sequence[int],
    snapshots: Sequence[Sequence[Snapshot[Any]]] | None,
) -> list[tuple[Snapshot[Any], Tensor]]:
    """Returns the snapshot and the report of each algorithm after its steps, on one rank.

    The runs begin at x_0, or go on from the snapshots that the ranks took before.
    """
    found = []
    for index, (algorithm, steps) in enumerate(zip(algorithms, num_steps, strict=True)):
        kept = None if snapshots is None else snapshots[place.rank][index]
        found.append(_steps(place, algorithm, problem, steps, kept))
    return found


def _steps(
    place: Place,
    algorithm: Algorithm[Any],
    problem: Problem,
    num_steps: int,
    snapshot: Snapshot[Any] | None,
) -> tuple[Snapshot[Any], Tensor]:
    with closing(transport_at(place, problem.num_workers)) as transport:
        start = problem.initial_point().expand(2, 1, -1)
        loop = (
            Loop(algorithm, transport, start)
            if snapshot is None
            else Loop.resumed(algorithm, transport, snapshot)
        )
        samples = Samples(problem.draw, (0, 1), transport.workers)
        for step in range(loop.steps_done, num_steps):
            point, sample = loop.gradient_point, samples.at(step)
            loop.step(problem.stochastic_gradient(point, sample, transport.workers))
        return loop.snapshot(), loop.report()


def _close(left: Tensor, right: Tensor, subject: Algorithm[Any]) -> None:
    error = float((left - right).abs().max() / right.abs().max().clamp(min=1e-300))
    require(error <= 1e-12, f"{subject}: layouts differ by {error:.3g}")
