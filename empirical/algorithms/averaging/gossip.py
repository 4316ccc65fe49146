"""The mixin that gives a method a topology: workers average with some of the others only.

Put before the class that defines the messages, as in `class DecentralizedSGD(Gossip, ...)`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar

from empirical.algorithm import Algorithm, Exchange
from empirical.components.topology import Complete, Ring, Topology, check_points_stay
from theory.measures import ReportPoint

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class Gossip(Algorithm[S]):
    """A method whose messages are averaged over a topology that preserves the mean of all workers.

    Attributes:
        topology: which worker receives from which, and with what weight. Its columns sum to 1, so
            that mixing preserves the mean of the iterates; its rows must sum to 1 as well, so that
            workers with equal iterates keep equal iterates.

    Raises:
        ValueError: rows of the topology do not sum to 1.
    """

    topology: Topology = field(default_factory=Ring)

    def __post_init__(self) -> None:
        super().__post_init__()
        # Messages of these methods carry no push-sum weights that could undo rows of another sum.
        check_points_stay(self.topology)

    @property
    def report_point(self) -> ReportPoint:
        """The mean iterate x̄_t, at every step; mixing does not change it."""
        return ReportPoint.MEAN_ITERATE

    @property
    def workers_alike(self) -> bool:
        """True on the complete graph only; elsewhere a worker's place decides who its peers are."""
        return isinstance(self.topology, Complete)

    @property
    def exchanges(self) -> tuple[Exchange[S], ...]:
        """The exchanges of the class that this one is mixed into, made over the topology."""
        return tuple(replace(one, topology=self.topology) for one in super().exchanges)
