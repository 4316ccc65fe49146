from dataclasses import dataclass, field, replace
from typing import Any

from empirical.algorithm import Exchange, WorkerState
from empirical.averaging import LocalAveraging
from empirical.inner_rule import HeavyBall
from empirical.topology import Complete, Exponential, Ring, Topology, check_points_stay
from theory.measures import ReportPoint


@dataclass(frozen=True, kw_only=True)
class DecentralizedSGD(LocalAveraging):
    r"""Workers step on their own and mix with those whom they hear, every K steps.

    Between communications:   x_m <- x_m - eta g_m                       (K times)
    At a communication:       x_m <- sum_j W_mj x_j

    With K = 1 this is D-PSGD in its adapt-then-combine form (OLDSGD with K = 1 is the printed one,
    which mixes beside the step); on the complete graph it is Local SGD. With any K and any given
    symmetric matrix it is Cooperative SGD without auxiliary variables; EASGD is the instance with
    one. A general matrix over workers and auxiliary variables would have to know M; of the paper's
    instances only generalised elastic averaging, gossip beside elastic pulls, is neither.

    Attributes:
        topology: who hears whom; its columns sum to 1, so that mixing leaves the mean where it is,
            and so do its rows, so that workers who agree go on agreeing.

    Shapes:
        state.x (*batch, workers, d); message (*batch, workers, d).

    Raises:
        ValueError: the topology moves points that all workers share.

    Source: lian2017dpsgd, Algorithm 1; wang2021cooperative, Algorithm 1. Differs from the former
    in mixing after the step, not beside it.
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
        """They have neighbours, unless all hear all."""
        return isinstance(self.topology, Complete)

    @property
    def exchanges(self) -> tuple[Exchange[WorkerState], ...]:
        """One, over the topology."""
        first: tuple[Exchange[Any], ...] = super().exchanges
        return (replace(first[0], topology=self.topology),)


EXAMPLES = (
    DecentralizedSGD(local_steps=1, step_size=0.1),
    DecentralizedSGD(local_steps=3, step_size=0.05, topology=Exponential()),
    DecentralizedSGD(
        local_steps=2,
        step_size=0.05,
        topology=Exponential(one_peer=False),
        inner_rule=HeavyBall(0.5),
    ),
)
