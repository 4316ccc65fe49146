"""An algorithm as matrices: what it does to the rows of its state, read off by running it.

Stack all tensors of the state, and the mean of the message in flight, as rows of one matrix S
(rows, d). A method that is linear in state and gradients acts on S from the left, the same way for
every coordinate. Running it with d = rows + M, on rows that are unit vectors, therefore gives the
coefficients themselves as its iterates; no algorithm knows that it is read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.description import name_of
from empirical.loop import Flight, Loop, Snapshot
from empirical.state import leaves, rebuilt, tensors
from empirical.transport import Stacked

_TOLERANCE = 1e-9
"""Relative difference between a step and its matrices above which a method is not linear."""

_LEFT_OVER = 1e-4
"""Share of the largest row, times the tolerance, that may be left where rows cancel out."""

_SCALES = (1e-4, 1.0, 1e4)
"""Sizes of the states that linearity is tested on: clipping and thresholds show at one of them."""


_SETTLED = 3
"""Rounds in which a method with a fixed schedule has reached it: a message is late by one."""


class NotLinear(ValueError):
    """A method does not act linearly on state and gradients; the message names it."""


class NotExchangeable(ValueError):
    """Workers are not alike, or what they do depends on how many there are."""


@dataclass(frozen=True)
class StepMap:
    """One local step, with the communication that falls due after it, on the rows of the state.

    Gradients G (M, d) are taken at points @ S; the report point is report @ S; the step makes
    S <- keep @ S + take @ G.

    Attributes:
        keep: (rows after, rows).
        take: (rows after, M), unit x^2/f.
        points: (M, rows).
        report: (1, rows).
    """

    keep: np.ndarray
    take: np.ndarray
    points: np.ndarray
    report: np.ndarray


def linear_form(algorithm: Algorithm[Any], num_workers: int) -> LinearForm:
    """The form of a method, made once: searches ask for the same one many times."""
    return _form(_with_one_step_size(algorithm), num_workers)


@lru_cache(maxsize=64)
def _form(algorithm: Algorithm[Any], num_workers: int) -> LinearForm:
    return LinearForm(algorithm, num_workers)


def _with_one_step_size(algorithm: Algorithm[Any]) -> Algorithm[Any]:
    """The method with its step size as a number, which cannot change under a reader's feet."""
    step_size = algorithm.step_size
    if not isinstance(step_size, Tensor):
        return algorithm
    if step_size.numel() != 1:
        shape = tuple(step_size.shape)
        raise ValueError(f"step_size of shape {shape} must be one number for an exact reading")
    return replace(algorithm, step_size=float(step_size))


class LinearForm:
    """An algorithm with M workers as a sequence of step maps.

    Args:
        algorithm: with one step size (a number).
        num_workers: M.

    Attributes:
        start: coefficients of x_0 in the rows at step 0, (rows, 1).

    Raises:
        NotLinear: the method fails the superposition test at some step.
    """

    def __init__(self, algorithm: Algorithm[Any], num_workers: int) -> None:
        algorithm = _with_one_step_size(algorithm)
        self.algorithm, self.num_workers = algorithm, num_workers
        if algorithm.objective_every:
            self._refuse("schedule depends on the objective")
        self._transport = Stacked(num_workers)
        first = self._begin(torch.ones(num_workers, 1, dtype=torch.float64))
        self.start = self._rows(first).numpy()
        self._skeletons = [first]
        self._maps: dict[tuple[Any, ...], tuple[StepMap, Snapshot[Any], Snapshot[Any]]] = {}
        rng = torch.Generator().manual_seed(0)
        x = torch.randn(1, 7, dtype=torch.float64, generator=rng)
        begun = self._rows(self._begin(x.expand(num_workers, -1)))
        self._compare(begun, "init", (torch.from_numpy(self.start), x))

    def at(self, step: int) -> StepMap:
        """The map of a step, counted from 0."""
        return self._extracted(self._skeleton(self._alike(step)))[0]

    def blocks(self, step: int) -> list[tuple[str, int]]:
        """The parts of the state before a step, each with its rows: M, or 1 if it is common."""
        skeleton = self._skeleton(self._alike(step))
        parts = [(n, v.shape[-2]) for n, v in leaves(skeleton.state) if isinstance(v, Tensor)]
        flying = [part for flight in skeleton.flights for part in self._flying(flight, skeleton)]
        return parts + [(f"in flight.{index}", len(part)) for index, part in enumerate(flying)]

    def names(self, step: int) -> list[str]:
        """What each row is: the part of the state and, where workers differ, which worker."""
        return [
            f"{name}[{row}]" if count > 1 else name
            for name, count in self.blocks(step)
            for row in range(count)
        ]

    @cached_property
    def period_start(self) -> int | None:
        """The first round from which all rounds have the same maps; None where none has."""
        steps = self.algorithm.local_steps
        for start in range(_SETTLED):
            here, there = self._skeleton(start * steps), self._skeleton((start + 1) * steps)
            if self._standing(here) == self._standing(there):
                return start
        return None

    def _alike(self, step: int) -> int:
        """The first step that has the same map."""
        if self.period_start is None:
            return step
        start = self.period_start * self.algorithm.local_steps
        return step if step < start else start + (step - start) % self.algorithm.local_steps

    def _skeleton(self, step: int) -> Snapshot[Any]:
        """What the run looks like before a step, whatever its numbers."""
        while len(self._skeletons) <= step:
            self._skeletons.append(self._extracted(self._skeletons[-1])[1])
        return self._skeletons[step]

    def _begin(self, x: Tensor) -> Snapshot[Any]:
        return Loop(self.algorithm, self._transport, x).snapshot()

    def _extracted(self, skeleton: Snapshot[Any]) -> tuple[StepMap, Snapshot[Any]]:
        """The map of a step and what the run looks like after it; each kind of step once."""
        kind = self._kind(skeleton)
        if kind not in self._maps:
            self._maps[kind] = (*self._extract(skeleton), skeleton)
        made, after, before = self._maps[kind]
        moved = skeleton.steps_done - before.steps_done
        more = [now - then for now, then in zip(skeleton.posted, before.posted, strict=True)]
        flights = tuple(
            replace(f, due=f.due + moved, communication=f.communication + more[f.exchange])
            for f in after.flights
        )
        posted = tuple(count + extra for count, extra in zip(after.posted, more, strict=True))
        steps_done = after.steps_done + moved
        return made, replace(after, flights=flights, posted=posted, steps_done=steps_done)

    def _extract(self, skeleton: Snapshot[Any]) -> tuple[StepMap, Snapshot[Any]]:
        count = len(self._rows(skeleton))
        basis = torch.eye(count + self.num_workers, dtype=torch.float64)
        points, report, after = self._drive(skeleton, basis[:count], basis[count:])
        rows = self._rows(after).numpy()
        made = StepMap(
            keep=rows[:, :count],
            take=rows[:, count:],
            points=points.numpy()[:, :count],
            report=report.numpy()[:, :count],
        )
        self._test(skeleton, made, after)
        return made, after

    def _drive(
        self, skeleton: Snapshot[Any], rows: Tensor, gradient: Tensor
    ) -> tuple[Tensor, Tensor, Snapshot[Any]]:
        """Gradient points, report point and what follows, from these rows."""
        loop = Loop.resumed(self.algorithm, self._transport, self._filled(skeleton, rows))
        points, report = loop.gradient_point, loop.report()
        loop.step(gradient)
        return points, report, loop.snapshot()

    def _test(self, skeleton: Snapshot[Any], made: StepMap, after: Snapshot[Any]) -> None:
        """Superposition: the matrices predict the step from any state, of any size."""
        rng = torch.Generator().manual_seed(1)
        keep, take, points, report = map(
            torch.from_numpy, (made.keep, made.take, made.points, made.report)
        )
        scales = torch.tensor(_SCALES, dtype=torch.float64).repeat_interleave(2)
        counts = (keep.shape[1], self.num_workers)
        drawn = torch.randn(sum(counts), len(scales), dtype=torch.float64, generator=rng)
        rows, gradient = (scales * drawn).split(counts)
        gradient = gradient / float(self.algorithm.step_size)  # so that steps are felt
        found = self._drive(skeleton, rows, gradient)
        self._compare(found[0], "gradient_point", (points, rows))
        self._compare(found[1], "report", (report, rows))
        self._compare(self._rows(found[2]), "step", (keep, rows), (take, gradient))
        if _shape(found[2]) != _shape(after):
            self._refuse("schedule depends on the iterates")

    def _compare(self, found: Tensor, what: str, *products: tuple[Tensor, Tensor]) -> None:
        """Against a sum of products, entry by entry: rows may differ in size and unit."""
        expected = torch.stack([left @ right for left, right in products]).sum(0)
        size = torch.stack([left.abs() @ right.abs() for left, right in products]).sum(0)
        size = size + _LEFT_OVER * products[0][1].abs().amax(0)
        same_shape = found.shape == expected.shape
        if not same_shape or not bool(((found - expected).abs() <= _TOLERANCE * size).all()):
            self._refuse(f"{what} is no matrix applied to state and gradients")

    def _turn(self, exchange: int, communication: int) -> int:
        """Which of its mixing matrices an exchange is at."""
        topology = self.algorithm.exchanges[exchange].topology
        return communication % topology.period(self.num_workers)

    def _standing(self, skeleton: Snapshot[Any]) -> tuple[Any, ...]:
        """Everything that the rest of the run depends on, but numbers and the place in a round."""
        now = skeleton.steps_done
        flights = [
            (f.exchange, f.due - now, self._turn(f.exchange, f.communication))
            for f in skeleton.flights
        ]
        turns = [self._turn(index, count) for index, count in enumerate(skeleton.posted)]
        return _shape(skeleton), *flights, *turns

    def _kind(self, skeleton: Snapshot[Any]) -> tuple[Any, ...]:
        """Everything that the next step depends on, but numbers, what follows it included."""
        still = torch.zeros_like(self.algorithm.gradient_point(skeleton.state))
        stepped = self.algorithm.local_step(skeleton.state, still)
        due = self.algorithm.due(stepped, skeleton.steps_done + 1)
        return self._standing(skeleton), due

    def _flying(self, flight: Flight, skeleton: Snapshot[Any]) -> tuple[Tensor, ...]:
        """A message in flight as parts (rows, d): its mean, or every worker's if it is mixed."""
        width = tensors(skeleton.state)[0].shape[-1]
        topology = self.algorithm.exchanges[flight.exchange].topology
        mean = topology.weights(self.num_workers, flight.communication) is None
        own = flight.own.mean(-2, keepdim=True) if mean else flight.own
        return tuple(own.split(width, dim=-1))

    def _rows(self, snapshot: Snapshot[Any]) -> Tensor:
        """All tensors of a snapshot, stacked."""
        flying = [part for flight in snapshot.flights for part in self._flying(flight, snapshot)]
        parts = [*tensors(snapshot.state), *flying]
        widths = {part.shape[-1] for part in parts}
        if len(widths) > 1 or not all(part.is_floating_point() for part in parts):
            self._refuse("state holds more than vectors like x")
        return torch.cat(parts)

    def _filled(self, skeleton: Snapshot[Any], rows: Tensor) -> Snapshot[Any]:
        """The snapshot with these rows in place of its own."""
        shapes = [self._flying(flight, skeleton) for flight in skeleton.flights]
        counts = [len(part) for part in tensors(skeleton.state)]
        parts = iter(rows.split([*counts, *(len(part) for shape in shapes for part in shape)]))
        state = rebuilt(skeleton.state, parts)
        flights = []
        for flight, shape in zip(skeleton.flights, shapes, strict=True):
            message = torch.cat([next(parts) for _ in shape], dim=-1)
            flights.append(replace(flight, message=message.expand(self.num_workers, -1)))
        return replace(skeleton, state=state, flights=tuple(flights))

    def _refuse(self, why: str) -> None:
        name = name_of(type(self.algorithm))
        raise NotLinear(f"{name} is not linear: its {why}; this reading takes linear methods only")


def _shape(skeleton: Snapshot[Any]) -> tuple[Any, ...]:
    """The rows of every part and all plain values: a schedule, such as a step counter."""
    return tuple(
        value.shape[-2] if isinstance(value, Tensor) else value
        for _, value in leaves(skeleton.state)
    )
