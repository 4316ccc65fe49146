"""Methods whose workers stand at one point for a round and step with the mean of all gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from torch import Tensor, zeros_like

from empirical.algorithms.local_steps import InnerSteps
from empirical.components.inner_rule import InnerState

S = TypeVar("S")


class BatchState(NamedTuple):
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
class LargeBatch(InnerSteps[S]):
    r"""A method that takes all gradients of a round at one point.

    Between communications:   s_m <- s_m + g_m(x)                        (K times)
    At a communication:       the mean gradient s_m / K is sent, or something shorter made of it

    A state has the fields of BatchState, and may have more.
    """

    @property
    def sends_points(self) -> bool:
        """False: gradients do not move along with x_0."""
        return False

    def local_step(self, state: Any, gradient: Tensor) -> Any:
        """Adds the gradient to the sum of this round."""
        return state._replace(total=state.total + gradient)

    def mean_gradient(self, state: Any) -> tuple[Tensor, Any]:
        """The mean gradient of the round (*batch, workers, d), and the state for the next."""
        return state.total / self.local_steps, state._replace(total=zeros_like(state.total))


@dataclass(frozen=True, kw_only=True)
class DenseBatch(LargeBatch[BatchState]):
    """A large-batch method that sends its mean gradient as it is."""

    def init(self, x: Tensor) -> BatchState:
        """All workers at x."""
        return BatchState(x, self.inner_rule.init(x), zeros_like(x))

    def post(self, state: BatchState) -> tuple[Tensor, BatchState]:
        """Sends the mean gradient of the round."""
        return self.mean_gradient(state)

    def absorb(self, state: BatchState, mean: Tensor) -> BatchState:
        """One step of the inner rule with the mean gradient."""
        stepped: BatchState = self.stepped(state, mean)
        return stepped
