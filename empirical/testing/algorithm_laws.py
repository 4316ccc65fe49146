"""Statements that every algorithm obeys.

Plain functions: a subject and plain data in, AssertionError out if the law is broken, NotApplicable
with the reason if it does not speak of this subject.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from empirical.algorithm import Algorithm, Exchange
from empirical.components.inner_rule import AdamW, WeightDecay
from empirical.compressor import Draft
from empirical.kernels.random_streams import Noise, Samples
from empirical.loop import Loop, Snapshot
from empirical.problem import Problem
from empirical.readings.distribute import distribute
from empirical.runtime.launch import Place, run_ranks
from empirical.runtime.placement import transport_at
from empirical.runtime.run import run
from empirical.state import tensors
from empirical.transport import Message, Pending, Stacked, Transport

Gradient = Callable[[Tensor], Tensor]
"""Maps points (*batch, workers, d) to gradients of that shape."""

_EPS = float(np.finfo(np.float64).eps)


class NotApplicable(Exception):
    """The law does not speak of this subject; the message says why."""


def drive(
    algorithm: Algorithm[Any],
    gradient: Gradient,
    start: Tensor,
    num_steps: int,
    seeds: Sequence[int] | None = None,
) -> Tensor:
    """Report points (num_steps + 1, *batch, 1, d) of a run from start (*batch, workers, d)."""
    loop = Loop(algorithm, Stacked(start.shape[-2]), start, seeds)
    points = [loop.report()]
    for _ in range(num_steps):
        loop.step(gradient(loop.gradient_point))
        points.append(loop.report())
    return torch.stack(points)


def same(left: Tensor, right: Tensor, num_steps: int, what: str) -> None:
    """Asserts equality up to rounding: 32 epsilons a step, relative to the largest entry."""
    scale = max(float(left.abs().max()), float(right.abs().max()), 1e-300)
    error = float((left - right).abs().max()) / scale
    assert error <= 32 * _EPS * (num_steps + 1), f"{what}: relative difference {error:.3g}"


def the_layout_does_not_matter(
    algorithm: Algorithm[Any], problem: Problem, num_ranks: int, *, num_rounds: int = 25
) -> None:
    """Workers stacked in one process and laid over gloo ranks measure the same to 1e-12."""
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

    It speaks of problems whose own arithmetic on one worker does not depend on how many workers
    share the tensor; a matrix product may round differently by batch shape.
    """
    settings = _settings(algorithm, num_rounds)
    alone = run(algorithm, problem, Stacked(problem.num_workers), **settings)
    for outcome in distribute(algorithm, problem, num_ranks=num_ranks, ordered=True, **settings):
        assert torch.equal(outcome.final_point, alone.final_point)


def resuming_changes_nothing(
    algorithm: Algorithm[Any], problem: Problem, num_ranks: int, *, stop: int, num_steps: int
) -> None:
    """Gloo ranks that stop at a step, and others that go on from there, end where one run ends."""
    arguments = (algorithm, problem, num_steps)
    straight = run_ranks(_steps_on_rank, num_ranks, *arguments, None)
    stopped = run_ranks(_steps_on_rank, num_ranks, algorithm, problem, stop, None)
    resumed = run_ranks(_steps_on_rank, num_ranks, *arguments, [end for end, _ in stopped])
    for (_, expected), (_, found) in zip(straight, resumed, strict=True):
        assert torch.equal(found, expected), "a resumed run ends elsewhere"


def workers_are_exchangeable(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, order: list[int], num_steps: int
) -> None:
    """Renumbering the workers changes no report point."""
    if not algorithm.workers_alike:
        raise NotApplicable("its workers have places or noise of their own")
    back = [order.index(worker) for worker in range(len(order))]

    def renumbered(x: Tensor) -> Tensor:
        return gradient(x[..., back, :])[..., order, :]

    there = drive(algorithm, renumbered, start[..., order, :], num_steps)
    same(there, drive(algorithm, gradient, start, num_steps), num_steps, "renumbered workers")


def coordinates_are_exchangeable(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, order: list[int], num_steps: int
) -> None:
    """Renumbering the coordinates renumbers the report points: none is lost or treated apart."""
    if not algorithm.coordinates_alike:
        raise NotApplicable("it treats coordinates by their place")
    back = [order.index(coordinate) for coordinate in range(len(order))]

    def renumbered(x: Tensor) -> Tensor:
        return gradient(x[..., back])[..., order]

    there = drive(algorithm, renumbered, start[..., order], num_steps)[..., back]
    same(there, drive(algorithm, gradient, start, num_steps), num_steps, "renumbered coordinates")


def shifting_the_problem_shifts_the_iterates(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, shift: Tensor, num_steps: int
) -> None:
    """f(x - c) from x_0 + c runs through the same points, moved by c."""
    _without_weight_decay(algorithm, "weight decay pulls to the origin")
    there = drive(algorithm, lambda x: gradient(x - shift), start + shift, num_steps)
    here = drive(algorithm, gradient, start, num_steps) + shift
    same(there, here, num_steps, "shifted problem")


def rescaling_units_rescales_nothing(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, scale: float, num_steps: int
) -> None:
    """S f with step size eta / s runs through the same points."""
    if not algorithm.keeps_to_scale:
        raise NotApplicable("something beside the step size has a unit, or keeps to powers of two")
    rescaled = replace(algorithm, step_size=algorithm.step_size / scale)
    there = drive(rescaled, lambda x: scale * gradient(x), start, num_steps)
    same(there, drive(algorithm, gradient, start, num_steps), num_steps, "rescaled objective")


def the_optimum_is_a_fixed_point(
    algorithm: Algorithm[Any], optimum: Tensor, num_steps: int
) -> None:
    """Without noise and heterogeneity, a run that starts at the optimum stays there."""
    _without_weight_decay(algorithm, "weight decay moves the optimum")
    points = drive(algorithm, lambda x: 0.7 * (x - optimum), optimum.clone(), num_steps)
    same(points, optimum[..., :1, :].expand_as(points), num_steps, "left the optimum")


def a_batch_is_its_members(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, num_steps: int
) -> None:
    """Runs that share a tensor (seeds, workers, d) do not touch each other."""
    together = drive(algorithm, gradient, start, num_steps)
    for index in range(start.shape[0]):
        alone = drive(algorithm, gradient, start[index : index + 1], num_steps, (index,))
        same(together[:, index : index + 1], alone, num_steps, "run in a batch")


def state_is_never_mutated(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, num_steps: int
) -> None:
    """No function of an algorithm writes to a state, gradient or mean that it was given."""
    state = algorithm.init(start)
    for step in range(1, num_steps + 1):
        slope = gradient(algorithm.gradient_point(state))
        after = _pure(algorithm.local_step, "local_step", state, slope)
        for index in algorithm.due(after, step):
            after = _exchange(algorithm.exchanges[index], after, (step, index))
        state = after


def messages_leave_every_k_steps(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, num_steps: int
) -> None:
    """Messages leave after step t if and only if K divides t, each exchange once."""
    if type(algorithm).due is not Algorithm.due:
        raise NotApplicable("it has a schedule of its own")
    loop_steps: list[int] = []
    inner = Stacked(start.shape[-2])

    class Listening(Transport):
        num_workers, workers = inner.num_workers, inner.workers
        mean, traffic = inner.mean, inner.traffic

        def post(self, message: Message, weights: np.ndarray | None = None) -> Pending:
            loop_steps.append(loop.steps_done)
            return inner.post(message, weights)

    loop = Loop(algorithm, Listening(), start)
    for _ in range(num_steps):
        loop.step(gradient(loop.gradient_point))
    every = algorithm.local_steps
    due = [step for step in range(every, num_steps + 1, every) for _ in algorithm.exchanges]
    assert loop_steps == due, loop_steps


def _settings(algorithm: Algorithm[Any], num_rounds: int) -> dict[str, Any]:
    """What layouts are compared at; a method that chooses its schedule runs one seed at a time."""
    seeds = (0,) if algorithm.listens_every else (0, 1)
    return {"num_rounds": num_rounds, "seeds": seeds, "measure_every": 7}


def _steps_on_rank(
    place: Place,
    algorithm: Algorithm[Any],
    problem: Problem,
    num_steps: int,
    snapshots: list[Snapshot[Any]] | None,
) -> tuple[Snapshot[Any], Tensor]:
    """Where a run stands after so many steps, from x_0 or from what every rank had left."""
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


def _exchange(exchange: Exchange[Any], state: Any, key: tuple[int, int]) -> Any:
    message, after = _pure(exchange.post, "post", state)
    draft = message if isinstance(message, Draft) else None
    if draft is not None:
        seeds, workers = range(draft.vector.shape[-3]), range(draft.vector.shape[-2])
        message = draft.encoded(Noise(tuple(seeds), workers, key)).own
        after = _pure(exchange.sent, "sent", after, message)
        if draft.shared:
            return after
    weights = exchange.topology.weights(message.shape[-2], key[0])
    heard = Stacked(message.shape[-2]).post(message, weights).wait()
    after = _pure(exchange.absorb, "absorb", after, heard)
    shapes = [part.shape for part in tensors(state)]
    assert [part.shape for part in tensors(after)] == shapes, "shapes changed"
    return after


def _pure(function: Callable[..., Any], name: str, *arguments: Any) -> Any:
    """What a function makes of states and tensors, which it must leave as they are."""
    given = [part for argument in arguments for part in tensors((argument,))]
    before = [part.clone() for part in given]
    found = function(*arguments)
    assert all(map(torch.equal, before, given)), f"{name} wrote to its input"
    return found


def _without_weight_decay(algorithm: Algorithm[Any], reason: str) -> None:
    rule = algorithm.inner_rule
    if isinstance(rule, WeightDecay) or (isinstance(rule, AdamW) and rule.rate):
        raise NotApplicable(reason)


def _close(left: Tensor, right: Tensor) -> None:
    error = float((left - right).abs().max() / right.abs().max().clamp(min=1e-300))
    assert error <= 1e-12, f"layouts differ by {error:.3g}"
