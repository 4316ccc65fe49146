"""Reading three, for ever: where a method settles on a quadratic, how fast, and whether."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from scipy.linalg import solve_discrete_lyapunov
from scipy.optimize import brentq, minimize_scalar
from scipy.sparse.linalg import LinearOperator, eigs, gmres

from empirical.algorithm import Algorithm
from empirical.description import name_of
from empirical.problem import ExactProblem
from empirical.readings.linear.moment_dynamics import Dynamics, Law
from empirical.readings.linear.quadratics import measures_at, quadratics
from empirical.readings.linear.round_map import RoundMap, round_map, spectral_radius

_ON_THE_EDGE = 1e-10
"""How far above 1 a spectral radius counts as stable: flat directions stay where they are."""

_FLAT = 1e-12
"""Curvature below 0, as a share of the largest, that rounding may make of a flat direction."""

_NEAR = 0.1
"""How far below 1 a peak of the spectral radius is looked at more closely."""

_PER_DECADE = 12
"""Step sizes a decade at which the first crossing is looked for, before it is located exactly."""


_DENSE = 16
"""Numbers in a covariance up to which the map that a round is on it is written out."""


class Unstable(ValueError):
    """The method does not settle; the message gives the factor by which a round grows."""


@dataclass(frozen=True)
class Stationary:
    """Where a run ends up, as expectations over a round of its stationary law.

    Attributes:
        contraction: factor a round by which the mean approaches it, the spectral radius.
        mean_square_contraction: the same for the covariance.
        fixed_point: mean of the report point at round starts, (d,), unit x.
        error: E of each measure, averaged over the steps of a round.
        bias: each measure at the mean report point, averaged likewise: what is left without noise.
        covariance: of the report point at round starts, (d, d), unit x^2.
    """

    contraction: float
    mean_square_contraction: float
    fixed_point: np.ndarray
    error: dict[str, float]
    bias: dict[str, float]
    covariance: np.ndarray


def contraction(algorithm: Algorithm[Any], problem: ExactProblem) -> float:
    """The spectral radius of the round map: below 1, where it is stable, the rate of the mean.

    Raises:
        NotLinear, NotQuadratic, ValueError: the reading does not apply; the message says why.
    """
    return _periodic(Dynamics(algorithm, problem)).spectral_radius


def largest_stable_step_size(
    algorithm: Algorithm[Any], problem: ExactProblem, *, low: float = 1e-4, high: float = 1e4
) -> float:
    """The step size, unit x^2/f, up to which smaller ones are stable; inf if above the range.

    The first crossing of spectral radius 1: looked for on a geometric grid, and between its points
    wherever the radius has a peak there, then located to rounding. Directions of zero curvature
    stay where they are and count as stable.

    Args:
        algorithm: its own step size does not matter.
        problem: quadratic.
        low: where to begin, in units of 1/L with L the largest curvature in modulus.
        high: where to give up, in the same units.

    Raises:
        Unstable: not even the smallest step size is stable.
    """
    known = quadratics(problem)
    steepest = float(np.abs(np.linalg.eigvalsh(known.curvature)).max())
    if steepest == 0:
        return np.inf
    if np.linalg.eigvalsh(known.curvature.mean(0))[0] < -_FLAT * steepest:
        raise Unstable(f"{name_of(type(algorithm))} is never stable: F curves down somewhere")

    def excess(log_step: float) -> float:
        tried = replace(algorithm, step_size=float(np.exp(log_step)) / steepest)
        return _radius(Dynamics(tried, problem, known)) - 1 - _ON_THE_EDGE

    crossing = _first_crossing(excess, np.log(low), np.log(high))
    if crossing is None:
        raise Unstable(
            f"{name_of(type(algorithm))} is unstable at step_size={low / steepest:g} already"
        )
    return float(np.exp(crossing)) / steepest


def stationary(algorithm: Algorithm[Any], problem: ExactProblem) -> Stationary:
    """The law that a run settles to, with the heterogeneous fixed point and its exact error.

    Raises:
        Unstable: it does not settle.
        NotLinear, NotQuadratic, ValueError: the reading does not apply; the message says why.
    """
    dynamics = Dynamics(algorithm, problem)
    periodic = _periodic(dynamics)
    radius, mean_square = periodic.spectral_radius, _mean_square_radius(dynamics, periodic)
    if max(radius, mean_square) >= 1 - _ON_THE_EDGE:
        raise Unstable(
            f"{name_of(type(algorithm))} at step_size={algorithm.step_size:g} does not settle: a "
            f"round multiplies the mean by {radius:.6g} and the covariance by {mean_square:.6g}"
        )
    mean = np.linalg.solve(np.eye(len(periodic.matrix)) - periodic.matrix, periodic.shift)
    covariance = _stationary_covariance(dynamics, periodic, mean)
    law = periodic.lifted(mean, covariance)
    points, spreads = _over_a_round(dynamics, periodic, law)
    bias = measures_at(problem, torch.from_numpy(points))
    hessians = dynamics.quadratics.hessians
    added = {name: np.einsum("kab,ab->k", spreads, h) / 2 for name, h in hessians.items()}
    return Stationary(
        contraction=radius,
        mean_square_contraction=mean_square,
        fixed_point=points[0],
        error={name: float(value.mean() + added[name].mean()) for name, value in bias.items()},
        bias={name: float(value.mean()) for name, value in bias.items()},
        covariance=spreads[0],
    )


def _periodic(dynamics: Dynamics) -> RoundMap:
    found = round_map(dynamics)
    if found is None:
        name = name_of(type(dynamics.form.algorithm))
        raise ValueError(f"{name} changes from round to round; it has no round map to analyse")
    return found


def _radius(dynamics: Dynamics) -> float:
    """By how much a round grows, in mean and in mean square, whichever is more."""
    radius = spectral_radius(dynamics)
    if radius is not None and dynamics.additive:
        return radius
    periodic = _periodic(dynamics)
    return max(periodic.spectral_radius, math.sqrt(_mean_square_radius(dynamics, periodic)))


def _first_crossing(excess: Callable[[float], float], low: float, high: float) -> float | None:
    """Where a function of log eta first exceeds 0: inf if nowhere, None if from the start."""
    grid = np.arange(low, high, np.log(10) / _PER_DECADE)
    values = [excess(grid[0])]
    if values[0] > 0:
        return None
    for index, right in enumerate(grid[1:], start=1):
        values.append(excess(right))
        top = _peak(excess, grid, values) if values[-1] <= 0 else right
        if top is not None:
            return float(brentq(excess, grid[max(index - 2, 0)], top, xtol=1e-14, rtol=1e-14))
    return float(np.inf)


def _peak(excess: Callable[[float], float], grid: np.ndarray, values: list[float]) -> float | None:
    """Where a function exceeds 0 between the last three points, if its peak there does."""
    index = len(values) - 1
    if index < 2 or not values[-2] >= max(values[-3], values[-1]) or values[-2] < -_NEAR:
        return None
    bounds = (grid[index - 2], grid[index])
    found = minimize_scalar(lambda x: -excess(x), bounds=bounds, method="bounded")
    return float(found.x) if found.fun < 0 else None


def _round_of_covariance(
    dynamics: Dynamics, periodic: RoundMap, mean: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """The affine map that a round is on covariances (n, n), at a mean (n,) at its start."""

    def advanced(covariance: np.ndarray) -> np.ndarray:
        law = periodic.lifted(mean, covariance)
        for step in periodic.period:
            law = dynamics.advance(step, law)
        return periodic.restricted(law)[1]

    return advanced


def _linear_part(affine: Callable[[np.ndarray], np.ndarray], size: int) -> LinearOperator:
    """Returns the linear part of an affine map on (n, n), as an operator on n^2 numbers."""
    constant = affine(np.zeros((size, size)))

    def apply(flat: np.ndarray) -> np.ndarray:
        return np.asarray(affine(flat.reshape(size, size)) - constant).ravel()

    return LinearOperator((size**2, size**2), matvec=apply, dtype=np.float64)


def _mean_square_radius(dynamics: Dynamics, periodic: RoundMap) -> float:
    """By how much a round multiplies the covariance in the end."""
    if dynamics.additive:
        return periodic.spectral_radius**2
    size = len(periodic.matrix)
    affine = _round_of_covariance(dynamics, periodic, np.zeros(size))
    operator = _linear_part(affine, size)
    if size**2 <= _DENSE:
        return float(np.abs(np.linalg.eigvals(operator @ np.eye(size**2))).max())
    start = np.eye(size).ravel()  # the operator keeps the cone of covariances, as does its leader
    found = eigs(operator, k=1, v0=start, tol=1e-11, return_eigenvectors=False)
    return float(np.abs(found[0]))


def _stationary_covariance(dynamics: Dynamics, periodic: RoundMap, mean: np.ndarray) -> np.ndarray:
    """Returns the stationary covariance of the state at round starts, (n, n)."""
    if dynamics.additive:
        return np.asarray(solve_discrete_lyapunov(periodic.matrix, periodic.noise))
    size = len(periodic.matrix)
    affine = _round_of_covariance(dynamics, periodic, mean)
    operator = _linear_part(affine, size)
    rest = LinearOperator(operator.shape, matvec=lambda x: x - operator @ x, dtype=np.float64)
    found, failed = gmres(rest, affine(np.zeros((size, size))).ravel(), rtol=1e-12, atol=0)
    if failed:
        raise Unstable("the stationary covariance was not found: a round hardly contracts it")
    return np.asarray(found.reshape(size, size))


def _over_a_round(
    dynamics: Dynamics, periodic: RoundMap, law: Law
) -> tuple[np.ndarray, np.ndarray]:
    """Means (K, d) and covariances (K, d, d) of the report point before each step of a round."""
    means, covariances = [], []
    for step in periodic.period:
        mean, covariance = law.of(step.report).own()
        means.append(mean[0])
        covariances.append(covariance[0])
        law = dynamics.advance(step, law)
    return np.stack(means), np.stack(covariances)
