"""What methods over a topology share, whose workers receive from some of the others only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar

from empirical.algorithm import Algorithm, Exchange
from empirical.components.topology import Complete, Ring, Topology, check_points_stay
from theory.measures import ReportPoint

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class Gossip(Algorithm[S]):
    """The one exchange of the class beside it, made over a topology that leaves the mean alone.

    Attributes:
        topology: who receives from whom; its columns sum to 1, so that mixing leaves the mean where
            it is, and so do its rows, so that workers who agree go on agreeing.

    Raises:
        ValueError: the topology moves points that all workers share.
    """

    topology: Topology = field(default_factory=Ring)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_points_stay(self.topology)

    @property
    def report_point(self) -> ReportPoint:
        """x̄_t, at every step."""
        return ReportPoint.MEAN_ITERATE

    @property
    def workers_alike(self) -> bool:
        """Whether workers may be exchanged: only where all receive from all."""
        return isinstance(self.topology, Complete)

    @property
    def exchanges(self) -> tuple[Exchange[S], ...]:
        """One, over the topology."""
        return tuple(replace(one, topology=self.topology) for one in super().exchanges)
