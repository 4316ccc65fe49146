"""What methods share whose workers step with an inner rule, from an iterate in their state."""

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

    Gradients are taken, and the iterate is reported, where the inner rule says: an accelerated rule
    takes gradients elsewhere than at x, and reports another sequence than x.

    Shapes:
        state.x (*batch, workers, d); buffers in state.inner as state.x.
    """

    def gradient_point(self, state: Any) -> Tensor:
        """Where the inner rule takes its gradient: at x, unless the rule is accelerated."""
        return self.inner_rule.gradient_point(state.x, state.inner)

    def report(self, state: Any) -> Tensor:
        """The sequence that the inner rule reports: x, unless the rule is accelerated."""
        return self.inner_rule.report(state.x, state.inner)

    def inner_state(self, state: Any) -> InnerState:
        """The memory of the inner rule."""
        return tuple(state.inner)

    def with_inner_state(self, state: Any, inner: InnerState) -> Any:
        """Replaces the memory of the inner rule."""
        return state._replace(inner=inner)

    def stepped(self, state: Any, gradient: Tensor) -> Any:
        """One step of the inner rule with a gradient (*batch, workers or 1, d)."""
        direction = gradient.expand_as(state.x)
        x, inner = self.inner_rule.step(state.x, direction, state.inner, self.step_size)
        return state._replace(x=x, inner=inner)


@dataclass(frozen=True, kw_only=True)
class LocalSteps(InnerSteps[S]):
    r"""A method whose workers take a step of the inner rule with every gradient.

    Between communications:   x_m <- x_m - eta g_m, or as the inner rule has it       (K times)

    A subclass says what is sent and what is done with the mean: init, post, absorb, report_point.
    """

    def local_step(self, state: Any, gradient: Tensor) -> Any:
        """One step of the inner rule."""
        return self.stepped(state, gradient)
