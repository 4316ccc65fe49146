"""Laws that every problem obeys: plain functions that raise AssertionError if one is broken."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from empirical.kernels.random_streams import BLOCK, Samples
from empirical.problem import ExactProblem, Problem
from theory.testing.requirement import require

_EPS = float(np.finfo(np.float64).eps)


def gradient_is_the_autograd_of_the_objective(problem: ExactProblem, x: Tensor) -> None:
    """The closed-form gradient of every worker is the derivative of its objective."""
    workers = range(problem.num_workers)
    leaf = x.expand(problem.num_workers, -1).clone().requires_grad_()
    [expected] = torch.autograd.grad(problem.objective(leaf, workers).sum(), leaf)
    found = problem.gradient(leaf.detach(), workers)
    scale = 1 + float(expected.abs().max())
    error = float((found - expected).abs().max()) / scale
    require(error <= 1e4 * _EPS, f"gradient differs from autograd by {error:.3g}")


def declared_constants_hold(problem: ExactProblem, x: Tensor, y: Tensor) -> None:
    """Smoothness between x and y, and heterogeneity and initial gap at x, are within the declared.

    Only the constants that the problem declares are checked.
    """
    workers, known = range(problem.num_workers), problem.constants
    slack = 1 + 1e-9
    gradients = problem.gradient(x[None], workers)
    if "smoothness" in known:
        change = (gradients - problem.gradient(y[None], workers)).norm(dim=-1).max()
        require(change <= slack * known["smoothness"].value * (x - y).norm() + 1e-12)
    if "heterogeneity" in known:
        spread = (gradients - gradients.mean(0)).square().sum(-1).mean()
        require(spread <= slack * known["heterogeneity"].value ** 2 + 1e-12)
    if "initial_gap" in known:
        start = problem.initial_point()
        values = [problem.objective(point[None], workers).mean() for point in (start, x)]
        require(values[0] - values[1] <= slack * known["initial_gap"].value + 1e-12)


def samples_depend_on_seed_worker_step_only(problem: Problem, seed: int, step: int) -> None:
    """A worker's sample is the same whichever seeds and workers are drawn with it, in any order."""
    last = problem.num_workers - 1
    together = Samples(problem.draw, (seed + 1, seed), range(problem.num_workers))
    together.at(step + BLOCK)
    alone = Samples(problem.draw, (seed,), range(last, last + 1))
    require(torch.equal(together.at(step)[1:, last:], alone.at(step)))
    block = torch.stack([together.at(start)[1] for start in range(BLOCK)])
    if problem.num_workers > 1 and block.unique().numel() > 1:
        require(not torch.equal(block[:, 0], block[:, last]), "two workers share their samples")
