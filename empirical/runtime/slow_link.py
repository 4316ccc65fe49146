"""A slow link between workers, emulated on the real clock over any transport."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from empirical.transport import Message, Pending, Transport, Wrapped


@dataclass(frozen=True)
class Link:
    """A link that a message crosses in latency + bytes / bandwidth seconds.

    Attributes:
        latency: seconds for each message, whatever its length, >= 0.
        bandwidth: bytes a second, > 0; None is without limit.

    Raises:
        ValueError: an attribute is out of its range.
    """

    latency: float = 0.0
    bandwidth: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.latency < float("inf"):
            raise ValueError(f"latency={self.latency} must be seconds in [0, inf)")
        if self.bandwidth is not None and not 0 < self.bandwidth < float("inf"):
            raise ValueError(f"bandwidth={self.bandwidth} must be bytes a second, > 0")

    def seconds(self, num_bytes: int) -> float:
        """Returns the seconds that a message of that many bytes takes."""
        return self.latency + (num_bytes / self.bandwidth if self.bandwidth else 0.0)


@dataclass(frozen=True)
class _Delayed(Pending):
    inner: Pending
    due: float

    def wait(self) -> Tensor:
        value = self.inner.wait()
        time.sleep(max(0.0, self.due - time.monotonic()))
        return value

    def arrival(self) -> float:
        return max(self.due, self.inner.arrival())


class Timed(Wrapped):
    """A transport that delays the messages of another one as a slow link would.

    A message arrives no earlier than the link allows, and the link carries the messages of one rank
    one after the other. The process sleeps in wait() only, so that computation between post and
    wait hides the link as it would hide a real one.
    """

    def __init__(self, inner: Transport, link: Link) -> None:
        super().__init__(inner)
        self._link = link
        self._free = 0.0

    def post(self, message: Message, weights: np.ndarray | None = None) -> Pending:
        """Posts, and records when the link would deliver the message."""
        # A message starts when the link has delivered the one before it.
        start = max(self._free, time.monotonic())
        self._free = start + self._link.seconds(self.traffic(message, weights).sent)
        return _Delayed(self._inner.post(message, weights), self._free)
