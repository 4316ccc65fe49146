"""Base classes of methods whose workers take further steps while their average travels.

DelayedAveraging sends the iterate and merges the average when it arrives, by a MergeRule.
DelayedByARound fixes the delay to a whole round and the merge to the delay-corrected one.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from empirical.algorithms.local_steps import LocalSteps
from empirical.components.inner_rule import InnerState
from empirical.components.merge_rule import DelayCorrected, MergeRule
from theory.measures import ReportPoint


class DelayedState(NamedTuple):
    """The state of the workers in a method with a delayed average.

    Attributes:
        x: local iterates (*batch, workers, d).
        inner: memory of the inner rule.
        sent: s_m, the iterate that each worker sent last (*batch, workers, d).
    """

    x: Tensor
    inner: InnerState
    sent: Tensor


@dataclass(frozen=True, kw_only=True)
class DelayedAveraging(LocalSteps[DelayedState]):
    r"""Local SGD whose average arrives comm_delay steps after it was posted, and is then merged.

    Between communications:   x_m <- x_m - eta g_m                       (K times)
    At a communication:       s_m <- x_m,  then x_m is sent
    comm_delay steps later:   x_m <- merged(x_m, s_m, the mean received)

    The memory of the inner rule stays with its worker.

    To report, every worker merges its own message as if it were the average. The mean of the
    results is the mean that the workers will have once everything in flight has arrived, so it is
    not changed by sending or by arrivals, only by gradients. With a delay-corrected merge it is
    x̄_t itself.

    Shapes:
        state.x, state.sent (*batch, workers, d); message (*batch, workers, d).
    """

    @property
    @abstractmethod
    def merging(self) -> MergeRule:
        """The rule by which a worker combines its iterate with an average that arrives."""

    @property
    def report_point(self) -> ReportPoint:
        """x̄_t if merges keep all steps taken meanwhile, else what x̄_t will be after the merge."""
        # Without a delay no step is taken between post and absorb, so that none can be lost.
        exact = self.comm_delay == 0 or self.merging.kept == 1
        return ReportPoint.MEAN_ITERATE if exact else ReportPoint.CONSERVED_MEAN

    def init(self, x: Tensor) -> DelayedState:
        """Returns the state with all workers at x, as if x had been sent last."""
        return DelayedState(x, self.inner_rule.init(x), x)

    def post(self, state: DelayedState) -> tuple[Tensor, DelayedState]:
        """Sends the local iterate x_m and stores it as s_m."""
        return state.x, state._replace(sent=state.x)

    def absorb(self, state: DelayedState, mean: Tensor) -> DelayedState:
        """Merges the mean that was received into the local iterate."""
        return state._replace(x=self.merging.merged(state.x, state.sent, mean))

    def moved(self, state: DelayedState, x: Tensor) -> DelayedState:
        """Returns the state with all workers at x, memory kept; no message may be in flight."""
        x = x.expand_as(state.x)
        return DelayedState(x, state.inner, x)


class DelayedByARound:
    """A mixin for CoCoD-SGD and OLDSGD: messages travel K steps, and merges are delay-corrected.

    Attributes:
        local_steps: K, of the method that it is mixed into.
    """

    local_steps: int

    @property
    def comm_delay(self) -> int:
        """Local steps from post to absorb: K, so that a message arrives when the next is posted."""
        return self.local_steps

    @property
    def merging(self) -> MergeRule:
        """The merge that adds the steps taken while the message travelled to the average."""
        return DelayCorrected()
