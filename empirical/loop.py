"""The one loop that drives every algorithm, on every transport."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from torch import Tensor

from empirical.algorithm import Algorithm, Exchange
from empirical.compressor import Draft
from empirical.kernels.random_streams import Noise
from empirical.transport import Message, Parcel, Pending, Transport

S = TypeVar("S")


@dataclass(frozen=True)
class Flight:
    """Messages on their way.

    Attributes:
        exchange: which of the algorithm's exchanges they belong to.
        message: what was sent from here.
        communication: how many times that exchange had been made before.
        due: the step after which the received mean is absorbed.
    """

    exchange: int
    message: Message
    communication: int
    due: int

    @property
    def own(self) -> Tensor:
        """The message as all workers decode it, (*batch, workers, m)."""
        return self.message.own if isinstance(self.message, Parcel) else self.message


@dataclass(frozen=True)
class Snapshot(Generic[S]):
    """Everything that the rest of a run depends on, of the local workers.

    Attributes:
        state: of the algorithm.
        flights: what is in flight, first posted first.
        posted: how many times each exchange has been made.
        steps_done: completed local steps.
        seeds: of the noise of encodings.
    """

    state: S
    flights: tuple[Flight, ...]
    posted: tuple[int, ...]
    steps_done: int
    seeds: tuple[int, ...]


class Loop(Generic[S]):
    """An algorithm that runs on the local workers.

    For people who own their training loop:

        loop = Loop(algorithm, transport, x)
        while ...:
            loop.step(gradient(loop.gradient_point))
        loop.finish()

    Args:
        algorithm: what to run.
        transport: how messages travel.
        x: the common start (*batch, 1, d) or (*batch, workers, d).
        seeds: of the last batch axis, for compressors that round at random; 0, 1, ... if not given.

    Attributes:
        state: of the local workers.
        steps_done: completed local steps.

    Raises:
        AttributeError: an attribute that is none is set, such as the step size, which is the
            algorithm's: give a copy of it to a new loop.
    """

    __slots__ = (
        "_algorithm",
        "_flights",
        "_posted",
        "_seeds",
        "_transport",
        "state",
        "steps_done",
    )

    def __init__(
        self,
        algorithm: Algorithm[S],
        transport: Transport,
        x: Tensor,
        seeds: Sequence[int] | None = None,
    ) -> None:
        here = (*x.shape[:-2], len(transport.workers), x.shape[-1])
        count = x.shape[-3] if x.dim() > 2 else 1
        start: Snapshot[S] = Snapshot(
            state=algorithm.init(x.expand(here).clone()),
            flights=(),
            posted=(0,) * len(algorithm.exchanges),
            steps_done=0,
            seeds=tuple(range(count) if seeds is None else seeds),
        )
        self._begin(algorithm, transport, start)

    @classmethod
    def resumed(
        cls, algorithm: Algorithm[S], transport: Transport, snapshot: Snapshot[S]
    ) -> Loop[S]:
        """A loop that goes on from a snapshot; what was in flight is sent again."""
        loop = cls.__new__(cls)
        loop._begin(algorithm, transport, snapshot)
        return loop

    def _begin(self, algorithm: Algorithm[S], transport: Transport, start: Snapshot[S]) -> None:
        self._algorithm, self._transport = algorithm, transport
        self.state, self.steps_done = start.state, start.steps_done
        self._seeds, self._posted = start.seeds, list(start.posted)
        self._flights = [(flight, self._send(flight)) for flight in start.flights]

    def snapshot(self) -> Snapshot[S]:
        """Where the run stands."""
        flights = tuple(flight for flight, _ in self._flights)
        return Snapshot(self.state, flights, tuple(self._posted), self.steps_done, self._seeds)

    @property
    def gradient_point(self) -> Tensor:
        """Where each worker takes its next gradient, (*batch, workers, d)."""
        return self._algorithm.gradient_point(self.state)

    def step(self, gradient: Tensor) -> None:
        """One local step of every worker, and the communication that falls due after it."""
        algorithm = self._algorithm
        self.state = algorithm.local_step(self.state, gradient)
        self.steps_done += 1
        self._absorb_until(self.steps_done)
        for index in algorithm.due(self.state, self.steps_done):
            self._exchange(index, algorithm.exchanges[index])

    def report(self) -> Tensor:
        """The report point (*batch, 1, d), the same on every rank; one mean over all workers."""
        state = self.state
        for flight, _ in self._flights:
            state = self._algorithm.exchanges[flight.exchange].absorb(state, flight.own)
        return self._transport.mean(self._algorithm.report(state))

    def on_objective(self, objective: float) -> None:
        """Hands F at the report point to the algorithm, before the step that follows."""
        self.state = self._algorithm.on_objective(self.state, objective)

    def finish(self) -> None:
        """Absorbs what is in flight; call it once, at the end.

        Answers are not relayed any more: what a server has yet to pass on counts as if it had been.
        """
        for flight, pending in self._flights:
            exchange = self._algorithm.exchanges[flight.exchange]
            self.state = exchange.absorb(self.state, pending.wait())
        self._flights = []

    def _exchange(self, index: int, exchange: Exchange[S]) -> None:
        if exchange.delay == 0:
            self._absorb_until(None)
        posted, self.state = exchange.post(self.state)
        message: Message
        if isinstance(posted, Draft):
            message = posted.encoded(self._noise(index, self._transport.workers))
            self.state = exchange.sent(self.state, message.own)
        else:
            message = posted
        due = self.steps_done + exchange.delay
        flight = Flight(index, message, self._posted[index], due)
        self._flights.append((flight, self._send(flight)))
        self._posted[index] += 1
        self._absorb_until(self.steps_done)

    def _noise(self, index: int, workers: range) -> Noise:
        return Noise(self._seeds, workers, (self.steps_done, index))

    def _send(self, flight: Flight) -> Pending:
        return self._transport.post(flight.message, self._weights(flight))

    def _weights(self, flight: Flight) -> np.ndarray | None:
        topology = self._algorithm.exchanges[flight.exchange].topology
        return topology.weights(self._transport.num_workers, flight.communication)

    def _absorb_until(self, step: int | None) -> None:
        """Absorbs what is due by a step, first posted first; everything for None."""
        waiting = []
        for flight, pending in self._flights:
            if step is None or flight.due <= step:
                self._absorb(flight.exchange, pending.wait())
            else:
                waiting.append((flight, pending))
        self._flights = waiting

    def _absorb(self, index: int, mean: Tensor) -> None:
        exchanges = self._algorithm.exchanges
        exchange = exchanges[index]
        self.state = exchange.absorb(self.state, mean)
        if exchange.relay is not None:
            draft = exchange.relay.draft(self.state)
            # All workers play the one server, with noise that no exchange has.
            noise = self._noise(len(exchanges) + index, range(1))
            self.state = exchange.relay.read(self.state, draft.encoded(noise).own)
