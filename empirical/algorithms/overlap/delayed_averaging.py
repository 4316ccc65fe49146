"""Workers that run on while the average of their iterates travels, and merge it when it is here."""

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
    """What a worker carries.

    Attributes:
        x: local iterates (*batch, workers, d).
        inner: memory of the inner rule.
        sent: what this worker sent last, (*batch, workers, d).
    """

    x: Tensor
    inner: InnerState
    sent: Tensor


@dataclass(frozen=True, kw_only=True)
class DelayedAveraging(LocalSteps[DelayedState]):
    r"""What Local SGD with a late average, CoCoD-SGD and OLDSGD share; each is a file of its own.

    Between communications:   x_m <- x_m - eta g_m                       (K times)
    At a communication:       s_m <- x_m,  then x_m is sent
    comm_delay steps later:   x_m <- merged(x_m, s_m, the mean received)

    The memory of the inner rule stays with its worker.

    A worker that absorbs its own message reports where it would go on if all had sent the same, so
    that the report point is where the workers' mean is once everything has arrived: continuous in
    time, moved by nothing but gradients. A delay-corrected merge leaves x̄_t itself.
    """

    @property
    @abstractmethod
    def merging(self) -> MergeRule:
        """What becomes of an average that arrives."""

    @property
    def report_point(self) -> ReportPoint:
        """x̄_t where no step is lost on the way, else what x̄_t will be."""
        exact = self.comm_delay == 0 or self.merging.kept == 1
        return ReportPoint.MEAN_ITERATE if exact else ReportPoint.CONSERVED_MEAN

    def init(self, x: Tensor) -> DelayedState:
        """All workers at x; nothing is on its way."""
        return DelayedState(x, self.inner_rule.init(x), x)

    def post(self, state: DelayedState) -> tuple[Tensor, DelayedState]:
        """Sends the local iterate and remembers it."""
        return state.x, state._replace(sent=state.x)

    def absorb(self, state: DelayedState, mean: Tensor) -> DelayedState:
        """Merges the mean that was received."""
        return state._replace(x=self.merging.merged(state.x, state.sent, mean))

    def moved(self, state: DelayedState, x: Tensor) -> DelayedState:
        """All workers at x, with the memory that they have; nothing may be in flight."""
        x = x.expand_as(state.x)
        return DelayedState(x, state.inner, x)


class DelayedByARound:
    """What CoCoD-SGD and OLDSGD add: messages travel for K steps, and merges are corrected."""

    local_steps: int

    @property
    def comm_delay(self) -> int:
        """K: a message is absorbed when the next one is posted."""
        return self.local_steps

    @property
    def merging(self) -> MergeRule:
        """Adds the steps taken while the message travelled to the average that arrives."""
        return DelayCorrected()
