"""DQ-SGD: minibatch SGD with quantised gradients, whose bit width is chosen anew every round.

Between communications:   s_m <- s_m + g_m(x)                        (K times)
First exchange:           q = mean_m |s_m / K|_p^2, then B <- rule(q), s = 2^(B-1) - 1
Second exchange:          x <- x - eta mean_m Q_s(s_m / K),   s_m <- 0

Q_s is QSGD with the agreed levels and each worker's own norm as its scale. The mean square is
what the error of the mean depends on, d/(4 s^2 M) q at most, and is what an all-reduce can
sum; it travels in double precision, so that squares neither overflow nor vanish. A rule may
remember; with Fixed the method is QSGD.

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
    """What a worker carries; what is (*batch, 1, 1) is the same on every worker.

    Attributes:
        x: the common iterate (*batch, workers, d).
        inner: memory of the inner rule, the same on every worker.
        total: sum of the gradients of this round (*batch, workers, d).
        bits: of a coordinate in this round, (*batch, 1, 1) whole.
        spent: bits of a coordinate in all rounds, (*batch, 1, 1).
        spacing: sum over rounds of the mean over workers of (|g_m|/s)^2, unit f^2/x^2.
        memory: of the rule.
        rounds_done: rounds whose width is chosen.
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
    """Minibatch SGD whose gradients travel quantised, to a width chosen anew in every round.

    Attributes:
        rule: how many bits a coordinate gets.
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
        """Each rounds by chance of its own, as does each coordinate."""
        return False

    @property
    def keeps_to_scale(self) -> bool:
        """If the widths do."""
        return super().keeps_to_scale and self.rule.keeps_to_scale

    @property
    def exchanges(self) -> tuple[Exchange[DQState], ...]:
        """The norms, then the gradients."""
        norms = Exchange(post=self.post_norm, absorb=self.choose)
        return norms, Exchange(post=self.post, absorb=self.absorb)

    def init(self, x: Tensor) -> DQState:
        """All workers at x, nothing spent."""
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
        """Sends the squared norm of the round's mean gradient."""
        gradient, _ = self.mean_gradient(state)
        norm = scales(gradient, self.norm)
        return norm.double().square(), state

    def choose(self, state: DQState, mean: Tensor) -> DQState:
        """Takes the width that the rule makes of the mean squared norm."""
        now = Situation(
            squared_norm=mean,
            spent=state.spent,
            rounds_done=state.rounds_done,
            size=state.x.shape[-1],
            step_size=self.step_size,
        )
        bits, memory = self.rule.choose(now, state.memory)
        return state._replace(
            bits=bits,
            spent=state.spent + bits,
            spacing=state.spacing + mean / _levels(bits).square(),
            memory=memory,
            rounds_done=state.rounds_done + 1,
        )

    def post(self, state: DQState) -> tuple[Draft, DQState]:
        """The round's mean gradient, to be quantised to the agreed levels."""
        gradient, state = self.mean_gradient(state)
        return Draft(gradient, QSGD(levels=_levels(state.bits), norm=self.norm)), state

    def absorb(self, state: DQState, mean: Tensor) -> DQState:
        """One step of the inner rule with the mean of the decoded gradients."""
        stepped: DQState = self.stepped(state, mean)
        return stepped


def _levels(bits: Tensor) -> Tensor:
    """S = 2^(B-1) - 1."""
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
