"""The one seam: how messages become what workers receive.

M workers lie over P ranks, M/P stacked on each. P = 1 is simulation, M = P the plain distributed
run; the numbers are the same for every P. Here is the seam itself and the simulator's side of it;
ranked.py has the side of real ranks.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from theory.notation import GLOSSARY

TIMEOUT = 60.0
"""Seconds after which a rank that hears nothing from its peers gives up."""


class Parcel(ABC):
    """Messages that cannot be summed on the way: they travel as bytes, and each rank reads all.

    Attributes:
        own: the local messages as all ranks will decode them, (*batch, workers, m).
    """

    own: Tensor

    @property
    @abstractmethod
    def num_bytes(self) -> int:
        """Length of what pack returns."""

    @abstractmethod
    def pack(self) -> Tensor:
        """All local messages as bytes, (n,) uint8."""

    @abstractmethod
    def unpack(self, data: Tensor) -> Tensor:
        """What another rank packed: (n,) uint8 -> (*batch, its workers, m).

        Raises:
            ValueError: the bytes are not what was sent.
        """


Message = Tensor | Parcel
"""What workers send: (*batch, local workers, m) as numbers, or packed."""


class Traffic(NamedTuple):
    """Bytes of one communication.

    Attributes:
        sent: handed to the wire here.
        received: taken from it here.
    """

    sent: int
    received: int


class Pending(ABC):
    """A message on its way."""

    @abstractmethod
    def wait(self) -> Tensor:
        """Blocks until it is here, never written again.

        (*batch, 1, m) where it is the mean over all workers, (*batch, local workers, m) where each
        worker receives its own mixture.
        """

    @abstractmethod
    def arrival(self) -> float:
        """When it arrived, on time.monotonic(); call it after wait()."""


class Transport(ABC):
    """Carries messages of the local workers to what they receive from all.

    Attributes:
        num_workers: M, all of them.
        workers: the local workers, as a contiguous range.
    """

    num_workers: int
    workers: range

    @abstractmethod
    def post(self, message: Message, weights: np.ndarray | None = None) -> Pending:
        """Sends messages on their way; returns at once.

        Every rank must post in the same order. A message is copied: its sender may go on.

        Args:
            message: of the local workers, (*batch, local workers, m) or packed.
            weights: (M, M), row i holding the weights of what worker i receives; None is the mean
                over all workers, which is all that a parcel can become.
        """

    @abstractmethod
    def mean(self, share: Tensor) -> Tensor:
        """The mean over all workers of (*batch, local workers, m), for measurements; blocks.

        It travels on a channel of its own and is never counted as the algorithm's traffic.
        """

    def close(self) -> None:  # noqa: B027  # most hold nothing
        """Gives back what was opened; nothing may be in flight."""

    @abstractmethod
    def traffic(self, message: Message, weights: np.ndarray | None = None) -> Traffic:
        """Length in bytes of the buffers that one rank hands to the wire and takes from it."""


class Wrapped(Transport):
    """Another transport with something added to its posts."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.num_workers, self.workers = inner.num_workers, inner.workers

    def mean(self, share: Tensor) -> Tensor:
        """Returns the mean of the transport within: nothing is added to measurements."""
        return self._inner.mean(share)

    def close(self) -> None:
        """Closes the transport within."""
        self._inner.close()

    def traffic(self, message: Message, weights: np.ndarray | None = None) -> Traffic:
        """Returns the bytes of a message on the transport within."""
        return self._inner.traffic(message, weights)


def average(messages: Tensor) -> Tensor:
    """The mean over the worker axis, kept with length one: (*batch, workers, m) -> (*batch, 1, m).

    Always summed in the order of the workers, so that layouts which gather agree to the bit.
    """
    total, *others = messages.unbind(-2)
    for message in others:
        total = total + message
    return (total / messages.shape[-2]).unsqueeze(-2)


def mixture(messages: dict[int, Tensor], weights: np.ndarray, workers: range) -> Tensor:
    """What each of some workers receives, summed in the order of the senders: (*batch, workers, m).

    Args:
        messages: (*batch, m) by worker; at least those of the senders.
        weights: (M, M), row i holding the weights of what worker i receives.
        workers: the receivers.
    """
    heard = []
    for listener in workers:
        row = [(j, float(weights[listener, j])) for j in np.flatnonzero(weights[listener]).tolist()]
        total = row[0][1] * messages[row[0][0]]
        for sender, weight in row[1:]:
            total = total + weight * messages[sender]
        heard.append(total)
    return torch.stack(heard, dim=-2)


def only_the_mean(message: Message, weights: np.ndarray | None) -> None:
    """Raises ValueError if a parcel is to be mixed otherwise than by the mean."""
    if isinstance(message, Parcel) and weights is not None:
        raise ValueError("compressed messages go to all workers; take topology=complete")


@dataclass(frozen=True)
class _Arrived(Pending):
    value: Tensor
    at: float

    def wait(self) -> Tensor:
        return self.value

    def arrival(self) -> float:
        return self.at


class Stacked(Transport):
    """All workers are local, on one axis: the transport of the simulator."""

    def __init__(self, num_workers: int) -> None:
        GLOSSARY["num_workers"].check(num_workers)
        self.num_workers = num_workers
        self.workers = range(num_workers)

    def post(self, message: Message, weights: np.ndarray | None = None) -> Pending:
        """Returns a message that has arrived already."""
        only_the_mean(message, weights)
        values = message.own if isinstance(message, Parcel) else message
        if weights is None:
            return _Arrived(average(values), time.monotonic())
        each = dict(enumerate(values.unbind(-2)))
        return _Arrived(mixture(each, weights, self.workers), time.monotonic())

    def mean(self, share: Tensor) -> Tensor:
        """The mean over the worker axis."""
        return average(share)

    def traffic(self, message: Message, weights: np.ndarray | None = None) -> Traffic:
        """What one worker would send and receive if each lived on a rank of its own."""
        if isinstance(message, Parcel):
            one = message.num_bytes // self.num_workers
            return Traffic(one, (self.num_workers - 1) * one)
        one = num_bytes(message[..., 0, :])
        if weights is None:
            return Traffic(one, one)
        apart = (weights != 0) & ~np.eye(self.num_workers, dtype=bool)
        return Traffic(one * int(apart.sum(0).max()), one * int(apart.sum(1).max()))


def check_layout(num_workers: int, num_ranks: int) -> None:
    """Raises ValueError unless the workers can be laid evenly over the ranks."""
    if num_workers % num_ranks:
        even = [str(p) for p in range(1, num_workers + 1) if num_workers % p == 0]
        raise ValueError(
            f"num_workers={num_workers} cannot be laid evenly over {num_ranks} ranks; "
            f"use {', '.join(even)} ranks or a multiple of {num_ranks} workers"
        )


def num_bytes(tensor: Tensor) -> int:
    """Length of a tensor's numbers in bytes."""
    return tensor.numel() * tensor.element_size()
