"""What a problem with affine gradients is made of, found by evaluating it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from empirical.description import name_of
from empirical.problem import ExactProblem, Problem

_TOLERANCE = 1e-9
"""Relative difference above which a gradient is not affine, or a measure not quadratic."""

_AT_ONCE = 2**22
"""Numbers that one evaluation may hold."""


class NotQuadratic(ValueError):
    """A problem's gradients are not affine; the message names it."""


@dataclass(frozen=True)
class Quadratics:
    """Grad f_m(x) = curvature[m] x + tilt[m], and q(x) = x' hessians[q] x / 2 + ... .

    Attributes:
        curvature: Hessians of the workers' objectives, (M, d, d), unit f/x^2.
        tilt: their gradients at 0, (M, d), unit f/x.
        hessians: of each measure, (d, d).
    """

    curvature: np.ndarray
    tilt: np.ndarray
    hessians: dict[str, np.ndarray]


def quadratics(problem: Problem) -> Quadratics:
    """Reads the quadratics off a problem, and checks at random points that they are all there is.

    Raises:
        NotQuadratic: a gradient is not affine or a measure not quadratic.
    """
    if not isinstance(problem, ExactProblem):
        raise NotQuadratic(f"{name_of(type(problem))} has no exact gradient to read moments off")
    workers, d = range(problem.num_workers), problem.dimension
    tilt = problem.gradient(torch.zeros(1, d, dtype=torch.float64), workers)
    basis = torch.eye(d, dtype=torch.float64).unsqueeze(1)
    curvature = (problem.gradient(basis, workers) - tilt).permute(1, 2, 0)
    _test_gradient(problem, curvature, tilt)
    steepest = float(curvature.abs().max() + tilt.abs().max())
    hessians = _hessians(problem, steepest)
    return Quadratics(
        curvature.contiguous().numpy(),
        tilt.numpy(),
        {name: hessian.numpy() for name, hessian in hessians.items()},
    )


def measures_at(problem: Problem, points: Tensor) -> dict[str, Tensor]:
    """The problem's measures at points (n, d), (n,) each."""
    size = max(1, _AT_ONCE // (problem.num_workers * (problem.dimension + 2)))
    parts = []
    for chunk in points.split(size):
        shares = problem.observe(chunk.unsqueeze(1), range(problem.num_workers))
        parts.append(problem.summarise(shares.mean(-2)))
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _hessians(problem: Problem, steepest: float) -> dict[str, Tensor]:
    """By polarisation: q(e_i + e_j) - q(e_i) - q(e_j) + q(0).

    Squares of gradients up to steepest |x| may cancel in a measure; rounding of that size is left.
    """
    d, probes = problem.dimension, _probes(problem)
    basis = torch.eye(d, dtype=torch.float64)
    pairs = (basis + basis.unsqueeze(1)).flatten(0, 1)
    points = torch.cat([torch.zeros(1, d, dtype=torch.float64), basis, pairs, probes, -probes])
    counts = [1, d, d * d, len(probes), len(probes)]
    hessians = {}
    for name, values in measures_at(problem, points).items():
        zero, single, double, found, opposite = values.split(counts)
        hessian = double.view(d, d) - single - single.unsqueeze(1) + zero
        even = (found + opposite) / 2 - zero
        curved = torch.einsum("na,ab,nb->n", probes, hessian, probes) / 2
        size = found.abs() + opposite.abs() + zero.abs() + steepest**2 * probes.square().sum(-1)
        what = f"{name_of(type(problem))}: its {name} is not quadratic"
        _close(even - curved, size, what)
        hessians[name] = hessian
    return hessians


def _test_gradient(problem: ExactProblem, curvature: Tensor, tilt: Tensor) -> None:
    points = _probes(problem).unsqueeze(1)
    found = problem.gradient(points, range(problem.num_workers))
    expected = torch.einsum("mab,nb->nma", curvature, points.squeeze(1)) + tilt
    size = torch.einsum("mab,nb->nma", curvature.abs(), points.squeeze(1).abs()) + tilt.abs()
    what = f"{name_of(type(problem))} is not quadratic: its gradient is not affine"
    _close(found - expected, size.amax((1, 2), keepdim=True), what)


def _probes(problem: Problem) -> Tensor:
    rng = torch.Generator().manual_seed(0)
    points = torch.randn(3, problem.dimension, dtype=torch.float64, generator=rng)
    return points * torch.tensor([[0.1], [1.0], [30.0]], dtype=torch.float64)


def _close(difference: Tensor, size: Tensor, what: str) -> None:
    if not bool((difference.abs() <= _TOLERANCE * size).all()):
        raise NotQuadratic(f"{what}; this reading takes quadratic problems only")
