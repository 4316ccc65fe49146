"""Tools of the laws: a short run, equality up to rounding, and how a law declares its scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.components.inner_rule import AdamW, WeightDecay
from empirical.loop import Loop
from empirical.transport import Stacked
from theory.testing.requirement import require

Gradient = Callable[[Tensor], Tensor]
"""Maps points (*batch, workers, d) to gradients of that shape."""


class NotApplicable(Exception):
    """A law does not apply to a subject; the message gives the reason."""


def drive(
    algorithm: Algorithm[Any],
    gradient: Gradient,
    start: Tensor,
    num_steps: int,
    seeds: Sequence[int] | None = None,
) -> Tensor:
    """Runs an algorithm in the simulator and returns its report points.

    Args:
        algorithm: the algorithm to run.
        gradient: gives the gradients at the workers' points.
        start: x_0 of every worker, (*batch, workers, d).
        num_steps: steps of the run.
        seeds: seeds of the runs that share a tensor; the default of the loop if None.

    Returns:
        The points after 0 to num_steps steps, (num_steps + 1, *batch, 1, d).
    """
    loop = Loop(algorithm, Stacked(start.shape[-2]), start, seeds)
    points = [loop.report()]
    for _ in range(num_steps):
        loop.step(gradient(loop.gradient_point))
        points.append(loop.report())
    return torch.stack(points)


def same(left: Tensor, right: Tensor, num_steps: int, what: str) -> None:
    """Requires equality up to rounding: 32 epsilons a step, relative to the largest entry.

    Epsilon is that of the coarser number format of the two.
    """
    eps = max(torch.finfo(left.dtype).eps, torch.finfo(right.dtype).eps)
    scale = max(float(left.abs().max()), float(right.abs().max()), 1e-300)
    error = float((left - right).abs().max()) / scale
    require(error <= 32 * eps * (num_steps + 1), f"{what}: relative difference {error:.3g}")


def without_weight_decay(algorithm: Algorithm[Any], reason: str) -> None:
    """Raises NotApplicable with the given reason if the inner rule decays weights."""
    rule = algorithm.inner_rule
    if isinstance(rule, WeightDecay) or (isinstance(rule, AdamW) and rule.rate):
        raise NotApplicable(reason)
