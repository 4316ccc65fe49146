"""The transport: how the messages of workers become what each of them receives.

M workers are laid over P ranks, M/P stacked on each. P = 1 is simulation, M = P the plain
distributed run; the numbers are the same for every P. This file defines the interface and the
simulator's implementation; runtime/process_group.py has the one of torch.distributed.
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
"""Seconds after which a rank that receives nothing from its peers gives up."""


class Parcel(ABC):
    """Messages that cannot be summed on the way: they travel as bytes, and each rank reads all.

    Attributes:
        own: the local messages as all ranks will decode them, (*batch, workers, m).
    """

    own: Tensor

    @property
    @abstractmethod
    def num_bytes(self) -> int:
        """The number of bytes that `pack` returns."""

    @abstractmethod
    def pack(self) -> Tensor:
        """Returns all local messages as bytes, (n,) uint8."""

    @abstractmethod
    def unpack(self, data: Tensor) -> Tensor:
        """Returns the messages that another rank packed: (n,) uint8 -> (*batch, its workers, m).

        Raises:
            ValueError: the bytes are not what was sent.
        """


Message = Tensor | Parcel
"""The messages of the local workers: numbers (*batch, local workers, m), or a parcel."""


class Traffic(NamedTuple):
    """The bytes of one communication, counted on one rank.

    Attributes:
        sent: bytes that the rank hands to the wire.
        received: bytes that the rank takes from it.
    """

    sent: int
    received: int


class Pending(ABC):
    """A communication that has been started and may not have ended yet."""

    @abstractmethod
    def wait(self) -> Tensor:
        """Blocks until the result is here and returns it; the tensor is never written again.

        Returns:
            (*batch, 1, m) if it is the mean over all workers, (*batch, local workers, m) if each
            worker receives its own mixture.
        """

    @abstractmethod
    def arrival(self) -> float:
        """Returns the time.monotonic() of the arrival, in seconds; call it after wait()."""


class Transport(ABC):
    """The interface that carries messages between workers.

    Attributes:
        num_workers: M, the number of workers on all ranks.
        workers: the local workers, as a contiguous range.
    """

    num_workers: int
    workers: range

    @abstractmethod
    def post(self, message: Message, weights: np.ndarray | None = None) -> Pending:
        """Starts to send the messages of the local workers and returns at once.

        Every rank must post in the same order, since the posts of the ranks are paired by order
        alone. A message is copied, so that its sender may change it afterwards.

        Args:
            message: the messages of the local workers, (*batch, local workers, m) or a parcel.
            weights: mixing matrix (M, M): worker i receives the sum of all messages with the
                weights of row i. None is the mean over all workers, the only choice for a parcel.

        Returns:
            The communication in progress; its wait() returns what the local workers receive.
        """

    @abstractmethod
    def mean(self, share: Tensor) -> Tensor:
        """Returns the mean over all workers, (*batch, local workers, m) -> (*batch, 1, m).

        It is for measurements: it blocks, has a channel of its own, and is never counted as the
        algorithm's traffic.
        """

    def close(self) -> None:  # noqa: B027  # most hold nothing
        """Releases what the transport has opened; no communication may be in progress."""

    @abstractmethod
    def traffic(self, message: Message, weights: np.ndarray | None = None) -> Traffic:
        """Returns the bytes that one rank would send and receive for a post with these arguments.

        They are the lengths of the buffers that it hands to the wire and takes from it.
        """


class Wrapped(Transport):
    """A transport that adds something to the posts of another one and leaves the rest to it."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.num_workers, self.workers = inner.num_workers, inner.workers

    def mean(self, share: Tensor) -> Tensor:
        """Returns the mean of the inner transport: nothing is added to measurements."""
        return self._inner.mean(share)

    def close(self) -> None:
        """Closes the inner transport, which holds all that was opened."""
        self._inner.close()

    def traffic(self, message: Message, weights: np.ndarray | None = None) -> Traffic:
        """Returns the bytes of a message on the inner transport."""
        return self._inner.traffic(message, weights)


def average(messages: Tensor) -> Tensor:
    """Returns the mean over the worker axis: (*batch, workers, m) -> (*batch, 1, m).

    Messages are always summed in the order of the workers, so that all layouts which gather them
    (simulation, parcels, ordered sums) agree to the bit.
    """
    total, *others = messages.unbind(-2)
    for message in others:
        total = total + message
    return (total / messages.shape[-2]).unsqueeze(-2)


def mixture(messages: dict[int, Tensor], weights: np.ndarray, workers: range) -> Tensor:
    """Returns the weighted sum of messages that each of some workers receives.

    Args:
        messages: (*batch, m) by worker; at least those of the senders.
        weights: (M, M), row i holding the weights of the messages that worker i receives.
        workers: the receivers.

    Returns:
        (*batch, workers, m), summed in the order of the senders, so that all layouts agree to the
        bit.
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
    """Raises ValueError if a parcel comes with weights: parcels can become their mean only."""
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
    """The transport of the simulator: all workers are local, stacked on one axis."""

    def __init__(self, num_workers: int) -> None:
        GLOSSARY["num_workers"].check(num_workers)
        self.num_workers = num_workers
        self.workers = range(num_workers)

    def post(self, message: Message, weights: np.ndarray | None = None) -> Pending:
        """Computes what the workers receive at once; the wait for it takes no time."""
        only_the_mean(message, weights)
        values = message.own if isinstance(message, Parcel) else message
        if weights is None:
            return _Arrived(average(values), time.monotonic())
        each = dict(enumerate(values.unbind(-2)))
        return _Arrived(mixture(each, weights, self.workers), time.monotonic())

    def mean(self, share: Tensor) -> Tensor:
        """Returns the mean over the worker axis, summed in the order of the workers."""
        return average(share)

    def traffic(self, message: Message, weights: np.ndarray | None = None) -> Traffic:
        """Returns the bytes that one worker would send and receive if it had a rank of its own.

        A mean counts as one message sent and one received; a parcel as one sent and M - 1 received;
        a mixture as the messages of the busiest sender and of the busiest receiver.
        """
        if isinstance(message, Parcel):
            one = message.num_bytes // self.num_workers
            return Traffic(one, (self.num_workers - 1) * one)
        one = num_bytes(message[..., 0, :])
        if weights is None:
            return Traffic(one, one)
        apart = (weights != 0) & ~np.eye(self.num_workers, dtype=bool)
        return Traffic(one * int(apart.sum(0).max()), one * int(apart.sum(1).max()))


def check_layout(num_workers: int, num_ranks: int) -> None:
    """Raises ValueError unless the number of workers is a multiple of the number of ranks."""
    if num_workers % num_ranks:
        even = [str(p) for p in range(1, num_workers + 1) if num_workers % p == 0]
        raise ValueError(
            f"num_workers={num_workers} cannot be laid evenly over {num_ranks} ranks; "
            f"use {', '.join(even)} ranks or a multiple of {num_ranks} workers"
        )


def num_bytes(tensor: Tensor) -> int:
    """Returns the length in bytes of the numbers of a tensor."""
    return tensor.numel() * tensor.element_size()
