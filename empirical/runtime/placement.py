"""The choice of transport: all workers in one process, or over ranks of torch.distributed."""

from __future__ import annotations

from empirical.runtime.launch import Place
from empirical.runtime.process_group import Ranked
from empirical.runtime.slow_link import Link, Timed
from empirical.transport import Stacked, Transport


def transport_at(
    place: Place, num_workers: int, link: Link | None = None, *, ordered: bool = False
) -> Transport:
    """Returns the transport of one process among those that share the workers.

    Args:
        place: this process among the ranks.
        num_workers: M, laid evenly over the processes.
        link: a slow link to emulate; None for none.
        ordered: whether to sum in the order of the workers, which makes results the same to the bit
            for every number of ranks.

    Raises:
        ValueError: the workers cannot be laid evenly over the ranks.
    """
    transport: Transport = Stacked(num_workers)
    if place.num_ranks > 1:
        transport = Ranked(num_workers, ordered=ordered, timeout=place.timeout)
    return transport if link is None else Timed(transport, link)
