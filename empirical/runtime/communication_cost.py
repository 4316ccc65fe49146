"""The cost of communication: messages, bytes, and seconds hidden or exposed."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from empirical.transport import Message, Pending, Transport, Wrapped


@dataclass
class Ledger:
    """The cost of communication so far, on this rank.

    Attributes:
        messages: number of posts.
        wire_bytes: bytes handed to the wire.
        received_bytes: bytes taken from the wire.
        transfer_seconds: seconds from each post to its arrival, added up. NCCL does not tell the
            time of an arrival; there it is the moment when the message was found to be there.
        exposed_seconds: seconds of these spent waiting.
    """

    messages: int = 0
    wire_bytes: int = 0
    received_bytes: int = 0
    transfer_seconds: float = 0.0
    exposed_seconds: float = 0.0

    @property
    def hidden_seconds(self) -> float:
        """Transfer seconds that computation has hidden, >= 0."""
        return max(0.0, self.transfer_seconds - self.exposed_seconds)


@dataclass(frozen=True)
class _Metered(Pending):
    inner: Pending
    posted: float
    ledger: Ledger

    def wait(self) -> Tensor:
        settle()  # work that is still queued here is computation and must not count as waiting
        start = time.monotonic()
        value = self.inner.wait()
        settle()
        self.ledger.exposed_seconds += time.monotonic() - start
        self.ledger.transfer_seconds += max(0.0, self.inner.arrival() - self.posted)
        return value

    def arrival(self) -> float:
        return self.inner.arrival()


class Counted(Wrapped):
    """A transport that enters the traffic and the waiting of another one in a ledger.

    Attributes:
        ledger: the cost so far.
    """

    def __init__(self, inner: Transport) -> None:
        super().__init__(inner)
        self.ledger = Ledger()

    def post(self, message: Message, weights: np.ndarray | None = None) -> Pending:
        """Posts, and counts the bytes that go on the wire and come from it."""
        self.ledger.messages += 1
        traffic = self.traffic(message, weights)
        self.ledger.wire_bytes += traffic.sent
        self.ledger.received_bytes += traffic.received
        posted = time.monotonic()
        return _Metered(self._inner.post(message, weights), posted, self.ledger)


def settle() -> None:
    """Waits until an accelerator has finished the queued work of the current stream.

    Without it a clock would measure only how long the work took to be queued.
    """
    if torch.cuda.is_available():
        torch.cuda.current_stream().synchronize()
