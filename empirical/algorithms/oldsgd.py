from dataclasses import dataclass, field, replace
from typing import Any

from empirical.algorithm import Exchange
from empirical.delayed_averaging import DelayedAveraging, DelayedState
from empirical.inner_rule import HeavyBall
from empirical.merge import DelayCorrected, MergeRule
from empirical.topology import Complete, Exponential, Ring, Topology, check_points_stay
from theory.measures import ReportPoint


@dataclass(frozen=True, kw_only=True)
class OLDSGD(DelayedAveraging):
    r"""Gossip whose messages travel for a whole round, hidden behind the next K steps.

    Within a round:           x_m <- x_m - eta g_m                       (K times)
    At its end:               x_m <- sum_j W_mj s_j + (x_m - s_m),  then s_m <- x_m is sent

    s_m is where worker m stood when the round began. x̄_t moves as in Local SGD. On the complete
    graph it is CoCoD-SGD; with K = 1 it is D-PSGD as printed, whose mixing runs beside the step.

    Attributes:
        topology: who hears whom; rows and columns sum to 1.

    Shapes:
        state.x, state.sent (*batch, workers, d); message (*batch, workers, d).

    Raises:
        ValueError: the topology moves points that all workers share.

    Source: zhou2026oldsgd, its update rule; lian2017dpsgd, Algorithm 1, for K = 1.
    """

    topology: Topology = field(default_factory=Ring)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_points_stay(self.topology)

    @property
    def comm_delay(self) -> int:
        """K."""
        return self.local_steps

    @property
    def merging(self) -> MergeRule:
        """Delay-corrected."""
        return DelayCorrected()

    @property
    def report_point(self) -> ReportPoint:
        """x̄_t, at every step."""
        return ReportPoint.MEAN_ITERATE

    @property
    def workers_alike(self) -> bool:
        """They have neighbours, unless all hear all."""
        return isinstance(self.topology, Complete)

    @property
    def exchanges(self) -> tuple[Exchange[DelayedState], ...]:
        """One, over the topology."""
        first: tuple[Exchange[Any], ...] = super().exchanges
        return (replace(first[0], topology=self.topology),)


EXAMPLES = (
    OLDSGD(local_steps=3, step_size=0.05),
    OLDSGD(local_steps=2, step_size=0.05, topology=Exponential()),
    OLDSGD(local_steps=1, step_size=0.1, topology=Exponential(one_peer=False)),
    OLDSGD(local_steps=2, step_size=0.04, topology=Complete(), inner_rule=HeavyBall(0.5)),
)
