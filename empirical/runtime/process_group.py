"""The transport over the ranks of torch.distributed, which really sends messages."""

from __future__ import annotations

import time
from datetime import timedelta

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from empirical.transport import (
    TIMEOUT,
    Message,
    Parcel,
    Pending,
    Traffic,
    Transport,
    average,
    check_layout,
    mixture,
    num_bytes,
    only_the_mean,
)
from theory.notation import GLOSSARY


class _Clock:
    """Records the time at which a collective ends."""

    def __init__(self, work: dist.Work, buffer: Tensor) -> None:
        self._at: float | None = None
        if buffer.device.type == "cpu":  # on NCCL completion is a stream event, not a callback
            work.get_future().add_done_callback(self._stamp)

    def _stamp(self, _: object) -> None:
        self._at = time.monotonic()

    def arrival(self) -> float:
        """Returns the time at which the collective ended; now, if no callback has recorded it."""
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
    """An all-gather in flight; its messages are summed in the order of the workers."""

    def __init__(self, message: Message, group: dist.ProcessGroup) -> None:
        self._parcel = message if isinstance(message, Parcel) else None
        own = message.pack() if isinstance(message, Parcel) else message.contiguous().clone()
        size = dist.get_world_size(group)
        # Every rank packs as many bytes as this one, since the length of a parcel does not depend
        # on its numbers.
        self._parts = [torch.empty_like(own) for _ in range(size)]
        work = dist.all_gather(self._parts, own, group=group, async_op=True)
        assert work is not None  # the group has this rank in it
        self._work, self._own = work, own  # the send buffer lives until the wait is over
        self._clock = _Clock(work, own)

    def wait(self) -> Tensor:
        self._work.wait()
        parcel = self._parcel
        parts = self._parts if parcel is None else [parcel.unpack(part) for part in self._parts]
        return average(torch.cat(parts, dim=-2))

    def arrival(self) -> float:
        return self._clock.arrival()


class _Mixing(Pending):
    """Messages between ranks whose workers are neighbours, one buffer a pair of ranks."""

    def __init__(self, message: Tensor, weights: np.ndarray, plan: _Plan) -> None:
        self._weights, self._workers = weights, plan.here
        self._known = dict(zip(plan.here, message.clone().unbind(-2), strict=True))
        self._incoming: list[tuple[list[int], Tensor]] = []
        self._arrived: float | None = None
        transfers = []
        for peer, (outgoing, incoming) in plan.peers(weights).items():
            if outgoing:
                rows = torch.stack([self._known[worker] for worker in outgoing])
                transfers.append(dist.P2POp(dist.isend, rows, peer, plan.group))
            if incoming:
                rows = message.new_empty(len(incoming), *message[..., 0, :].shape)
                self._incoming.append((incoming, rows))
                transfers.append(dist.P2POp(dist.irecv, rows, peer, plan.group))
        self._transfers = transfers  # the send buffers live until the wait is over
        self._works = dist.batch_isend_irecv(transfers) if transfers else []

    def wait(self) -> Tensor:
        for work in self._works:
            work.wait()
        self._arrived = time.monotonic()
        for workers, rows in self._incoming:
            self._known.update(zip(workers, rows.unbind(0), strict=True))
        return mixture(self._known, self._weights, self._workers)

    def arrival(self) -> float:
        """Returns the end of the wait, since point-to-point transfers do not tell their end."""
        return time.monotonic() if self._arrived is None else self._arrived


class _Plan:
    """Which messages cross from this rank to another and back, for a mixing matrix."""

    def __init__(self, here: range, num_workers: int, group: dist.ProcessGroup) -> None:
        self.here, self.group = here, group
        self._places = [
            range(first, first + len(here)) for first in range(0, num_workers, len(here))
        ]
        self._known: dict[bytes, dict[int, tuple[list[int], list[int]]]] = {}

    def peers(self, weights: np.ndarray) -> dict[int, tuple[list[int], list[int]]]:
        """Returns, by peer, the workers whose messages cross between this rank and the peer.

        The first list has the local workers whose messages the peer needs, the second the peer's
        workers whose messages are needed here.
        """
        key = weights.tobytes()
        if key not in self._known:
            self._known[key] = {
                peer: (
                    self._heard(there, self.here, weights),
                    self._heard(self.here, there, weights),
                )
                for peer, there in enumerate(self._places)
                if there != self.here
            }
        return self._known[key]

    @staticmethod
    def _heard(listeners: range, senders: range, weights: np.ndarray) -> list[int]:
        return [sender for sender in senders if weights[list(listeners), sender].any()]


class Ranked(Transport):
    """The transport whose workers are laid over the ranks of torch.distributed, M / P on each.

    Messages of numbers are summed on each rank first and all-reduced as one vector; parcels are
    gathered; for mixtures, messages are sent from rank to rank, only to those whose workers receive
    them. Algorithm traffic and measurements have a process group each, so that a collective of one
    kind can neither overtake nor be paired with one of the other.

    Args:
        num_workers: M, a multiple of the number of ranks P.
        ordered: whether to gather the messages and sum them in the order of the workers, which
            makes the result the same to the bit for every P, at M/P times the bytes.
        timeout: seconds that a collective may take before this rank gives up.

    Raises:
        ValueError: num_workers is not a multiple of the number of ranks.
    """

    def __init__(
        self, num_workers: int, *, ordered: bool = False, timeout: float = TIMEOUT
    ) -> None:
        GLOSSARY["num_workers"].check(num_workers)
        self._num_ranks, rank = dist.get_world_size(), dist.get_rank()
        check_layout(num_workers, self._num_ranks)
        here = num_workers // self._num_ranks
        self.num_workers = num_workers
        self.workers = range(rank * here, (rank + 1) * here)
        self._ordered = ordered
        patience = timedelta(seconds=timeout)
        self._posts = dist.new_group(timeout=patience)
        self._measures = dist.new_group(timeout=patience)
        self._plan = _Plan(self.workers, num_workers, self._posts)

    def post(self, message: Message, weights: np.ndarray | None = None) -> Pending:
        """Starts one collective, or the transfers of one mixture, and returns at once."""
        only_the_mean(message, weights)
        if weights is not None and isinstance(message, Tensor):
            return _Mixing(message, weights, self._plan)
        return self._send(message, self._posts)

    def mean(self, share: Tensor) -> Tensor:
        """Returns the mean by one collective on the group for measurements; blocks."""
        return self._send(share, self._measures).wait()

    def close(self) -> None:
        """Ends both process groups, each of which holds sockets and threads."""
        dist.destroy_process_group(self._posts)
        dist.destroy_process_group(self._measures)

    def traffic(self, message: Message, weights: np.ndarray | None = None) -> Traffic:
        """Returns the bytes of the sum, of local messages that are gathered, or of a mixture."""
        if isinstance(message, Parcel):
            return Traffic(message.num_bytes, (self._num_ranks - 1) * message.num_bytes)
        if weights is not None:
            one, crossing = num_bytes(message[..., 0, :]), self._plan.peers(weights).values()
            sent, received = (sum(len(pair[way]) for pair in crossing) for way in (0, 1))
            return Traffic(one * sent, one * received)
        if self._ordered:
            return Traffic(num_bytes(message), (self._num_ranks - 1) * num_bytes(message))
        return Traffic(num_bytes(message[..., 0, :]), num_bytes(message[..., 0, :]))

    def _send(self, message: Message, group: dist.ProcessGroup) -> Pending:
        if self._ordered or isinstance(message, Parcel):
            return _Gathering(message, group)
        share = message.sum(-2) / self.num_workers
        return _Reducing(share.contiguous(), group)
