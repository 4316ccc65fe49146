"""What communication costs: messages, bytes, and seconds hidden or exposed."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from empirical.transport import Message, Pending, Transport, Wrapped


@dataclass
class Ledger:
    """What communication has cost so far, on this rank.

    Attributes:
        messages: posted so far.
        wire_bytes: handed to the wire.
        received_bytes: taken from it.
        transfer_seconds: from each post to its arrival, added up; on NCCL, which does not say when
            a message arrived, to the moment when it was found to be there.
        exposed_seconds: of those, spent waiting.
    """

    messages: int = 0
    wire_bytes: int = 0
    received_bytes: int = 0
    transfer_seconds: float = 0.0
    exposed_seconds: float = 0.0

    @property
    def hidden_seconds(self) -> float:
        """Transfer seconds that lay behind computation."""
        return max(0.0, self.transfer_seconds - self.exposed_seconds)


@dataclass(frozen=True)
class _Metered(Pending):
    inner: Pending
    posted: float
    ledger: Ledger

    def wait(self) -> Tensor:
        settle()  # what was still being computed is computation, not waiting
        start = time.monotonic()
        value = self.inner.wait()
        settle()
        self.ledger.exposed_seconds += time.monotonic() - start
        self.ledger.transfer_seconds += max(0.0, self.inner.arrival() - self.posted)
        return value

    def arrival(self) -> float:
        return self.inner.arrival()


class Counted(Wrapped):
    """Another transport whose traffic and waiting are entered in a ledger."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(inner)
        self.ledger = Ledger()

    def post(self, message: Message, weights: np.ndarray | None = None) -> Pending:
        """Posts, counting the buffers that go on the wire and come from it."""
        self.ledger.messages += 1
        traffic = self.traffic(message, weights)
        self.ledger.wire_bytes += traffic.sent
        self.ledger.received_bytes += traffic.received
        posted = time.monotonic()
        return _Metered(self._inner.post(message, weights), posted, self.ledger)


def settle() -> None:
    """Lets an accelerator finish what this stream was asked, so that the clock speaks of it."""
    if torch.cuda.is_available():
        torch.cuda.current_stream().synchronize()
