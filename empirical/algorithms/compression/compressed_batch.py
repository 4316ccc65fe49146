"""The base class of large-batch methods with compressed messages, and their guards against NaN.

Where the message of a run is not finite, the run has diverged. It goes on with NaN iterates, which
a reader of its trajectory sees, and the other runs of the same tensor are not affected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from torch import Tensor

from empirical.algorithms.large_batch.large_batch import LargeBatch
from theory.measures import ReportPoint

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class CompressedBatch(LargeBatch[S]):
    """A large-batch method that makes one common direction of the workers' compressed gradients.

    The exchanges of a subclass turn the mean gradients of the workers into a direction that is the
    same for all of them, and the inner rule takes it as its gradient. States begin with the fields
    of BatchState.
    """

    @property
    def report_point(self) -> ReportPoint:
        """The common iterate x_r, which is constant within a round."""
        return ReportPoint.ROUND_START

    @property
    def coordinates_alike(self) -> bool:
        """False: hashes, matrix shapes and rounding noise depend on the index of a coordinate."""
        return False

    def moved(self, state: Any, x: Tensor) -> Any:
        """Returns the state with all workers at x; gradients not yet sent and memories are kept."""
        return state._replace(x=x.expand_as(state.x))


def poisoned(state: Any, heard: Tensor) -> Any:
    """Returns the state with x = NaN in the runs whose mean message is not finite.

    Args:
        state: a state with a field x, (*batch, workers, d).
        heard: the mean message that was received, (*batch, 1, m).
    """
    fine = heard.isfinite().all(-1, keepdim=True)
    return state._replace(x=state.x.where(fine, state.x.new_tensor(float("nan"))))


def finite_or_zero(heard: Tensor) -> Tensor:
    """Returns a message (*batch, 1, m) with zeros in the runs where it is not finite.

    Sorting, hashing and orthonormalising need finite numbers; `poisoned` marks these runs instead.
    """
    return heard.where(heard.isfinite().all(-1, keepdim=True), heard.new_zeros(()))
