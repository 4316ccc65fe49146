"""The one loop that drives every algorithm, on every transport."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.transport import Pending, Transport

S = TypeVar("S")


@dataclass(frozen=True)
class _InFlight:
    message: Tensor
    pending: Pending
    due: int


@dataclass(frozen=True)
class Snapshot(Generic[S]):
    """Everything that the rest of a run depends on, of the workers that live here.

    Attributes:
        state: of the algorithm.
        message: what is in flight, (*batch, workers, m); None where nothing is.
        due: the step after which its mean is absorbed.
        steps_done: completed local steps.
    """

    state: S
    message: Tensor | None
    due: int
    steps_done: int


class Loop(Generic[S]):
    """An algorithm at work on the workers that live here.

    For people who own their training loop:

        loop = Loop(algorithm, transport, x)
        while ...:
            loop.step(gradient(loop.gradient_point))
        loop.finish()

    Args:
        algorithm: what to run.
        transport: how messages become means.
        x: the common start (*batch, 1, d) or (*batch, workers, d).

    Attributes:
        state: of the workers that live here.
        steps_done: completed local steps.
    """

    def __init__(self, algorithm: Algorithm[S], transport: Transport, x: Tensor) -> None:
        self._algorithm, self._transport = algorithm, transport
        here = (*x.shape[:-2], len(transport.workers), x.shape[-1])
        self.state = algorithm.init(x.expand(here).clone())
        self.steps_done = 0
        self._in_flight: _InFlight | None = None

    @classmethod
    def resumed(
        cls, algorithm: Algorithm[S], transport: Transport, snapshot: Snapshot[S]
    ) -> Loop[S]:
        """A loop that goes on from a snapshot; what was in flight is sent again."""
        loop = cls.__new__(cls)
        loop._algorithm, loop._transport = algorithm, transport
        loop.state, loop.steps_done, loop._in_flight = snapshot.state, snapshot.steps_done, None
        if snapshot.message is not None:
            pending = transport.post(snapshot.message)
            loop._in_flight = _InFlight(snapshot.message, pending, snapshot.due)
        return loop

    def snapshot(self) -> Snapshot[S]:
        """Where the run stands."""
        flight = self._in_flight
        message, due = (None, 0) if flight is None else (flight.message, flight.due)
        return Snapshot(self.state, message, due, self.steps_done)

    @property
    def gradient_point(self) -> Tensor:
        """Where each worker takes its next gradient, (*batch, workers, d)."""
        return self._algorithm.gradient_point(self.state)

    def step(self, gradient: Tensor) -> None:
        """One local step of every worker, and the communication that falls due after it."""
        algorithm = self._algorithm
        self.state = algorithm.local_step(self.state, gradient)
        self.steps_done += 1
        if self._in_flight is not None and self.steps_done >= self._in_flight.due:
            self._absorb()
        if self.steps_done % algorithm.local_steps == 0:
            self._post()

    def report(self) -> Tensor:
        """The report point (*batch, 1, d), the same on every rank; one mean over all workers."""
        state = self.state
        if self._in_flight is not None:
            state = self._algorithm.absorb(state, self._in_flight.message)
        return self._transport.mean(self._algorithm.report(state))

    def finish(self) -> None:
        """Absorbs what is in flight; call it once, at the end."""
        if self._in_flight is not None:
            self._absorb()

    def _post(self) -> None:
        message, self.state = self._algorithm.post(self.state)
        due = self.steps_done + self._algorithm.comm_delay
        self._in_flight = _InFlight(message, self._transport.post(message), due)
        if due == self.steps_done:
            self._absorb()

    def _absorb(self) -> None:
        assert self._in_flight is not None
        mean = self._in_flight.pending.wait()
        self.state = self._algorithm.absorb(self.state, mean)
        self._in_flight = None
