"""Base classes of large-batch methods: all K gradients of a round are taken at one common iterate.

LargeBatch sums the gradients of a round; DenseBatch sends their mean as it is. Methods that send
something shorter build on LargeBatch through compression/compressed_batch.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from torch import Tensor, zeros_like

from empirical.algorithms.local_steps import InnerSteps
from empirical.components.inner_rule import InnerState

S = TypeVar("S")


class BatchState(NamedTuple):
    """The state of the workers in a large-batch method.

    Attributes:
        x: the common iterate (*batch, workers, d).
        inner: memory of the inner rule, the same on every worker.
        total: s_m, the sum of the gradients of this round (*batch, workers, d), unit f/x.
    """

    x: Tensor
    inner: InnerState
    total: Tensor


@dataclass(frozen=True, kw_only=True)
class LargeBatch(InnerSteps[S]):
    r"""A method that takes the K gradients of every worker in a round at one common point.

    Between communications:   s_m <- s_m + g_m(x)                        (K times)
    At a communication:       s_m / K is sent, or a shorter message made of it,  s_m <- 0

    States have the fields of BatchState, and may have more.
    """

    @property
    def sends_points(self) -> bool:
        """False: messages are gradients, which are not shifted along with x_0."""
        return False

    def local_step(self, state: Any, gradient: Tensor) -> Any:
        """Adds the gradient to the sum of this round; the iterate does not change."""
        return state._replace(total=state.total + gradient)

    def mean_gradient(self, state: Any) -> tuple[Tensor, Any]:
        """Returns each worker's mean gradient of the round, and the state with the sum cleared.

        Returns:
            s_m / K, (*batch, workers, d), unit f/x; and the state in which s_m = 0.
        """
        return state.total / self.local_steps, state._replace(total=zeros_like(state.total))


@dataclass(frozen=True, kw_only=True)
class DenseBatch(LargeBatch[BatchState]):
    """A large-batch method whose workers send their mean gradients uncompressed.

    Shapes:
        state.x, state.total (*batch, workers, d); message (*batch, workers, d).
    """

    def init(self, x: Tensor) -> BatchState:
        """Returns the state with all workers at x and no gradient summed."""
        return BatchState(x, self.inner_rule.init(x), zeros_like(x))

    def post(self, state: BatchState) -> tuple[Tensor, BatchState]:
        """Sends the mean gradient s_m / K of the round, and clears the sum."""
        return self.mean_gradient(state)

    def absorb(self, state: BatchState, mean: Tensor) -> BatchState:
        """Takes one step of the inner rule with the mean gradient over all workers."""
        stepped: BatchState = self.stepped(state, mean)
        return stepped
