"""AdaComm: workers communicate the more often, the lower the objective is.

After every `interval` steps, x being the report point then:

    K <- ceil( sqrt((F(x) - F_low) / (F(x_0) - F_low)) K_0 ),  at least 1

and the base's exchange is made once K steps have gone by since the last. Where the objective is not
measured, K stays K_0; where that is no finite number, K stays as it is. All ranks receive
the same number, but for two layouts it may differ in the last digits: K is rounded up from
1e-9 above a whole number only.

Source: wang2019adacomm, the basic rule. Differs: intervals are in steps, not in wall-clock
seconds; F is the whole objective, measured outside the traffic, not an estimate on minibatches;
K may rise again, where the authors multiply it by a constant below 1 if it would not fall.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.wrappers.scheduled import Scheduled
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import HeavyBall
from empirical.components.topology import Exponential
from empirical.field_ranges import check_whole

_ROUNDING = 1e-9
"""What a ratio may exceed a whole number by without being rounded up."""


class AdaptiveState(NamedTuple):
    """What a worker carries.

    Attributes:
        base: state of the method within.
        every: K now.
        since: steps since the last communication.
        first: F(x_0) less the lowest value; None before the first measurement.
    """

    base: Any
    every: int
    since: int
    first: float | None


@dataclass(frozen=True, kw_only=True)
class AdaptiveLocalSteps(Scheduled[AdaptiveState]):
    """Workers communicate the more often, the lower the objective is: AdaComm.

    Attributes:
        interval: steps between choices of K; >= 1.
        lowest_objective: F_low, a value that F does not go under, unit f; 0 for losses.
        local_steps: K_0, the first K. A run has num_rounds * K_0 steps.

    Raises:
        ValueError: an attribute is out of its range; F(x_0), once measured, is not above the
            lowest.

    Source: wang2019adacomm, the basic rule; the update rule stands at the top of this file.
    """

    interval: int
    lowest_objective: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole(self, 1, "interval")

    @classmethod
    def usual_base(cls) -> type[Algorithm[Any]]:
        """Returns Local SGD, the base where none is given."""
        return LocalSGD

    @property
    def objective_every(self) -> int:
        """The interval between two measurements of the objective, in local steps."""
        return self.interval

    def on_objective(self, state: AdaptiveState, objective: float) -> AdaptiveState:
        """Chooses K from the objective at the report point."""
        height = objective - self.lowest_objective
        first = height if state.first is None else state.first
        if not first > 0:
            raise ValueError(
                f"lowest_objective={self.lowest_objective:g} must be below F(x_0)={objective:g}"
            )
        ratio = height / first
        every = state.every
        if math.isfinite(ratio):
            wanted = math.sqrt(max(ratio, 0.0)) * self.local_steps
            every = max(1, math.ceil(wanted - _ROUNDING))
        return state._replace(every=every, first=first)

    def due(self, state: AdaptiveState, steps_done: int) -> tuple[int, ...]:
        """Once K steps have gone by since the last communication."""
        return (0,) if state.since >= state.every else ()

    def init(self, x: Tensor) -> AdaptiveState:
        """The base at x, K being K_0."""
        return AdaptiveState(self.base.init(x), self.local_steps, 0, None)

    def local_step(self, state: AdaptiveState, gradient: Tensor) -> AdaptiveState:
        """One step of the base, counted."""
        base = self.base.local_step(state.base, gradient)
        return state._replace(base=base, since=state.since + 1)

    def absorb(self, state: AdaptiveState, mean: Tensor) -> AdaptiveState:
        """Absorbs as the base does, and counts steps from here."""
        absorbed: AdaptiveState = super().absorb(state, mean)
        return absorbed._replace(since=0)


EXAMPLES = (
    AdaptiveLocalSteps(local_steps=4, step_size=0.05, interval=6),
    AdaptiveLocalSteps(
        base=LocalSGD(local_steps=3, step_size=0.02, inner_rule=HeavyBall(0.9)),
        interval=5,
        lowest_objective=-1.0,
    ),
    AdaptiveLocalSteps(
        base=LocalSGD(
            local_steps=5, step_size=0.02, inner_rule=HeavyBall(0.5), memory=BufferPolicy.AVERAGE
        ),
        interval=4,
    ),
    AdaptiveLocalSteps(
        base=DecentralizedSGD(local_steps=3, step_size=0.05, topology=Exponential()), interval=4
    ),
)
