"""Laws that every algorithm obeys.

A law is a plain function of a subject and plain data. It raises AssertionError if the subject
breaks it, and NotApplicable, with the reason, if the law is not about such a subject.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from empirical.algorithm import Algorithm, Exchange
from empirical.compressor import Draft
from empirical.kernels.random_streams import Noise
from empirical.loop import Loop
from empirical.state import tensors
from empirical.testing.running import Gradient, NotApplicable, drive, same, without_weight_decay
from empirical.transport import Message, Pending, Stacked, Transport
from theory.testing.requirement import require


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
    """Renumbering the coordinates renumbers the report points: none is lost or singled out."""
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
    """A run on f(x - c) from x_0 + c passes through the same points, moved by c."""
    without_weight_decay(algorithm, "weight decay pulls to the origin")
    there = drive(algorithm, lambda x: gradient(x - shift), start + shift, num_steps)
    here = drive(algorithm, gradient, start, num_steps) + shift
    same(there, here, num_steps, "shifted problem")


def rescaling_units_rescales_nothing(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, scale: float, num_steps: int
) -> None:
    """A run on s f with step size eta / s passes through the same points as one on f with eta."""
    if not algorithm.keeps_to_scale:
        raise NotApplicable("something beside the step size has a unit, or keeps to powers of two")
    rescaled = replace(algorithm, step_size=algorithm.step_size / scale)
    there = drive(rescaled, lambda x: scale * gradient(x), start, num_steps)
    same(there, drive(algorithm, gradient, start, num_steps), num_steps, "rescaled objective")


def the_optimum_is_a_fixed_point(
    algorithm: Algorithm[Any], optimum: Tensor, num_steps: int
) -> None:
    """Without noise and heterogeneity, a run that starts at the optimum stays there.

    The gradient is 0 within rounding of the optimum: a rule that divides by its size, as Adam does,
    would blow up the last digit of a mean.
    """
    without_weight_decay(algorithm, "weight decay moves the optimum")
    rounding = 8 * torch.finfo(optimum.dtype).eps * optimum.abs()

    def gradient(x: Tensor) -> Tensor:
        apart = x - optimum
        return 0.7 * apart.where(apart.abs() > rounding, 0.0)

    points = drive(algorithm, gradient, optimum.clone(), num_steps)
    same(points, optimum[..., :1, :].expand_as(points), num_steps, "left the optimum")


def a_batch_is_its_members(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, num_steps: int
) -> None:
    """Runs that share a tensor (seeds, workers, d) do not influence each other."""
    together = drive(algorithm, gradient, start, num_steps)
    for index in range(start.shape[0]):
        alone = drive(algorithm, gradient, start[index : index + 1], num_steps, (index,))
        same(together[:, index : index + 1], alone, num_steps, "run in a batch")


def state_is_never_mutated(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, num_steps: int
) -> None:
    """No function of an algorithm writes to a state, gradient or message that it was given."""
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
    require(loop_steps == due, loop_steps)


def _exchange(exchange: Exchange[Any], state: Any, key: tuple[int, int]) -> Any:
    message, after = _pure(exchange.post, "post", state)
    if isinstance(message, Draft):
        message = _encoded(message, key)
        after = _pure(exchange.sent, "sent", after, message)
    weights = exchange.topology.weights(message.shape[-2], key[0])
    heard = Stacked(message.shape[-2]).post(message, weights).wait()
    after = _pure(exchange.absorb, "absorb", after, heard)
    if exchange.relay is not None:
        draft = _pure(exchange.relay.draft, "relay", after)
        after = _pure(exchange.relay.read, "relay", after, _encoded(draft, key))
    shapes = [part.shape for part in tensors(state)]
    require([part.shape for part in tensors(after)] == shapes, "shapes changed")
    return after


def _encoded(draft: Draft, key: tuple[int, int]) -> Tensor:
    seeds, workers = range(draft.vector.shape[-3]), range(draft.vector.shape[-2])
    return draft.encoded(Noise(tuple(seeds), workers, key)).own


def _pure(function: Callable[..., Any], name: str, *arguments: Any) -> Any:
    """Returns what a function makes of its arguments, and asserts that it leaves them unchanged."""
    given = [part for argument in arguments for part in tensors((argument,))]
    before = [part.clone() for part in given]
    found = function(*arguments)
    require(all(map(torch.equal, before, given)), f"{name} wrote to its input")
    return found
