"""Large-batch methods whose workers send something shorter than their mean gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from torch import Tensor

from empirical.algorithms.large_batch.large_batch import LargeBatch
from theory.measures import ReportPoint

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class CompressedBatch(LargeBatch[S]):
    """A large-batch method that makes of the mean gradients a common direction, and steps along it.

    The exchanges of a method turn the workers' mean gradients into a direction that is the same for
    all, which the inner rule takes as its gradient. States begin with the fields of BatchState.
    """

    @property
    def report_point(self) -> ReportPoint:
        """x_r; the iterate stands still within a round."""
        return ReportPoint.ROUND_START

    @property
    def coordinates_alike(self) -> bool:
        """False: what is sent depends on the places of the coordinates."""
        return False

    def moved(self, state: Any, x: Tensor) -> Any:
        """All workers at x; what they have yet to send stays, as do all memories."""
        return state._replace(x=x.expand_as(state.x))


def poisoned(state: Any, heard: Tensor) -> Any:
    """NaN everywhere in the runs whose message (*batch, 1, m) is not finite: divergence is data."""
    fine = heard.isfinite().all(-1, keepdim=True)
    return state._replace(x=state.x.where(fine, state.x.new_tensor(float("nan"))))


def finite_or_zero(heard: Tensor) -> Tensor:
    """A message (*batch, 1, m), zero in the runs where it is not finite."""
    return heard.where(heard.isfinite().all(-1, keepdim=True), heard.new_zeros(()))
