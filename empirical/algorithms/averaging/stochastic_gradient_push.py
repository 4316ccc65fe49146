"""Stochastic gradient push: gossip on directed graphs, corrected by push-sum weights.

Update:
    z_m = x_m / w_m,  x_m <- x_m - eta g_m(z_m)               between communications, K times
    x_m <- sum_j P_mj x_j,   w_m <- sum_j P_mj w_j            at a communication

Columns of P sum to 1, rows need not. So the sums over workers of x_m and of w_m are preserved by
mixing: x̄ moves by -eta ḡ alone, and the ratios z_m reach consensus where the numerators x_m do
not. If rows sum to 1 as well, all weights are 1 and the method is DecentralizedSGD.

With overlap both sums are over what was posted K steps ago. A worker keeps its own state until
they arrive and then adds the steps that it has taken since,

    x_m <- sum_j P_mj s_j + (x_m - s_m),   s_m the numerator that worker m had posted,

so that at every moment all weights sum to M and all numerators to M x̄, counting each once. With
K = 1 this is the overlapped form of the source with one step of delay, in which a worker keeps
its own share P_mm x_m and those of the others come later: x_m / w_m is the same before and after
the share is taken. With K > 1 the two differ: a step taken while messages travel moves z_m by
eta / w_m here, by eta / (P_mm w_m) there.

Source: assran2019sgp, Algorithms 1 and 2 (recalled). The inner rule works on z_m, and x_m moves
by the same difference.
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
    """The state of the workers in stochastic gradient push.

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
    """Gossip on a directed graph whose push-sum weights correct for uneven in-flow.

    Reduces to DecentralizedSGD where the rows of the topology sum to 1, and to OLDSGD with overlap.

    Attributes:
        topology: which worker receives from which, and with what share; columns sum to 1.
        overlap: whether messages travel during the next K steps, or block.

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
        """Local steps from post to absorb: K with overlap, else 0."""
        return self.local_steps if self.overlap else 0

    @property
    def report_point(self) -> ReportPoint:
        """The mean of the numerators x_m, which is the mean of the z_m weighted by w_m."""
        return ReportPoint.CONSERVED_MEAN

    @property
    def workers_alike(self) -> bool:
        """True on the complete graph only; elsewhere a worker's place decides who its peers are."""
        return isinstance(self.topology, Complete)

    @property
    def exchanges(self) -> tuple[Exchange[PushState], ...]:
        """The one exchange of numerators and weights, made over the topology."""
        delay, topology = self.comm_delay, self.topology
        return (Exchange(post=self.post, absorb=self.absorb, delay=delay, topology=topology),)

    def init(self, x: Tensor) -> PushState:
        """Returns the state with all workers at x and all weights 1."""
        return PushState(x, self.inner_rule.init(x), torch.ones_like(x[..., :1]), x)

    def gradient_point(self, state: PushState) -> Tensor:
        """Returns where the inner rule takes its gradient, given z_m as the iterate."""
        return self.inner_rule.gradient_point(state.x / state.w, state.inner)

    def local_step(self, state: PushState, gradient: Tensor) -> PushState:
        """Moves x_m by the difference that one step of the inner rule makes to z_m."""
        # Rules that use the iterate itself, such as weight decay, must see z_m, not x_m.
        z = state.x / state.w
        moved, inner = self.inner_rule.step(z, gradient, state.inner, self.step_size)
        return state._replace(x=state.x + (moved - z), inner=inner)

    def post(self, state: PushState) -> tuple[Tensor, PushState]:
        """Sends the numerator and the weight, d + 1 numbers."""
        return torch.cat([state.x, state.w], dim=-1), state._replace(sent=state.x)

    def absorb(self, state: PushState, mean: Tensor) -> PushState:
        """Takes the weighted sums that were received, and adds the steps taken since the post."""
        heard, weight = mean.split([state.x.shape[-1], 1], dim=-1)
        x = heard + (state.x - state.sent)
        # Weights change at communications only, so nothing is to be added to theirs.
        return state._replace(x=x, w=weight.expand_as(state.w))

    def report(self, state: PushState) -> Tensor:
        """Returns x_m, shifted by the difference of the inner rule's reported sequence to z_m."""
        z = state.x / state.w
        return state.x + (self.inner_rule.report(z, state.inner) - z)

    def moved(self, state: PushState, x: Tensor) -> PushState:
        """Returns the state with all workers at x and weight 1; the memory of the rule is kept."""
        return self.init(x.expand_as(state.x))._replace(inner=state.inner)

    def inner_state(self, state: PushState) -> InnerState:
        """Returns the memory of the inner rule, which works on z_m."""
        return state.inner

    def with_inner_state(self, state: PushState, inner: InnerState) -> PushState:
        """Returns the state with its memory of the inner rule replaced by another one."""
        return state._replace(inner=inner)


EXAMPLES = (
    StochasticGradientPush(local_steps=1, step_size=0.1),
    StochasticGradientPush(local_steps=1, step_size=0.05, topology=Star(), overlap=True),
    StochasticGradientPush(
        local_steps=3, step_size=0.03, topology=Star(), inner_rule=Nesterov(0.5)
    ),
    StochasticGradientPush(local_steps=2, step_size=0.05, topology=Ring(), overlap=True),
)
