"""Thumb-twiddling SGD: minibatch SGD that uses one gradient of each worker a round.

Update:
    s_m <- g_m(x)                             at the first of the K steps of a round
    x <- x - eta mean_m s_m                   at a communication

It communicates as often as Local SGD and uses 1/K of its gradients. Where Local SGD is worse than
this method, its further local steps have therefore done harm. The gradients that are not used are
computed all the same.

Reduces to Minibatch SGD when local_steps = 1. The other baseline of this kind is plain SGD on one
worker, which is Local SGD with num_workers = 1: it wastes the other workers instead.

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
    """The state of the workers in thumb-twiddling SGD.

    Attributes:
        x: the common iterate (*batch, workers, d).
        inner: memory of the inner rule, the same on every worker.
        gradient: s_m, the first gradient of this round (*batch, workers, d), unit f/x.
        place: local steps done in this round, in [0, K].
    """

    x: Tensor
    inner: InnerState
    gradient: Tensor
    place: int


@dataclass(frozen=True, kw_only=True)
class ThumbTwiddlingSGD(InnerSteps[TwiddlingState]):
    """One step a round, with the mean of the first gradients of the M workers; others are unused.

    Reduces to Minibatch SGD when local_steps = 1.

    Shapes:
        state.x, state.gradient (*batch, workers, d); message (*batch, workers, d).

    Source: woodworth2020local, whose experiments call it thumb-twiddling (restated); the update
    rule stands at the top of this file.
    """

    @property
    def sends_points(self) -> bool:
        """False: messages are gradients, which are not shifted along with x_0."""
        return False

    @property
    def report_point(self) -> ReportPoint:
        """The iterate x_r, or the aggregate of an accelerated rule; constant within a round."""
        return reported_by(self.inner_rule, ReportPoint.ROUND_START)

    def init(self, x: Tensor) -> TwiddlingState:
        """Returns the state with all workers at x, at the start of a round."""
        return TwiddlingState(x, self.inner_rule.init(x), zeros_like(x), 0)

    def local_step(self, state: TwiddlingState, gradient: Tensor) -> TwiddlingState:
        """Stores the gradient if it is the first of the round, and drops it otherwise."""
        kept = state.gradient if state.place else gradient
        return state._replace(gradient=kept, place=state.place + 1)

    def post(self, state: TwiddlingState) -> tuple[Tensor, TwiddlingState]:
        """Sends the first gradient of the round, and starts the next round."""
        return state.gradient, state._replace(place=0)

    def absorb(self, state: TwiddlingState, mean: Tensor) -> TwiddlingState:
        """Takes one step of the inner rule with the mean of the first gradients."""
        stepped: TwiddlingState = self.stepped(state, mean)
        return stepped


EXAMPLES = (
    ThumbTwiddlingSGD(local_steps=3, step_size=0.1),
    ThumbTwiddlingSGD(local_steps=2, step_size=0.05, inner_rule=HeavyBall(0.5)),
)
