"""Base classes of the methods whose workers step with an inner rule from an iterate in their state.

InnerSteps holds what such methods have in common: where the gradient is taken, what is reported,
and one step of the rule. LocalSteps adds that every gradient is followed by such a step; methods
that gather the gradients of a round first, as large-batch methods do, build on InnerSteps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.components.inner_rule import InnerState

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class InnerSteps(Algorithm[S]):
    """A method whose state has an iterate `x` and the memory `inner` of its inner rule.

    The inner rule decides at which point gradients are taken and which sequence is reported. Plain
    SGD uses x for both; an accelerated rule reports its aggregate instead.

    Shapes:
        state.x (*batch, workers, d); the buffers in state.inner have the shape of state.x.
    """

    def gradient_point(self, state: Any) -> Tensor:
        """Returns where the inner rule takes its gradient, (*batch, workers, d); mostly x."""
        return self.inner_rule.gradient_point(state.x, state.inner)

    def report(self, state: Any) -> Tensor:
        """Returns the sequence that the inner rule reports: x, or the aggregate if accelerated."""
        return self.inner_rule.report(state.x, state.inner)

    def inner_state(self, state: Any) -> InnerState:
        """Returns the memory of the inner rule, one entry for each buffer or counter."""
        return tuple(state.inner)

    def with_inner_state(self, state: Any, inner: InnerState) -> Any:
        """Returns the state with its memory of the inner rule replaced by another one."""
        return state._replace(inner=inner)

    def stepped(self, state: Any, gradient: Tensor) -> Any:
        """Returns the state after one step of the inner rule with the given gradient.

        Args:
            state: a state with the fields x and inner.
            gradient: (*batch, workers, d), or (*batch, 1, d) for the same gradient on every worker.
        """
        # Buffers of the rule must get the shape of x even where all workers share one gradient.
        direction = gradient.expand_as(state.x)
        x, inner = self.inner_rule.step(state.x, direction, state.inner, self.step_size)
        return state._replace(x=x, inner=inner)


@dataclass(frozen=True, kw_only=True)
class LocalSteps(InnerSteps[S]):
    r"""A method whose workers take a step of the inner rule with every gradient.

    Between communications:   x_m <- x_m - eta g_m, or the step of another inner rule  (K times)

    A subclass defines what is sent and how the mean is used: init, post, absorb, report_point.
    """

    def local_step(self, state: Any, gradient: Tensor) -> Any:
        """Returns the state after one step of the inner rule with this gradient."""
        return self.stepped(state, gradient)
