from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, zeros_like

from empirical.algorithm import Algorithm
from empirical.inner_rule import InnerState, Nesterov
from theory.measures import ReportPoint


class MinibatchState(NamedTuple):
    """What a worker carries.

    Attributes:
        x: the common iterate (*batch, workers, d).
        inner: memory of the inner rule, the same on every worker.
        total: sum of the gradients of this round (*batch, workers, d).
    """

    x: Tensor
    inner: InnerState
    total: Tensor


@dataclass(frozen=True, kw_only=True)
class MinibatchSGD(Algorithm[MinibatchState]):
    r"""One step a round, with the mean of the M K gradients taken at one point.

    Between communications:   s_m <- s_m + g_m(x)                        (K times)
    At a communication:       x <- x - eta mean_m s_m / K,   s_m <- 0

    It spends the gradients and the messages of Local SGD at the same K and R, and is what
    Local SGD is to be compared with.

    Shapes:
        state.x, state.total (*batch, workers, d); message (*batch, workers, d).

    Source: woodworth2020minibatch, Section 2.
    """

    @property
    def report_point(self) -> ReportPoint:
        """x_r; the iterate stands still within a round."""
        return ReportPoint.ROUND_START

    def init(self, x: Tensor) -> MinibatchState:
        """All workers at x."""
        return MinibatchState(x, self.inner_rule.init(x), zeros_like(x))

    def gradient_point(self, state: MinibatchState) -> Tensor:
        """The common iterate, K times over."""
        return state.x

    def local_step(self, state: MinibatchState, gradient: Tensor) -> MinibatchState:
        """Adds the gradient to this round's sum."""
        return state._replace(total=state.total + gradient)

    def post(self, state: MinibatchState) -> tuple[Tensor, MinibatchState]:
        """Sends the mean gradient of the round."""
        return state.total / self.local_steps, state._replace(total=zeros_like(state.total))

    def absorb(self, state: MinibatchState, mean: Tensor) -> MinibatchState:
        """One step of the inner rule with the mean gradient."""
        gradient = mean.expand_as(state.x)
        x, inner = self.inner_rule.step(state.x, gradient, state.inner, self.step_size)
        return MinibatchState(x, inner, state.total)

    def report(self, state: MinibatchState) -> Tensor:
        """The iterate at the start of the round."""
        return state.x


EXAMPLES = (
    MinibatchSGD(local_steps=1, step_size=0.1),
    MinibatchSGD(local_steps=4, step_size=0.2),
    MinibatchSGD(local_steps=3, step_size=0.05, inner_rule=Nesterov(0.8)),
)
