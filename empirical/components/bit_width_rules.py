"""Rules that choose widths: fixed, by DQ-SGD's budget or its error target, and by norms alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from empirical.components.bit_width import (
    BitWidthRule,
    RuleMemory,
    Situation,
    array,
    check_bits,
    logarithm,
    whole_bits,
)
from empirical.field_ranges import check_known, check_within
from theory.costs.bit_allocation import (
    FEWEST_BITS,
    MOST_BITS,
    bits_of,
    closed_form,
    decay,
    influence,
    levels_for_target,
)

_BLOCKS = 32
"""Stretches of equal weight that the rounds to come are lumped into."""

_ROUNDING = 1e-9
"""Slack in bits, so that a count of levels that is whole needs no bit more."""


@dataclass(frozen=True)
class Fixed(BitWidthRule):
    """The same width in every round: QSGD. It knows nothing.

    Attributes:
        bits: in [2, 16].
    """

    bits: int = 4

    def __post_init__(self) -> None:
        check_bits("bits", self.bits, whole=True)

    def choose(self, now: Situation, memory: RuleMemory) -> tuple[Tensor, RuleMemory]:
        """Returns the same width B in every round."""
        return torch.full_like(now.squared_norm, self.bits).long(), memory


@dataclass(frozen=True)
class ErrorTarget(BitWidthRule):
    r"""The fewest bits at which quantisation adds no more than a given error: DQ-SGD's dual.

    s_n >= sqrt(N kappa_n / epsilon) with kappa_n = (L d eta^2 / 8) alpha^(N-1-n) |g_n|^2: every
    round may spend epsilon / N, so that no norm to come need be known. The mean over workers, whose
    errors are independent, is M times better than promised. It knows L, mu and the horizon; a round
    after the horizon is treated as the last one.

    Attributes:
        target: epsilon, unit f, > 0: what quantisation may add to E F(x_N) - inf F; with mu = 0, to
            eta (1 - L eta/2) sum_n E|grad F(x_n)|^2.
        num_rounds: N, >= 1.
        smoothness: L, unit f/x^2, > 0.
        strong_convexity: mu, unit f/x^2, in [0, L]; 0 where F is not convex.

    Raises:
        ValueError: an attribute is out of its range.

    Source: yan2021dqsgd, Section 4.4, turned around; constants derived in costs/bit_allocation.py.
    """

    target: float
    num_rounds: int
    smoothness: float
    strong_convexity: float = 0.0

    def __post_init__(self) -> None:
        check_within(self, "(0, inf)", "target")
        check_known(self, "num_rounds", "smoothness")
        self.check_step_size(1 / self.smoothness)

    @property
    def keeps_to_scale(self) -> bool:
        """The target has a unit."""
        return False

    def check_step_size(self, step_size: float | Tensor) -> None:
        """Raises ValueError unless it is below 2/L."""
        decay(array(step_size), self.smoothness, self.strong_convexity)

    def choose(self, now: Situation, memory: RuleMemory) -> tuple[Tensor, RuleMemory]:
        """1 + ceil(log2(s_n + 1)); the fewest where the gradient is 0 or not finite."""
        step_size = array(now.step_size)
        kappa = influence(
            np.nan_to_num(array(now.squared_norm), nan=0.0, posinf=0.0),
            max(0, self.num_rounds - 1 - now.rounds_done),
            size=now.size,
            step_size=step_size,
            smoothness=self.smoothness,
            decay=decay(step_size, self.smoothness, self.strong_convexity),
        )
        bits = bits_of(levels_for_target(kappa, self.target, self.num_rounds))
        return whole_bits(np.ceil(bits - _ROUNDING), now), memory


@dataclass(frozen=True)
class Budget(BitWidthRule):
    r"""The least error at a given number of bits: DQ-SGD's primal, made causal.

    Each round shares what is left of the budget between itself and the rounds to come, by
    B_n = log2(k alpha^((N-1-n)/2) |g_n| + 1) + 1 with k such that it is spent. Its own norm it
    knows; those to come it takes to be the running mean of the logarithms of those seen, times
    trend for every round. Rounded to whole bits; what rounding leaves or takes is shared by the
    rounds that follow, so that the budget is never exceeded. After N rounds it is renewed.

    Attributes:
        average_bits: of a coordinate and round, the norm left out; in [2, 16].
        num_rounds: N, >= 1.
        contraction: alpha, in (0, 1]; theory.costs.bit_allocation.decay gives it for eta, L,
            mu. 1 where F is not convex.
        trend: by which |g_n| is expected to change in a round; > 0.
        newest: weight of a new norm in the running mean; in (0, 1].

    Raises:
        ValueError: an attribute is out of its range.

    Source: yan2021dqsgd, equations (18) and (20), whose k needs every norm in advance; the forecast
    is ours.
    """

    average_bits: float
    num_rounds: int
    contraction: float = 1.0
    trend: float = 1.0
    newest: float = 0.2

    def __post_init__(self) -> None:
        check_bits("average_bits", self.average_bits)
        check_known(self, "num_rounds")
        check_within(self, "(0, 1]", "contraction", "newest")
        check_within(self, "(0, inf)", "trend")

    def init(self, like: Tensor) -> RuleMemory:
        """The running mean of log |g|^2, and whether there is one."""
        return torch.zeros_like(like), torch.zeros_like(like)

    def choose(self, now: Situation, memory: RuleMemory) -> tuple[Tensor, RuleMemory]:
        """Chooses this round's share of the bits left; the fewest where the gradient is 0."""
        known, own = logarithm(now.squared_norm)
        mean, seen = map(array, memory)
        grown = mean + 2 * np.log(self.trend)
        mixed = np.where(seen > 0, (1 - self.newest) * grown + self.newest * own, own)
        typical = np.where(known, mixed, grown)
        horizon, round_of_it = divmod(now.rounds_done, self.num_rounds)
        after = self.num_rounds - 1 - round_of_it
        granted = self.average_bits * self.num_rounds * (horizon + 1)
        left = granted - array(now.spent)
        bits = np.floor(self._share(own, typical, left, after) + 0.5)
        affordable = np.floor(left - FEWEST_BITS * after + _ROUNDING)
        bits = np.where(known, np.minimum(bits, affordable), FEWEST_BITS)
        like = now.squared_norm
        kept = (torch.from_numpy(part).to(like) for part in (typical, np.maximum(seen, known)))
        return whole_bits(bits, now), tuple(kept)

    def _share(
        self, own: np.ndarray, typical: np.ndarray, left: np.ndarray, after: int
    ) -> np.ndarray:
        """Bits of this round, not rounded."""
        edges = np.unique(np.linspace(0, after, min(after, _BLOCKS) + 1).round())
        counts, middle = np.diff(edges), (edges[1:] + edges[:-1] + 1) / 2
        to_come = 2 * middle * np.log(self.trend) + (after - middle) * np.log(self.contraction)
        logs = [own + after * np.log(self.contraction)]
        logs += [typical + log for log in to_come]
        weights = np.concatenate(logs, axis=-1)
        weights = np.exp(weights - weights.max(-1, keepdims=True))
        average = np.clip(left[..., 0] / (after + 1), FEWEST_BITS, MOST_BITS)
        return closed_form(weights, average, np.array([1.0, *counts]))[..., :1]


@dataclass(frozen=True)
class NormRatio(BitWidthRule):
    """One bit less whenever the gradient's norm has halved: an adaptive rule without a horizon.

    B_n = B_0 + log2(|g_n| / |g_0|), rounded: the levels stay as far apart as they were at first. It
    knows the first norm. A baseline in the style of AdaQS, of which only the name was at hand.

    Attributes:
        first_bits: B_0, in [2, 16].
        fewest_bits: below which it does not go, in [2, first_bits].

    Raises:
        ValueError: an attribute is out of its range.
    """

    first_bits: int = 6
    fewest_bits: int = 2

    def __post_init__(self) -> None:
        check_bits("first_bits", self.first_bits, whole=True)
        check_bits("fewest_bits", self.fewest_bits, whole=True)
        if self.fewest_bits > self.first_bits:
            raise ValueError(
                f"fewest_bits={self.fewest_bits} must be at most first_bits={self.first_bits}"
            )

    def init(self, like: Tensor) -> RuleMemory:
        """The first log |g|^2, and whether there is one."""
        return torch.zeros_like(like), torch.zeros_like(like)

    def choose(self, now: Situation, memory: RuleMemory) -> tuple[Tensor, RuleMemory]:
        """First bits and the binary logarithm of the ratio, rounded."""
        known, own = logarithm(now.squared_norm)
        first, seen = map(array, memory)
        first = np.where((seen == 0) & known, own, first)
        ratio = np.where(known, (own - first) / (2 * np.log(2)), -np.inf)
        bits = np.maximum(np.floor(self.first_bits + ratio + 0.5), self.fewest_bits)
        kept = (torch.from_numpy(part).to(now.squared_norm) for part in (first, seen + known > 0))
        return whole_bits(bits, now), tuple(kept)


EXAMPLES: tuple[BitWidthRule, ...] = (
    Fixed(4),
    ErrorTarget(target=0.01, num_rounds=20, smoothness=1.0, strong_convexity=0.1),
    Budget(average_bits=4.0, num_rounds=20, contraction=0.97),
    NormRatio(),
)
