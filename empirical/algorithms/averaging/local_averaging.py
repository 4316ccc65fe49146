"""Workers that run an inner rule on their own and start again from their mean every K steps."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from empirical.algorithm import WorkerState
from empirical.algorithms.local_steps import LocalSteps
from empirical.components.buffer_policy import BufferPolicy, packed, unpacked


@dataclass(frozen=True, kw_only=True)
class LocalAveraging(LocalSteps[WorkerState]):
    """What Local SGD, its accelerated forms and gossip share; each is a file of its own.

    Attributes:
        memory: what becomes of the inner rule's memory at a communication.
    """

    memory: BufferPolicy = BufferPolicy.KEEP

    def init(self, x: Tensor) -> WorkerState:
        """All workers at x."""
        return WorkerState(x, self.inner_rule.init(x))

    def post(self, state: WorkerState) -> tuple[Tensor, WorkerState]:
        """Sends the local iterate, and the memory where it is averaged."""
        return packed(state, self.memory), state

    def absorb(self, state: WorkerState, mean: Tensor) -> WorkerState:
        """Starts again from the mean that was received."""
        return unpacked(state, mean, self.memory, self.inner_rule)

    def moved(self, state: WorkerState, x: Tensor) -> WorkerState:
        """All workers at x; the memory is kept or starts anew, as after an average."""
        x = x.expand_as(state.x)
        kept = self.memory is not BufferPolicy.RESET
        return WorkerState(x, state.inner if kept else self.inner_rule.init(x))
