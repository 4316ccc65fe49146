"""The one seam: how messages become their mean over all workers.

M workers lie over P ranks, M/P stacked on each. P = 1 is simulation, M = P the plain distributed
run; the numbers are the same for every P. Only this module and launch.py know torch.distributed.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

from theory.notation import GLOSSARY

TIMEOUT = 60.0
"""Seconds after which a rank that hears nothing from its peers gives up."""


class Pending(ABC):
    """A message on its way."""

    @abstractmethod
    def wait(self) -> Tensor:
        """Blocks until the mean over all workers is here: (*batch, 1, m), never written again."""

    @abstractmethod
    def arrival(self) -> float:
        """When it arrived, on time.monotonic(); call it after wait()."""


class Transport(ABC):
    """Carries messages of the workers that live here to their mean over all workers.

    Attributes:
        num_workers: M, all of them.
        workers: those that live here, as a contiguous range.
    """

    num_workers: int
    workers: range

    @abstractmethod
    def post(self, message: Tensor) -> Pending:
        """Sends (*batch, local workers, m) on its way; returns at once.

        Every rank must post in the same order. The message is copied: its sender may go on.
        """

    @abstractmethod
    def mean(self, share: Tensor) -> Tensor:
        """The mean over all workers of (*batch, local workers, m), for measurements; blocks.

        It travels on a channel of its own and is never counted as the algorithm's traffic.
        """

    def close(self) -> None:  # noqa: B027  # most hold nothing
        """Gives back what was opened; nothing may be in flight."""

    @abstractmethod
    def wire_bytes(self, message: Tensor) -> int:
        """Length in bytes of the buffer that one rank hands to the wire for this message."""


class Wrapped(Transport):
    """Another transport with something added to its posts."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.num_workers, self.workers = inner.num_workers, inner.workers

    def mean(self, share: Tensor) -> Tensor:
        """As within: measurements are not touched."""
        return self._inner.mean(share)

    def close(self) -> None:
        """As within."""
        self._inner.close()

    def wire_bytes(self, message: Tensor) -> int:
        """As within."""
        return self._inner.wire_bytes(message)


def average(messages: Tensor) -> Tensor:
    """The mean over the worker axis, kept with length one: (*batch, workers, m) -> (*batch, 1, m).

    Always summed in the order of the workers, so that layouts which gather agree to the bit.
    """
    total = messages[..., 0, :]
    for worker in range(1, messages.shape[-2]):
        total = total + messages[..., worker, :]
    return (total / messages.shape[-2]).unsqueeze(-2)


@dataclass(frozen=True)
class _Arrived(Pending):
    value: Tensor
    at: float

    def wait(self) -> Tensor:
        return self.value

    def arrival(self) -> float:
        return self.at


class Stacked(Transport):
    """All workers live here, on one axis: the simulator's transport."""

    def __init__(self, num_workers: int) -> None:
        GLOSSARY["num_workers"].check(num_workers)
        self.num_workers = num_workers
        self.workers = range(num_workers)

    def post(self, message: Tensor) -> Pending:
        """The mean is here at once."""
        return _Arrived(average(message), time.monotonic())

    def mean(self, share: Tensor) -> Tensor:
        """The mean over the worker axis."""
        return average(share)

    def wire_bytes(self, message: Tensor) -> int:
        """What one worker would send: its own vector."""
        return _bytes(message[..., 0, :])


class _Clock:
    """Notes when a collective is over."""

    def __init__(self, work: dist.Work, buffer: Tensor) -> None:
        self._at: float | None = None
        if buffer.device.type == "cpu":  # on NCCL completion is a stream event, not a callback
            work.get_future().add_done_callback(self._stamp)

    def _stamp(self, _: object) -> None:
        self._at = time.monotonic()

    def arrival(self) -> float:
        """When it was over; now, where nobody has said."""
        return time.monotonic() if self._at is None else self._at


class _Reducing(Pending):
    """An all-reduce in flight; it owns its buffer until the wait is over."""

    def __init__(self, buffer: Tensor, group: dist.ProcessGroup) -> None:
        self._buffer = buffer
        work = dist.all_reduce(buffer, group=group, async_op=True)
        assert work is not None  # the group has this rank in it
        self._work, self._clock = work, _Clock(work, buffer)

    def wait(self) -> Tensor:
        self._work.wait()
        return self._buffer.unsqueeze(-2)

    def arrival(self) -> float:
        return self._clock.arrival()


class _Gathering(Pending):
    """An all-gather in flight, to be summed in the order of the workers."""

    def __init__(self, message: Tensor, group: dist.ProcessGroup) -> None:
        message = message.contiguous().clone()
        size = dist.get_world_size(group)
        self._parts = [torch.empty_like(message) for _ in range(size)]
        work = dist.all_gather(self._parts, message, group=group, async_op=True)
        assert work is not None  # the group has this rank in it
        self._work, self._own = work, message  # the send buffer lives until the wait is over
        self._clock = _Clock(work, message)

    def wait(self) -> Tensor:
        self._work.wait()
        return average(torch.cat(self._parts, dim=-2))

    def arrival(self) -> float:
        return self._clock.arrival()


class Ranked(Transport):
    """The workers lie over the ranks of torch.distributed, num_workers / P on each.

    Linear messages are summed here first and all-reduced as one vector. Algorithm traffic and
    measurements have a process group each, so neither can overtake or pair with the other.

    Args:
        num_workers: M, a multiple of the number of ranks P.
        ordered: gather the messages and sum them in the order of the workers, which makes the
            result the same to the bit for every P, at M/P times the bytes.
        timeout: seconds that a collective may take before this rank gives up.

    Raises:
        ValueError: num_workers is not a multiple of the number of ranks.
    """

    def __init__(
        self, num_workers: int, *, ordered: bool = False, timeout: float = TIMEOUT
    ) -> None:
        GLOSSARY["num_workers"].check(num_workers)
        num_ranks, rank = dist.get_world_size(), dist.get_rank()
        check_layout(num_workers, num_ranks)
        here = num_workers // num_ranks
        self.num_workers = num_workers
        self.workers = range(rank * here, (rank + 1) * here)
        self._ordered = ordered
        patience = timedelta(seconds=timeout)
        self._posts = dist.new_group(timeout=patience)
        self._measures = dist.new_group(timeout=patience)

    def post(self, message: Tensor) -> Pending:
        """Starts one collective and returns."""
        return self._send(message, self._posts)

    def mean(self, share: Tensor) -> Tensor:
        """One collective on the measuring group."""
        return self._send(share, self._measures).wait()

    def close(self) -> None:
        """Ends both process groups: each holds sockets and threads."""
        dist.destroy_process_group(self._posts)
        dist.destroy_process_group(self._measures)

    def wire_bytes(self, message: Tensor) -> int:
        """The summed vector, or all local messages where the order is kept."""
        return _bytes(message) if self._ordered else _bytes(message[..., 0, :])

    def _send(self, message: Tensor, group: dist.ProcessGroup) -> Pending:
        if self._ordered:
            return _Gathering(message, group)
        share = message.sum(-2) / self.num_workers
        return _Reducing(share.contiguous(), group)


def check_layout(num_workers: int, num_ranks: int) -> None:
    """Raises ValueError unless the workers can be laid evenly over the ranks."""
    if num_workers % num_ranks:
        even = [str(p) for p in range(1, num_workers + 1) if num_workers % p == 0]
        raise ValueError(
            f"num_workers={num_workers} cannot be laid evenly over {num_ranks} ranks; "
            f"use {', '.join(even)} ranks or a multiple of {num_ranks} workers"
        )


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
