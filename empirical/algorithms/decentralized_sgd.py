from dataclasses import dataclass, field, replace
from typing import Any

from empirical.algorithm import Exchange, WorkerState
from empirical.averaging import LocalAveraging
from empirical.inner_rule import HeavyBall
from empirical.topology import Complete, Exponential, Ring, Topology
from theory.measures import ReportPoint


@dataclass(frozen=True, kw_only=True)
class DecentralizedSGD(LocalAveraging):
    r"""Workers step on their own and mix with those whom they hear, every K steps.

    Between communications:   x_m <- x_m - eta g_m                       (K times)
    At a communication:       x_m <- sum_j W_mj x_j

    With K = 1 this is D-PSGD in its adapt-then-combine form; with any K and any given matrix it is
    Cooperative SGD without auxiliary variables; on the complete graph it is Local SGD.

    Attributes:
        topology: who hears whom; its columns sum to 1, so that mixing leaves the mean where it is.

    Shapes:
        state.x (*batch, workers, d); message (*batch, workers, d).

    Source: lian2017dpsgd, Algorithm 1; wang2021cooperative, Algorithm 1. Differs from the former
    in mixing after the step, not beside it.
    """

    topology: Topology = field(default_factory=Ring)

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
