"""The base class of methods that run local steps and then restart from an average of the iterates.

Local SGD, its accelerated forms and Decentralized SGD build on it. What they share is the message
(the iterate, with the buffers of the inner rule where these are averaged too) and the restart.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from empirical.algorithm import WorkerState
from empirical.algorithms.local_steps import LocalSteps
from empirical.components.buffer_policy import BufferPolicy, packed, unpacked


@dataclass(frozen=True, kw_only=True)
class LocalAveraging(LocalSteps[WorkerState]):
    """A method whose workers take K local steps and then replace their iterates by an average.

    Attributes:
        memory: what becomes of the inner rule's memory at a communication: it stays with its
            worker, starts anew, or is sent and averaged like the iterate.

    Shapes:
        state.x (*batch, workers, d); message (*batch, workers, d), or (*batch, workers, (1 + n) d)
        where the n buffers of the inner rule are averaged.
    """

    memory: BufferPolicy = BufferPolicy.KEEP

    def init(self, x: Tensor) -> WorkerState:
        """Returns the state of workers that all start at x, with a fresh memory of the rule."""
        return WorkerState(x, self.inner_rule.init(x))

    def post(self, state: WorkerState) -> tuple[Tensor, WorkerState]:
        """Sends the local iterate, followed by the buffers of the rule if they are averaged."""
        return packed(state, self.memory), state

    def absorb(self, state: WorkerState, mean: Tensor) -> WorkerState:
        """Replaces the iterate by the mean that was received, and the buffers as `memory` says."""
        return unpacked(state, mean, self.memory, self.inner_rule)

    def moved(self, state: WorkerState, x: Tensor) -> WorkerState:
        """Returns the state with all workers at x.

        The memory of the inner rule starts anew if `memory` is RESET, and is kept otherwise: there
        is no average of the buffers that AVERAGE could take here.
        """
        x = x.expand_as(state.x)
        kept = self.memory is not BufferPolicy.RESET
        return WorkerState(x, state.inner if kept else self.inner_rule.init(x))
