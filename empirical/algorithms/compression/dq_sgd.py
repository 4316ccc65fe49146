"""DQ-SGD: minibatch SGD with quantised gradients, whose bit width is chosen anew every round.

Update:
    s_m <- s_m + g_m(x)                                       between communications, K times
    q = mean_m |s_m / K|_p^2,  B <- rule(q),  s = 2^(B-1) - 1             first exchange
    x <- x - eta mean_m Q_s(s_m / K),  s_m <- 0                           second exchange

Q_s is QSGD with the agreed number of levels s; its scale is the norm of the worker's own gradient.
The rule receives the mean square q because the error of the mean is at most d/(4 s^2 M) q, and
because an all-reduce can sum it. It travels in double precision, so that squares neither overflow
nor vanish. A rule may have a memory; with the rule Fixed the method is QSGD.

Reduces to Minibatch SGD as the width grows.

Source: yan2021dqsgd, Section 4.5, recalled in part. Differs: the update subtracts, which the
text as read adds; each worker scales by its own norm, and the width follows from their mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, zeros_like

from empirical.algorithm import Exchange
from empirical.algorithms.compression.compressed_batch import CompressedBatch
from empirical.components.bit_width import BitWidthRule, RuleMemory, Situation
from empirical.components.bit_width_rules import Budget, Fixed, NormRatio
from empirical.components.inner_rule import HeavyBall, InnerState
from empirical.compressor import Draft
from empirical.compressors.qsgd import QSGD
from empirical.kernels.stochastic_rounding import Norm, scales


class DQState(NamedTuple):
    """The state of the workers in DQ-SGD; fields (*batch, 1, 1) are the same on every worker.

    Attributes:
        x: the common iterate (*batch, workers, d).
        inner: memory of the inner rule, the same on every worker.
        total: s_m, the sum of the gradients of this round (*batch, workers, d), unit f/x.
        bits: B, bits a coordinate in this round, (*batch, 1, 1) whole.
        spent: bits a coordinate in all rounds so far, (*batch, 1, 1).
        spacing: sum over rounds of the mean over workers of (|g_m|/s)^2, unit f^2/x^2.
        memory: what the bit-width rule remembers, numbers (*batch, 1, 1).
        rounds_done: number of rounds whose width has been chosen.
    """

    x: Tensor
    inner: InnerState
    total: Tensor
    bits: Tensor
    spent: Tensor
    spacing: Tensor
    memory: RuleMemory
    rounds_done: int


@dataclass(frozen=True, kw_only=True)
class DQSGD(CompressedBatch[DQState]):
    """DQ-SGD: minibatch SGD whose gradients are quantised to a bit width chosen every round.

    Reduces to QSGD with the rule Fixed, and to Minibatch SGD as the width grows.

    Attributes:
        rule: how many bits a coordinate gets in a round, in [2, 16].
        norm: p, the norm that gradients are scaled by, and whose mean square the rule receives.

    Shapes:
        first message (*batch, workers, 1) in double precision, second (*batch, workers, d).

    Source: yan2021dqsgd, Section 4.5, recalled in part; the update rule stands at the top of this
    file.
    """

    rule: BitWidthRule = field(default_factory=Fixed)
    norm: Norm = Norm.EUCLIDEAN

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rule.check_step_size(self.step_size)

    @property
    def workers_alike(self) -> bool:
        """False: a worker's number decides which rounding noise it draws."""
        return False

    @property
    def keeps_to_scale(self) -> bool:
        """True if the inner rule and the bit-width rule both keep to scale."""
        return super().keeps_to_scale and self.rule.keeps_to_scale

    @property
    def exchanges(self) -> tuple[Exchange[DQState], ...]:
        """The exchange of squared norms, followed by that of quantised gradients."""
        norms = Exchange(post=self.post_norm, absorb=self.choose)
        return norms, Exchange(post=self.post, absorb=self.absorb)

    def init(self, x: Tensor) -> DQState:
        """Returns the state with all workers at x and no bits spent."""
        number = x.new_zeros((*x.shape[:-2], 1, 1), dtype=torch.float64)
        return DQState(
            x=x,
            inner=self.inner_rule.init(x),
            total=zeros_like(x),
            bits=number.long(),
            spent=number,
            spacing=number,
            memory=self.rule.init(number),
            rounds_done=0,
        )

    def post_norm(self, state: DQState) -> tuple[Tensor, DQState]:
        """Sends |s_m / K|_p^2, one number in double precision, and keeps the gradient."""
        # The sum is cleared only by post, which needs the same gradient.
        gradient, _ = self.mean_gradient(state)
        norm = scales(gradient, self.norm)
        return norm.double().square(), state

    def choose(self, state: DQState, mean: Tensor) -> DQState:
        """Chooses the bit width of the round from the mean squared norm over the workers."""
        now = Situation(
            squared_norm=mean,
            spent=state.spent,
            rounds_done=state.rounds_done,
            size=state.x.shape[-1],
            step_size=self.step_size,
        )
        bits, memory = self.rule.choose(now, state.memory)
        # `spacing` enters no decision; it is a record of how far apart the levels were.
        return state._replace(
            bits=bits,
            spent=state.spent + bits,
            spacing=state.spacing + mean / _levels(bits).square(),
            memory=memory,
            rounds_done=state.rounds_done + 1,
        )

    def post(self, state: DQState) -> tuple[Draft, DQState]:
        """Sends the mean gradient of the round as a draft, to be quantised to the agreed levels."""
        gradient, state = self.mean_gradient(state)
        return Draft(gradient, QSGD(levels=_levels(state.bits), norm=self.norm)), state

    def absorb(self, state: DQState, mean: Tensor) -> DQState:
        """Takes one step of the inner rule with the mean of the decoded gradients."""
        stepped: DQState = self.stepped(state, mean)
        return stepped


def _levels(bits: Tensor) -> Tensor:
    """Returns the number of levels s = 2^(B-1) - 1: one bit of a coordinate is its sign."""
    return (1 << (bits - 1)) - 1


EXAMPLES = (
    DQSGD(local_steps=2, step_size=0.1),
    DQSGD(local_steps=1, step_size=0.1, rule=Budget(average_bits=3.5, num_rounds=10)),
    DQSGD(
        local_steps=3,
        step_size=0.05,
        rule=NormRatio(first_bits=5),
        norm=Norm.MAXIMUM,
        inner_rule=HeavyBall(0.5),
    ),
)
