"""One round of a periodic method on a quadratic problem, as a single affine map with noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from empirical.readings.linear.balance import balanced
from empirical.readings.linear.linear_form import LinearForm, StepMap
from empirical.readings.linear.minimal_realisation import Realisation, minimal, reached_by
from empirical.readings.linear.moment_dynamics import Dynamics, Law, on_rows


@dataclass(frozen=True)
class RoundMap:
    """s -> matrix s + shift + noise on the state s (n,) at round starts, and what is seen of it.

    The state is in minimal coordinates (k rows of d numbers, n = k d): every eigenvalue of the
    matrix is one that the method can excite and that its iterates show.

    Attributes:
        first: the first round that this map describes.
        period: its steps.
        realisation: the minimal coordinates.
        matrix: (n, n).
        shift: (n,).
        noise: covariance added by a round from 0, (n, n); all there is where noise is additive.
        report: report point before each step of the round, reports @ s + ..., (K, d, n).
        report_shift: (K, d).
        report_noise: covariance of the report point that this round's noise adds, (K, d, d).
    """

    first: int
    period: tuple[StepMap, ...]
    realisation: Realisation
    matrix: np.ndarray
    shift: np.ndarray
    noise: np.ndarray
    report: np.ndarray
    report_shift: np.ndarray
    report_noise: np.ndarray

    @property
    def spectral_radius(self) -> float:
        """Largest modulus of an eigenvalue: the factor by which a round contracts in the end."""
        return _radius(self.matrix)

    def restricted(self, law: Law) -> tuple[np.ndarray, np.ndarray]:
        """Mean (n,) and covariance (n, n) of the state in minimal coordinates."""
        small = law.of(self.realisation.restrict)
        count = small.mean.size
        return small.mean.reshape(count), small.covariance.reshape(count, count)

    def lifted(self, mean: np.ndarray, covariance: np.ndarray) -> Law:
        """The law of all rows, from that of the minimal coordinates."""
        k, d = self.realisation.lift.shape[1], self.report.shape[1]
        small = Law(mean.reshape(k, d), covariance.reshape(k, d, k, d))
        return small.of(self.realisation.lift)

    def rounds(self, mean: np.ndarray, count: int) -> Iterator[np.ndarray]:
        """The mean at the start of each of some rounds."""
        for _ in range(count):
            yield mean
            mean = self.matrix @ mean + self.shift

    def power(self, count: int, mean: np.ndarray, covariance: np.ndarray) -> tuple[np.ndarray, ...]:
        """Mean and covariance after some rounds, by repeated squaring of the round."""
        matrix, shift, noise = self.matrix, self.shift, self.noise
        while count:
            if count % 2:
                mean, covariance = matrix @ mean + shift, matrix @ covariance @ matrix.T + noise
            shift, noise = matrix @ shift + shift, matrix @ noise @ matrix.T + noise
            matrix, count = matrix @ matrix, count // 2
        return mean, covariance


def round_map(dynamics: Dynamics, *, everything: bool = False) -> RoundMap | None:
    """The map of the rounds that are alike; None where no two are.

    Args:
        dynamics: the method on the problem.
        everything: keep what no iterate shows as well: the whole state can be lifted from it.
    """
    space = _space(dynamics.form, everything=everything)
    return None if space is None else _composed(dynamics, *space)


def spectral_radius(dynamics: Dynamics) -> float | None:
    """That of the round map, without the rest of it; None where no two rounds are alike."""
    space = _space(dynamics.form)
    if space is None:
        return None
    return _radius(_transition(dynamics, *space)[0])


def _radius(matrix: np.ndarray) -> float:
    return float(np.abs(np.linalg.eigvals(matrix)).max(initial=0.0))


@lru_cache(maxsize=64)
def _space(
    form: LinearForm, *, everything: bool = False
) -> tuple[list[StepMap], Realisation] | None:
    """The steps of a period and minimal coordinates for it, whatever the problem."""
    steps = form.algorithm.local_steps
    first = form.period_start
    if first is None:
        return None
    before = [form.at(index) for index in range(first * steps)]
    period = [form.at(first * steps + index) for index in range(steps)]
    even = balanced(before, period, form.start, float(form.algorithm.step_size))
    seen = [
        np.eye(step.keep.shape[1]) if everything else np.concatenate([step.points, step.report])
        for step in even.period
    ]
    space = minimal(even.period, seen, reached_by(even.before, even.start))
    return period, space.unbalanced(even.sizes[len(before)])


def _transition(
    dynamics: Dynamics, period: list[StepMap], realisation: Realisation
) -> tuple[np.ndarray, np.ndarray]:
    """The matrix of a round (n, n), and the report points before its steps, (K, d, n)."""
    d, lift = dynamics.problem.dimension, realisation.lift
    rows, k = lift.shape
    block = np.einsum("ik,ab->iakb", lift, np.eye(d)).reshape(rows, d, k * d)
    reports = []
    for step in period:
        reports.append(on_rows(step.report, block)[0])
        block = dynamics.push(step, block)
    matrix = on_rows(realisation.restrict, block).reshape(k * d, k * d)
    return matrix, np.stack(reports)


def _composed(dynamics: Dynamics, period: list[StepMap], realisation: Realisation) -> RoundMap:
    d, (rows, k) = dynamics.problem.dimension, realisation.lift.shape
    law = Law(np.zeros((rows, d)), np.zeros((rows, d, rows, d)))
    shifts, noises = [], []
    for step in period:
        mean, covariance = law.of(step.report).own()
        shifts.append(mean[0])
        noises.append(covariance[0])
        law = dynamics.advance(step, law)
    end = law.of(realisation.restrict)
    matrix, reports = _transition(dynamics, period, realisation)
    assert dynamics.form.period_start is not None  # or there would be no period
    return RoundMap(
        first=dynamics.form.period_start,
        period=tuple(period),
        realisation=realisation,
        matrix=matrix,
        shift=end.mean.reshape(k * d),
        noise=end.covariance.reshape(k * d, k * d),
        report=reports,
        report_shift=np.stack(shifts),
        report_noise=np.stack(noises),
    )
