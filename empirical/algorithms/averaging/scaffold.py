"""SCAFFOLD: local SGD whose steps are corrected by control variates.

Update:
    x_m <- x_m - eta (g_m + c - c_m)              between communications, K times
    c_m+ = the first gradient g_m of the round, or the mean of all K; then at a communication
    send x_m - z and c_m+ - c_m,   c_m <- c_m+
    z <- z + lambda mean_m (x_m - z),   x_m <- z
    c <- c + mean_m (c_m+ - c_m)

All workers take part in every round, so that c = mean_m c_m. All control variates start at 0, and
they survive a move of the iterates. If every c_m is the gradient of f_m at the optimum and there is
no noise, workers that are at the optimum stay there, whatever the heterogeneity, while those of
Local SGD drift away. With one worker and lambda = 1 the method is plain SGD.

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
    """How a worker estimates the gradient of its own function for the corrections of a round."""

    FIRST_GRADIENT = "the first gradient of this round, at x (option I)"
    MEAN_GRADIENT = "the mean of the gradients of this round (option II)"


class ScaffoldState(NamedTuple):
    """The state of the workers in SCAFFOLD.

    Attributes:
        x: local iterates (*batch, workers, d).
        inner: memory of the inner rule.
        z: the common iterate at the start of the round (*batch, 1, d).
        c: the common control variate (*batch, 1, d), unit f/x.
        own: c_m, the control variate of each worker (*batch, workers, d), unit f/x.
        seen: the part of c_m+ gathered so far in this round (*batch, workers, d), unit f/x.
        step: local steps taken in this round.
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
    """SCAFFOLD: local SGD whose steps are corrected by the gradients of the round before.

    Reduces to plain SGD with one worker and outer_step_size = 1; the first round is that of Local
    SGD if outer_step_size = 1.

    Attributes:
        outer_step_size: lambda, dimensionless, > 0.
        variate: the estimate of a worker's own gradient, option I or II of the source.

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
        """The common iterate x_r, which the theorems bound; it is constant within a round."""
        return ReportPoint.ROUND_START

    @property
    def sends_points(self) -> bool:
        """False: messages are differences, which stay the same when x_0 is shifted."""
        return False

    def init(self, x: Tensor) -> ScaffoldState:
        """Returns the state with all workers at x and all control variates 0."""
        zero = zeros_like(x)
        inner, z = self.inner_rule.init(x), x[..., :1, :]
        return ScaffoldState(x, inner, z, zero[..., :1, :], zero, zero, 0)

    def local_step(self, state: ScaffoldState, gradient: Tensor) -> ScaffoldState:
        """Takes one step of the inner rule with g_m + c - c_m, and gathers g_m for c_m+."""
        if self.variate is Variate.MEAN_GRADIENT:
            seen = state.seen + gradient / self.local_steps
        else:
            seen = state.seen if state.step else gradient
        stepped: ScaffoldState = self.stepped(state, gradient + (state.c - state.own))
        return stepped._replace(seen=seen, step=state.step + 1)

    def post(self, state: ScaffoldState) -> tuple[Tensor, ScaffoldState]:
        """Sends x_m - z and c_m+ - c_m, joined along the last axis."""
        # The variate changes here, not in absorb: c_m+ needs nothing of the other workers.
        message = torch.cat([state.x - state.z, state.seen - state.own], dim=-1)
        return message, state._replace(own=state.seen, seen=zeros_like(state.seen), step=0)

    def absorb(self, state: ScaffoldState, mean: Tensor) -> ScaffoldState:
        """Updates z and c by the mean differences, and restarts all workers from z."""
        drift, change = mean.chunk(2, dim=-1)
        z = state.z + self.outer_step_size * drift
        return state._replace(x=z.expand_as(state.x), z=z, c=state.c + change)

    def report(self, state: ScaffoldState) -> Tensor:
        """Returns z, the iterate at the start of the round, once for every worker."""
        return state.z.expand_as(state.x)

    def moved(self, state: ScaffoldState, x: Tensor) -> ScaffoldState:
        """Returns the state with all workers at x; control variates and memory are kept."""
        here = x.expand_as(state.x)
        # A round begins at x, so gradients gathered elsewhere for c_m+ are dropped.
        return state._replace(x=here, z=x, seen=zeros_like(here), step=0)


EXAMPLES = (
    Scaffold(local_steps=4, step_size=0.05),
    Scaffold(local_steps=3, step_size=0.03, variate=Variate.FIRST_GRADIENT, outer_step_size=1.5),
    Scaffold(local_steps=2, step_size=0.03, outer_step_size=0.7, inner_rule=HeavyBall(0.5)),
)
