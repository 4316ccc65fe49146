"""SCAFFOLD: local SGD whose steps are corrected by control variates.

Between communications:   x_m <- x_m - eta (g_m + c - c_m)                   (K times)
At a communication:       c_m+ = the first or the mean of the gradients g_m of the round,
                          x_m - z and c_m+ - c_m are sent,   c_m <- c_m+
                          z <- z + lambda mean_m (x_m - z),   x_m <- z
                          c <- c + mean_m (c_m+ - c_m)

All workers take part, so that c = mean_m c_m. All variates are 0 at first; they survive a move.
Where c_m are the gradients at the optimum and there is no noise, workers that stand there stay,
however unlike they are: Local SGD drifts away. One worker runs plain SGD if lambda = 1.

Both halves of a message are differences, which do not move along with x_0.

Source: karimireddy2020scaffold, Algorithm 1, all workers sampled. Differs in writing option II
as a mean of gradients: c_m - c + (z - x_m) / (K eta) is the same for plain steps and something
else for other inner rules; and in taking option I's gradient from the first local step, not
from a pass of its own.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import torch
from torch import Tensor, zeros_like

from empirical.algorithms.local_steps import InnerSteps
from empirical.components.inner_rule import HeavyBall, InnerState
from empirical.field_ranges import check_known
from theory.measures import ReportPoint


class Variate(Enum):
    """What a worker takes for the gradient of its own function in the next round."""

    FIRST_GRADIENT = "the first gradient of this round, at x (option I)"
    MEAN_GRADIENT = "the mean of the gradients of this round (option II)"


class ScaffoldState(NamedTuple):
    """What a worker carries.

    Attributes:
        x: local iterates (*batch, workers, d).
        inner: memory of the inner rule.
        z: the common iterate at the start of the round (*batch, 1, d).
        c: the common control variate (*batch, 1, d), unit f/x.
        own: this worker's (*batch, workers, d).
        seen: what it becomes, so far (*batch, workers, d).
        step: local steps of this round.
    """

    x: Tensor
    inner: InnerState
    z: Tensor
    c: Tensor
    own: Tensor
    seen: Tensor
    step: int


@dataclass(frozen=True, kw_only=True)
class Scaffold(InnerSteps[ScaffoldState]):
    """Local SGD whose steps are corrected by what the others' gradients were a round ago.

    Attributes:
        outer_step_size: lambda, dimensionless, > 0.
        variate: what a worker takes for its gradient, option I or II.

    Shapes:
        state.x, state.own, state.seen (*batch, workers, d); state.z, state.c (*batch, 1, d);
        message (*batch, workers, 2 d).

    Raises:
        ValueError: an attribute is out of its range.

    Source: karimireddy2020scaffold, Algorithm 1, all workers sampled; the update rule stands at the
    top of this file.
    """

    outer_step_size: float = 1.0
    variate: Variate = Variate.MEAN_GRADIENT

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "outer_step_size")

    @property
    def report_point(self) -> ReportPoint:
        """x_r, of which its theorems speak; it stands still within a round."""
        return ReportPoint.ROUND_START

    @property
    def sends_points(self) -> bool:
        """It sends differences of points and of gradients."""
        return False

    def init(self, x: Tensor) -> ScaffoldState:
        """All workers at x, all variates 0."""
        zero = zeros_like(x)
        inner, z = self.inner_rule.init(x), x[..., :1, :]
        return ScaffoldState(x, inner, z, zero[..., :1, :], zero, zero, 0)

    def local_step(self, state: ScaffoldState, gradient: Tensor) -> ScaffoldState:
        """One step of the inner rule with the corrected gradient."""
        if self.variate is Variate.MEAN_GRADIENT:
            seen = state.seen + gradient / self.local_steps
        else:
            seen = state.seen if state.step else gradient
        stepped: ScaffoldState = self.stepped(state, gradient + (state.c - state.own))
        return stepped._replace(seen=seen, step=state.step + 1)

    def post(self, state: ScaffoldState) -> tuple[Tensor, ScaffoldState]:
        """Sends how far it has come and how its variate changes."""
        message = torch.cat([state.x - state.z, state.seen - state.own], dim=-1)
        return message, state._replace(own=state.seen, seen=zeros_like(state.seen), step=0)

    def absorb(self, state: ScaffoldState, mean: Tensor) -> ScaffoldState:
        """Moves the common iterate and the common variate; all start again from there."""
        drift, change = mean.chunk(2, dim=-1)
        z = state.z + self.outer_step_size * drift
        return state._replace(x=z.expand_as(state.x), z=z, c=state.c + change)

    def report(self, state: ScaffoldState) -> Tensor:
        """The iterate at the start of the round."""
        return state.z.expand_as(state.x)

    def moved(self, state: ScaffoldState, x: Tensor) -> ScaffoldState:
        """All workers at x, with the variates and the memory that they have."""
        here = x.expand_as(state.x)
        return state._replace(x=here, z=x, seen=zeros_like(here), step=0)


EXAMPLES = (
    Scaffold(local_steps=4, step_size=0.05),
    Scaffold(local_steps=3, step_size=0.03, variate=Variate.FIRST_GRADIENT, outer_step_size=1.5),
    Scaffold(local_steps=2, step_size=0.03, outer_step_size=0.7, inner_rule=HeavyBall(0.5)),
)
