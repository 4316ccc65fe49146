"""Laws of what an algorithm does with the inner rule that is plugged into it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.components.inner_rule import InnerRule, InnerState
from empirical.loop import Loop
from empirical.state import leaves, rebuilt
from empirical.testing.running import Gradient, NotApplicable, same, without_weight_decay
from empirical.transport import Stacked
from theory.testing.requirement import require


@dataclass(frozen=True)
class Displaced(InnerRule):
    """An inner rule that moves the gradient point and the reported point of another rule.

    Attributes:
        rule: the rule that takes the steps.
        gradient_by: number added to the point of the gradient, unit x.
        report_by: number added to the reported point, unit x.
    """

    rule: InnerRule
    gradient_by: float = 0.0
    report_by: float = 0.0

    def init(self, x: Tensor) -> InnerState:
        """Returns the initial inner state of the rule, unchanged."""
        return self.rule.init(x)

    def gradient_point(self, x: Tensor, inner: InnerState) -> Tensor:
        """Returns the gradient point of the rule plus gradient_by."""
        return self.rule.gradient_point(x, inner) + self.gradient_by

    def report(self, x: Tensor, inner: InnerState) -> Tensor:
        """Returns the reported point of the rule plus report_by."""
        return self.rule.report(x, inner) + self.report_by

    def step(
        self, x: Tensor, gradient: Tensor, inner: InnerState, step_size: float | Tensor
    ) -> tuple[Tensor, InnerState]:
        """Takes one step of the rule, unchanged."""
        return self.rule.step(x, gradient, inner, step_size)


def gradients_are_taken_where_the_inner_rule_says(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, by: float, num_steps: int
) -> None:
    """Taking gradients at x + c gives the same gradient points as a start moved by c."""
    without_weight_decay(algorithm, "weight decay pulls to the origin")
    rule = Displaced(algorithm.inner_rule, gradient_by=by)
    displaced = _gradient_points(replace(algorithm, inner_rule=rule), gradient, start, num_steps)
    moved = _gradient_points(algorithm, gradient, start + by, num_steps)
    same(displaced, moved, num_steps, "points of the gradients")


def the_inner_rule_says_what_is_reported(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, by: float, num_steps: int
) -> None:
    """If the inner rule reports x + c, the algorithm's report moves by a share of c in (0, 1]."""
    loop = Loop(algorithm, Stacked(start.shape[-2]), start)
    for _ in range(num_steps):
        loop.step(gradient(loop.gradient_point))
    state, plain = loop.state, algorithm.report(loop.state)
    if torch.equal(algorithm.report(_with_other_iterates(state)), plain):
        raise NotApplicable("it reports another iterate than its workers'")
    rule = Displaced(algorithm.inner_rule, report_by=by)
    share = (replace(algorithm, inner_rule=rule).report(state) - plain) / by
    require((share > 1e-9).all(), "the report ignores that of the inner rule")
    require((share < 1 + 1e-9).all(), f"the report moves by {float(share.max()):.3g} times c")


def _gradient_points(
    algorithm: Algorithm[Any], gradient: Gradient, start: Tensor, num_steps: int
) -> Tensor:
    loop = Loop(algorithm, Stacked(start.shape[-2]), start)
    points = [loop.gradient_point]
    for _ in range(num_steps):
        loop.step(gradient(loop.gradient_point))
        points.append(loop.gradient_point)
    return torch.stack(points)


def _with_other_iterates(state: Any) -> Any:
    """Returns the state with every iterate x of a worker moved by 1."""
    parts = [
        value + 1 if name.rpartition(".")[2] == "x" else value
        for name, value in leaves(state)
        if isinstance(value, Tensor)
    ]
    return rebuilt(state, iter(parts))
