"""Reading three: the exact expectation of every measure at every step, without sampling.

The mean of the state moves by an affine map, and so does its covariance, since a linear method on a
quadratic with known noise is one. Where all rounds are alike, round j's noise reaches round r
through the (r-j-1)-th power of one matrix, and what it adds to a measure depends on r - j only.
Those additions are inner products <Phi'^b W Phi^b, Phi^a N Phi'^a>, so that some 2 sqrt(R) powers
give all R of them ("baby steps and giant steps"), free of cancellation and of eigenvectors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from empirical.algorithm import Algorithm
from empirical.problem import ExactProblem
from empirical.progress import Progress, tracked
from empirical.readings.linear.linear_form import StepMap
from empirical.readings.linear.moment_dynamics import Dynamics, Law
from empirical.readings.linear.quadratics import measures_at
from empirical.readings.linear.round_map import RoundMap, round_map
from empirical.runtime.trajectory import Trajectory

_MOST_NUMBERS = 2**28
"""Numbers, one for each coordinate of each step, up to which a run is listed; they take 2 GiB."""

Functional = Callable[[int], np.ndarray]
"""Coefficients (1, rows) in the state before a step, of the point to measure at."""


@dataclass(frozen=True)
class Moments:
    """Expectations of a run.

    Attributes:
        trajectory: E of every measure at every step 0..T, (T + 1,) each, and their running means;
            the theorems' average over t < T is in final_averages.
        rows: what the rows of the state at the end are.
    """

    trajectory: Trajectory
    rows: list[str]
    _dynamics: Dynamics
    _num_rounds: int

    @cached_property
    def final(self) -> Law:
        """Mean and covariance of the whole state after the last step."""
        return _law_at_end(self._dynamics, self._num_rounds)


@dataclass(frozen=True)
class _Curve:
    """Means (n, d) of the points measured at, and what their covariance adds to each measure."""

    means: np.ndarray
    spread: Mapping[str, np.ndarray]

    def trajectory(self, problem: ExactProblem) -> Trajectory:
        """The expectation of every measure: its value at the mean, plus what the spread adds."""
        at_mean = measures_at(problem, torch.from_numpy(self.means))
        return Trajectory.of_steps(
            {name: value + torch.from_numpy(self.spread[name]) for name, value in at_mean.items()}
        )


def moments(
    algorithm: Algorithm[Any],
    problem: ExactProblem,
    *,
    num_rounds: int,
    point: Functional | None = None,
    averaged_every: int = 0,
    progress: Progress | None = None,
) -> Moments:
    """The exact E of every measure at every step of a run, and the law of its state at the end.

    Args:
        algorithm: any method that is linear in state and gradients, time-varying ones included.
        problem: quadratic (indefinite ones included) with noise of known covariance.
        num_rounds: R, >= 1.
        point: where to measure, if not at the report point.
        averaged_every: steps between points whose mean so far is measured, x_0 before the first is
            past; at the end it is that over t < T. With 0 every point is measured by itself.
        progress: called with the steps that are done, where each step is computed by itself.

    Raises:
        NotLinear: the algorithm is not linear, found by superposition.
        NotQuadratic: a gradient is not affine, found by evaluation.
        ValueError: the problem does not know the covariance of its noise, or the run is too long.
    """
    num_steps = num_rounds * algorithm.local_steps
    most = _MOST_NUMBERS // (problem.dimension * algorithm.local_steps)
    if num_rounds > most:
        raise ValueError(
            f"num_rounds={num_rounds}: the moments of {num_steps} steps are too many to list; "
            f"at most {most} rounds of this run are"
        )
    dynamics = Dynamics(algorithm, problem)
    with np.errstate(over="ignore", invalid="ignore"):  # divergence is data
        fast = dynamics.additive and point is None and not averaged_every
        periodic = round_map(dynamics) if fast else None
        if averaged_every:
            curve = _running_means(dynamics, num_steps, point, averaged_every, progress)
        elif periodic is None or num_rounds <= periodic.first:
            curve = _step_by_step(dynamics, num_steps, point, progress)[0]
        else:
            curve = _round_by_round(dynamics, periodic, num_rounds)
    return Moments(curve.trajectory(problem), dynamics.form.names(num_steps), dynamics, num_rounds)


def _step_by_step(
    dynamics: Dynamics,
    num_steps: int,
    point: Functional | None = None,
    progress: Progress | None = None,
) -> tuple[_Curve, Law]:
    """Propagates the whole covariance at every step: for any method and any noise."""
    law = dynamics.start()
    means, spread = [], []
    for index in tracked(range(num_steps + 1), num_steps, "moments", progress):
        step = dynamics.form.at(index)
        mean, covariance = law.of(step.report if point is None else point(index)).own()
        means.append(mean[0])
        spread.append(_spread(dynamics, covariance[0]))
        if index < num_steps:
            law = dynamics.advance(step, law)
    joined = {name: np.array([row[name] for row in spread]) for name in spread[0]}
    return _Curve(np.stack(means), joined), law


def _running_means(
    dynamics: Dynamics,
    num_steps: int,
    point: Functional | None,
    every: int,
    progress: Progress | None,
) -> _Curve:
    """Computes measures at the mean of the points so far, a sum that the state carries along."""
    start = dynamics.start()
    law = Law(np.pad(start.mean, ((0, 1), (0, 0))), np.pad(start.covariance, ((0, 1), (0, 0)) * 2))
    means, spread, count = [], [], 0
    for index in tracked(range(num_steps + 1), num_steps, "moments", progress):
        step = dynamics.form.at(index)
        here = np.pad(step.report if point is None else point(index), ((0, 0), (0, 1)))
        total = np.eye(here.shape[1])[-1:]
        mean, covariance = law.of(total / count if count else here).own()
        means.append(mean[0])
        spread.append(_spread(dynamics, covariance[0]))
        if index < num_steps:
            due = index % every == 0
            law = dynamics.advance(_adding(step, total + here if due else total), law)
            count += due
    return _Curve(
        np.stack(means), {name: np.array([row[name] for row in spread]) for name in spread[0]}
    )


def _adding(step: StepMap, total: np.ndarray) -> StepMap:
    """A step with one more row, which becomes a combination of all rows before it."""
    return StepMap(
        keep=np.concatenate([np.pad(step.keep, ((0, 0), (0, 1))), total]),
        take=np.pad(step.take, ((0, 1), (0, 0))),
        points=np.pad(step.points, ((0, 0), (0, 1))),
        report=np.pad(step.report, ((0, 0), (0, 1))),
    )


def _spread(dynamics: Dynamics, covariance: np.ndarray) -> dict[str, float]:
    hessians = dynamics.quadratics.hessians
    return {name: float((matrix * covariance).sum()) / 2 for name, matrix in hessians.items()}


def _round_by_round(dynamics: Dynamics, periodic: RoundMap, num_rounds: int) -> _Curve:
    """The first rounds step by step, the rounds that are alike by powers of one matrix."""
    begun = periodic.first * dynamics.form.algorithm.local_steps
    head, law = _step_by_step(dynamics, begun)
    count = num_rounds - periodic.first + 1  # one more, of which only the first step is kept
    mean, covariance = periodic.restricted(law)
    starts = np.stack(list(periodic.rounds(mean, count)))
    points = np.einsum("kan,rn->rka", periodic.report, starts, optimize=True)
    means = (points + periodic.report_shift).reshape(-1, dynamics.problem.dimension)
    spreads = _spreads(periodic, dynamics.quadratics.hessians, covariance, count)
    total = num_rounds * dynamics.form.algorithm.local_steps + 1 - begun
    return _Curve(
        np.concatenate([head.means[:-1], means[:total]]),
        {n: np.concatenate([head.spread[n][:-1], spreads[n][:total]]) for n in spreads},
    )


def _spreads(
    periodic: RoundMap, hessians: Mapping[str, np.ndarray], covariance: np.ndarray, count: int
) -> dict[str, np.ndarray]:
    """What the covariance of the report point adds to each measure, at every step, (count K,).

    After r rounds it holds r rounds of noise and what is left of the covariance at the start. A
    start that is itself one round of noise, as after a first round without a message, counts so.
    """
    a_round = np.allclose(covariance, periodic.noise, rtol=0, atol=1e-13 * periodic.noise.max())
    fresh = _reaching(periodic, hessians, periodic.noise, count)
    total = np.cumsum(fresh, axis=0)
    if not a_round or not covariance.any():
        past = np.concatenate([np.zeros_like(fresh[:1]), total[:-1]])
        total = past + _reaching(periodic, hessians, covariance, count)
    own = np.stack([(periodic.report_noise * h).sum((1, 2)) / 2 for h in hessians.values()])
    return dict(zip(hessians, (total + own).transpose(1, 0, 2).reshape(len(own), -1), strict=True))


def _reaching(
    periodic: RoundMap, hessians: Mapping[str, np.ndarray], source: np.ndarray, count: int
) -> np.ndarray:
    """What a covariance adds to each measure r rounds later, at each step, (count, measures, K)."""
    names, steps = len(hessians), len(periodic.report)
    if not source.any():
        return np.zeros((count, names, steps))
    babies = math.isqrt(count // 2) + 1  # they cost more than giant steps
    giants = -(-count // babies)
    far = _powers(np.linalg.matrix_power(periodic.matrix, babies), source, giants)
    found = np.empty((giants, babies, names * steps))
    weights = np.empty((names, steps, *source.shape))  # once: fresh pages cost more than products
    report = periodic.report
    for baby in range(babies):
        for hessian, weight in zip(hessians.values(), weights, strict=True):
            np.matmul(np.swapaxes(report, 1, 2) @ (hessian / 2), report, out=weight)
        found[:, baby] = far @ weights.reshape(names * steps, -1).T
        report = report @ periodic.matrix
    return found.reshape(-1, names, steps)[:count]


def _powers(matrix: np.ndarray, source: np.ndarray, count: int) -> np.ndarray:
    """Matrix^a source matrix'^a for a < count, flat."""
    kept = [source]
    for _ in range(1, count):
        kept.append(matrix @ kept[-1] @ matrix.T)
    return np.stack(kept).reshape(count, -1)


def _law_at_end(dynamics: Dynamics, num_rounds: int) -> Law:
    """The law of the whole state after some rounds, by powers of one round where they are alike."""
    steps = dynamics.form.algorithm.local_steps
    periodic = round_map(dynamics, everything=True) if dynamics.additive else None
    alone = num_rounds if periodic is None else min(periodic.first, num_rounds)
    law = dynamics.start()
    for index in range(alone * steps):
        law = dynamics.advance(dynamics.form.at(index), law)
    if periodic is None or num_rounds <= periodic.first:
        return law
    moments = periodic.power(num_rounds - periodic.first, *periodic.restricted(law))
    return periodic.lifted(*moments)
