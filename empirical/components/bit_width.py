"""How many bits a coordinate of this round's gradients get: the part that is plugged into DQ-SGD.

A rule receives the mean over workers of |g_m|^2, which all ranks hold to the bit, so that all
choose alike; and every run of a batch has a width of its own. Bits and numbers are (*batch, 1, 1).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from theory.costs.bit_allocation import FEWEST_BITS, MOST_BITS

RuleMemory = tuple[Tensor, ...]
"""What a rule remembers: numbers in double precision, (*batch, 1, 1) each."""


class Situation(NamedTuple):
    """What is known when a width is chosen.

    Attributes:
        squared_norm: the mean over workers of |g_m|^2, unit f^2/x^2.
        spent: bits a coordinate of all rounds so far.
        rounds_done: how many those are.
        size: d.
        step_size: eta, unit x^2/f.
    """

    squared_norm: Tensor
    spent: Tensor
    rounds_done: int
    size: int
    step_size: float | Tensor


class BitWidthRule(ABC):
    """A pure map from what is known to bits a coordinate, in [2, 16]."""

    @property
    def keeps_to_scale(self) -> bool:
        """Whether s f with step size eta / s gets the same bits."""
        return True

    def init(self, like: Tensor) -> RuleMemory:
        """The memory before the first round; like is (*batch, 1, 1) in double precision."""
        return ()

    def check_step_size(self, step_size: float | Tensor) -> None:  # noqa: B027  # most take any
        """Raises ValueError unless the rule can work with this eta."""

    @abstractmethod
    def choose(self, now: Situation, memory: RuleMemory) -> tuple[Tensor, RuleMemory]:
        """Bits of this round (*batch, 1, 1), whole numbers, and the memory after it."""


def check_bits(name: str, value: float, *, whole: bool = False) -> None:
    """Raises ValueError unless the value lies in [2, 16]."""
    if not FEWEST_BITS <= value <= MOST_BITS or (whole and value != int(value)):
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"{name}={value} must be {kind} in [{FEWEST_BITS}, {MOST_BITS}]")


def array(number: float | Tensor) -> np.ndarray:
    """The number or numbers in double precision."""
    if isinstance(number, Tensor):
        return number.detach().cpu().double().numpy()
    return np.asarray(number, dtype=np.float64)


def logarithm(squared_norm: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Where |g|^2 is a number > 0, and its logarithm there; 0 elsewhere."""
    value = array(squared_norm)
    known = np.isfinite(value) & (value > 0)
    return known, np.log(np.where(known, value, 1.0))


def whole_bits(bits: np.ndarray, now: Situation) -> Tensor:
    """Bits in their range as whole numbers, on the device of the mean square."""
    clamped = np.clip(bits, FEWEST_BITS, MOST_BITS)
    full = np.broadcast_to(clamped, now.squared_norm.shape).astype(np.int64)
    return torch.from_numpy(full).to(now.squared_norm.device)
