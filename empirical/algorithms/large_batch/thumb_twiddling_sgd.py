"""Thumb-twiddling SGD: minibatch SGD that uses one gradient of each worker a round.

Between communications:   s_m <- g_m(x) at the first step            (of K)
At a communication:       x <- x - eta mean_m s_m

It spends the rounds of Local SGD and 1/K of its gradients: whoever loses to it has lost by
what it does in between. The gradients that it does not use are computed all the same.

Reduces to Minibatch SGD when local_steps = 1; with num_workers = 1 Local SGD is plain SGD, the
other method that wastes what it is given.

Source: woodworth2020local, whose experiments call it thumb-twiddling (restated).
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, zeros_like

from empirical.algorithms.local_steps import InnerSteps
from empirical.components.accelerated_rule import reported_by
from empirical.components.inner_rule import HeavyBall, InnerState
from theory.measures import ReportPoint


class TwiddlingState(NamedTuple):
    """What a worker carries.

    Attributes:
        x: the common iterate (*batch, workers, d).
        inner: memory of the inner rule, the same on every worker.
        gradient: the first gradient of this round (*batch, workers, d).
        place: steps done in this round.
    """

    x: Tensor
    inner: InnerState
    gradient: Tensor
    place: int


@dataclass(frozen=True, kw_only=True)
class ThumbTwiddlingSGD(InnerSteps[TwiddlingState]):
    """One step a round, with the mean of M gradients: the first of every worker; the rest is idle.

    Shapes:
        state.x, state.gradient (*batch, workers, d); message (*batch, workers, d).

    Source: woodworth2020local, whose experiments call it thumb-twiddling (restated); the update
    rule stands at the top of this file.
    """

    @property
    def sends_points(self) -> bool:
        """Returns False: the messages are gradients, not points."""
        return False

    @property
    def report_point(self) -> ReportPoint:
        """x_r, or the aggregate of an accelerated rule; both stand still within a round."""
        return reported_by(self.inner_rule, ReportPoint.ROUND_START)

    def init(self, x: Tensor) -> TwiddlingState:
        """All workers at x."""
        return TwiddlingState(x, self.inner_rule.init(x), zeros_like(x), 0)

    def local_step(self, state: TwiddlingState, gradient: Tensor) -> TwiddlingState:
        """Keeps the first gradient of a round."""
        kept = state.gradient if state.place else gradient
        return state._replace(gradient=kept, place=state.place + 1)

    def post(self, state: TwiddlingState) -> tuple[Tensor, TwiddlingState]:
        """Sends the one gradient that is used, and opens the next round."""
        return state.gradient, state._replace(place=0)

    def absorb(self, state: TwiddlingState, mean: Tensor) -> TwiddlingState:
        """One step of the inner rule with the mean of the first gradients."""
        stepped: TwiddlingState = self.stepped(state, mean)
        return stepped


EXAMPLES = (
    ThumbTwiddlingSGD(local_steps=3, step_size=0.1),
    ThumbTwiddlingSGD(local_steps=2, step_size=0.05, inner_rule=HeavyBall(0.5)),
)
