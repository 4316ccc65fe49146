"""Large-batch methods whose workers send something shorter than their mean gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from torch import Tensor, zeros_like

from empirical.algorithm import Algorithm
from empirical.algorithms.large_batch.large_batch import BatchState
from theory.measures import ReportPoint

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class CompressedBatch(Algorithm[S]):
    """What such methods share; each is a file of its own, its state holds a `batch` and more.

    All workers stand at one point for a round and add up their gradients. Then the method's
    exchanges make of the mean gradients a direction, the same for all, which the inner rule takes
    as its gradient.
    """

    @property
    def report_point(self) -> ReportPoint:
        """x_r; the iterate stands still within a round."""
        return ReportPoint.ROUND_START

    @property
    def sends_points(self) -> bool:
        """It sends what it makes of gradients."""
        return False

    @property
    def coordinates_alike(self) -> bool:
        """Its messages go by their place."""
        return False

    def gradient_point(self, state: Any) -> Tensor:
        """The common point, K times over; the iterate, unless the rule is accelerated."""
        return self.inner_rule.gradient_point(state.batch.x, state.batch.inner)

    def local_step(self, state: Any, gradient: Tensor) -> Any:
        """Adds the gradient to this round's sum."""
        return state._replace(batch=state.batch._replace(total=state.batch.total + gradient))

    def report(self, state: Any) -> Tensor:
        """The iterate at the start of the round, or what the inner rule reports there."""
        return self.inner_rule.report(state.batch.x, state.batch.inner)

    def moved(self, state: Any, x: Tensor) -> Any:
        """All workers at x; what they have yet to send stays, as do all memories."""
        return state._replace(batch=state.batch._replace(x=x.expand_as(state.batch.x)))

    def _begun(self, x: Tensor) -> BatchState:
        """All workers at x, before the first gradient."""
        return BatchState(x, self.inner_rule.init(x), zeros_like(x))

    def _ended(self, batch: BatchState) -> tuple[Tensor, BatchState]:
        """The mean gradient of the round, and the state at the start of the next."""
        return batch.total / self.local_steps, batch._replace(total=zeros_like(batch.total))

    def _stepped(self, batch: BatchState, direction: Tensor) -> BatchState:
        """One step of the inner rule with a common direction, (*batch, 1, d)."""
        gradient = direction.expand_as(batch.x)
        x, inner = self.inner_rule.step(batch.x, gradient, batch.inner, self.step_size)
        return batch._replace(x=x, inner=inner)


def poisoned(batch: BatchState, heard: Tensor) -> BatchState:
    """NaN everywhere in the runs whose message (*batch, 1, m) is not finite: divergence is data."""
    fine = heard.isfinite().all(-1, keepdim=True)
    return batch._replace(x=batch.x.where(fine, batch.x.new_tensor(float("nan"))))


def finite_or_zero(heard: Tensor) -> Tensor:
    """A message (*batch, 1, m), zero in the runs where it is not finite."""
    return heard.where(heard.isfinite().all(-1, keepdim=True), heard.new_zeros(()))
