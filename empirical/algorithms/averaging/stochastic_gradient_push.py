"""Stochastic gradient push: gossip on directed graphs, corrected by push-sum weights.

Between communications:   z_m = x_m / w_m,  x_m <- x_m - eta g_m(z_m)        (K times)
At a communication:       x_m <- sum_j P_mj x_j,   w_m <- sum_j P_mj w_j

Columns of P sum to 1, rows need not: nothing is lost, so that x̄ moves by -eta ḡ alone, and the
z_m agree in the end where the x_m do not. With rows that sum to 1 all weights are 1 and it is
DecentralizedSGD.

With overlap both sums are of what was posted K steps ago: a worker keeps what it has until it
receives them and then adds the steps that it has taken since,

    x_m <- sum_j P_mj s_j + (x_m - s_m),   s_m what it had posted,

so that at every moment all weights sum to M and all numerators to M x̄, counting each once. With
K = 1 this is the overlapped form of the source with one step of delay, in which a worker keeps
its own share P_mm x_m and the others' come later: x_m / w_m is the same before and after the
share is taken. With K > 1 a step in flight moves z_m by eta / w_m here, by eta / (P_mm w_m)
there.

Source: assran2019sgp, Algorithms 1 and 2 (recalled). The inner rule works on z_m, and x_m moves
as far as it does.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from empirical.algorithm import Algorithm, Exchange
from empirical.components.inner_rule import InnerState, Nesterov
from empirical.components.topology import Complete, Exponential, Ring, Star, Topology
from theory.measures import ReportPoint


class PushState(NamedTuple):
    """What a worker carries.

    Attributes:
        x: numerators (*batch, workers, d); the iterates are x / w.
        inner: memory of the inner rule.
        w: weights (*batch, workers, 1), > 0; their mean over all workers is 1.
        sent: the numerators that this worker sent last, (*batch, workers, d).
    """

    x: Tensor
    inner: InnerState
    w: Tensor
    sent: Tensor


@dataclass(frozen=True, kw_only=True)
class StochasticGradientPush(Algorithm[PushState]):
    """Gossip on directed graphs: shares are pushed, and weights count how much arrived.

    Attributes:
        topology: who receives from whom, and with what share.
        overlap: whether messages travel behind the next K steps.

    Shapes:
        state.x, state.sent (*batch, workers, d); state.w (*batch, workers, 1);
        message (*batch, workers, d + 1).

    Source: assran2019sgp, Algorithms 1 and 2 (recalled); the update rule stands at the top of this
    file.
    """

    topology: Topology = field(default_factory=Exponential)
    overlap: bool = False

    @property
    def comm_delay(self) -> int:
        """K with overlap, else 0."""
        return self.local_steps if self.overlap else 0

    @property
    def report_point(self) -> ReportPoint:
        """x̄_t, the mean of the numerators, which is the mean of the iterates weighted by w."""
        return ReportPoint.CONSERVED_MEAN

    @property
    def workers_alike(self) -> bool:
        """Whether workers may be exchanged: only where all receive from all."""
        return isinstance(self.topology, Complete)

    @property
    def exchanges(self) -> tuple[Exchange[PushState], ...]:
        """One, over the topology."""
        delay, topology = self.comm_delay, self.topology
        return (Exchange(post=self.post, absorb=self.absorb, delay=delay, topology=topology),)

    def init(self, x: Tensor) -> PushState:
        """All workers at x with weight 1."""
        return PushState(x, self.inner_rule.init(x), torch.ones_like(x[..., :1]), x)

    def gradient_point(self, state: PushState) -> Tensor:
        """Where the inner rule takes it; z_m, unless the rule is accelerated."""
        return self.inner_rule.gradient_point(state.x / state.w, state.inner)

    def local_step(self, state: PushState, gradient: Tensor) -> PushState:
        """One step of the inner rule from z_m, made by x_m."""
        z = state.x / state.w
        moved, inner = self.inner_rule.step(z, gradient, state.inner, self.step_size)
        return state._replace(x=state.x + (moved - z), inner=inner)

    def post(self, state: PushState) -> tuple[Tensor, PushState]:
        """Sends numerator and weight."""
        return torch.cat([state.x, state.w], dim=-1), state._replace(sent=state.x)

    def absorb(self, state: PushState, mean: Tensor) -> PushState:
        """The shares that were received, and the steps taken since they were posted."""
        heard, weight = mean.split([state.x.shape[-1], 1], dim=-1)
        x = heard + (state.x - state.sent)
        return state._replace(x=x, w=weight.expand_as(state.w))

    def report(self, state: PushState) -> Tensor:
        """The numerators, moved as far as the sequence that the inner rule reports is from z_m."""
        z = state.x / state.w
        return state.x + (self.inner_rule.report(z, state.inner) - z)

    def moved(self, state: PushState, x: Tensor) -> PushState:
        """All workers at x with weight 1, with the memory that they have."""
        return self.init(x.expand_as(state.x))._replace(inner=state.inner)

    def inner_state(self, state: PushState) -> InnerState:
        """The memory of the inner rule."""
        return state.inner

    def with_inner_state(self, state: PushState, inner: InnerState) -> PushState:
        """Replaces the memory of the inner rule."""
        return state._replace(inner=inner)


EXAMPLES = (
    StochasticGradientPush(local_steps=1, step_size=0.1),
    StochasticGradientPush(local_steps=1, step_size=0.05, topology=Star(), overlap=True),
    StochasticGradientPush(
        local_steps=3, step_size=0.03, topology=Star(), inner_rule=Nesterov(0.5)
    ),
    StochasticGradientPush(local_steps=2, step_size=0.05, topology=Ring(), overlap=True),
)
