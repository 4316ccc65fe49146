"""Workers that stand at one point for a round and step with the mean of all their gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, zeros_like

from empirical.algorithm import Algorithm
from empirical.components.inner_rule import InnerState


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
class LargeBatch(Algorithm[BatchState]):
    """What Minibatch SGD and its accelerated form share; each is a file of its own."""

    @property
    def sends_points(self) -> bool:
        """It sends gradients."""
        return False

    def init(self, x: Tensor) -> BatchState:
        """All workers at x."""
        return BatchState(x, self.inner_rule.init(x), zeros_like(x))

    def gradient_point(self, state: BatchState) -> Tensor:
        """The common point, K times over; the iterate, unless the rule is accelerated."""
        return self.inner_rule.gradient_point(state.x, state.inner)

    def local_step(self, state: BatchState, gradient: Tensor) -> BatchState:
        """Adds the gradient to this round's sum."""
        return state._replace(total=state.total + gradient)

    def post(self, state: BatchState) -> tuple[Tensor, BatchState]:
        """Sends the mean gradient of the round."""
        return state.total / self.local_steps, state._replace(total=zeros_like(state.total))

    def absorb(self, state: BatchState, mean: Tensor) -> BatchState:
        """One step of the inner rule with the mean gradient."""
        gradient = mean.expand_as(state.x)
        x, inner = self.inner_rule.step(state.x, gradient, state.inner, self.step_size)
        return BatchState(x, inner, state.total)

    def report(self, state: BatchState) -> Tensor:
        """The iterate at the start of the round, or what the inner rule reports there."""
        return self.inner_rule.report(state.x, state.inner)
