"""The measure of a bound on a problem, in exact expectation.

It depends on the point at which the bound measures, and on how it summarises a run. Expectations on
quadratics come from moments, those on other problems from all outcomes of their noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.components.topology import COMPLETE
from empirical.falsification.algorithm_of_bound import NoReading
from empirical.problem import ExactProblem
from empirical.progress import Progress
from empirical.readings.enumeration import enumeration, lists_outcomes
from empirical.readings.linear.block_toeplitz import NoDecay
from empirical.readings.linear.linear_form import NotExchangeable, NotLinear
from empirical.readings.mixing import Mixing, NotInClass, mixing
from empirical.readings.moments import Functional, moments
from empirical.runtime.trajectory import Trajectory
from theory.measures import Measure, Quantity, ReportPoint

NAMES = {
    Quantity.SQUARED_GRADIENT_NORM: "squared_gradient_norm",
    Quantity.SUBOPTIMALITY: "objective",
    Quantity.SQUARED_DISTANCE: "squared_distance",
}
"""The name of each quantity among a problem's measures.

The problems that are used here have F* = 0, so that the objective is the suboptimality.
"""


class MeasuredPoint(Enum):
    """The point that is measured; the value is its name in `ratebound moments --at`.

    REPORT is the algorithm's report point, CONSERVED its conserved average, AVERAGE the mean of all
    report points so far, and AVERAGE_ROUND the mean of those at starts of rounds.
    """

    REPORT = "report"
    CONSERVED = "conserved"
    AVERAGE = "average"
    AVERAGE_ROUND = "average_round"


class RunSummary(Enum):
    """How a run is summarised by one number; the value is its name in `ratebound moments`.

    STEPS and ROUNDS are means over all steps and over starts of rounds, BEST is the least value at
    the start of a round, and END the value after the last step.
    """

    STEPS = "average"
    ROUNDS = "round_starts"
    BEST = "best_round"
    END = "end"


class MeasuredPlace(NamedTuple):
    """The place on a run at which a theorem measures.

    Attributes:
        point: the point that is measured at a step.
        summary: how its values over the run become one number.
    """

    point: MeasuredPoint
    summary: RunSummary


TIME_AVERAGE = MeasuredPlace(MeasuredPoint.REPORT, RunSummary.STEPS)
"""The mean over all steps of the measure at the report point, which most theorems here bound."""

_COMMON = (ReportPoint.MEAN_ITERATE, ReportPoint.ROUND_START)
"""Report points that are the common iterate x_r at the start of a round, if workers share one."""

_BY_ROUNDS: Mapping[ReportPoint, MeasuredPlace] = {
    ReportPoint.ROUND_START: MeasuredPlace(MeasuredPoint.REPORT, RunSummary.ROUNDS),
    ReportPoint.BEST_ROUND: MeasuredPlace(MeasuredPoint.REPORT, RunSummary.BEST),
    ReportPoint.LAST_ROUND: MeasuredPlace(MeasuredPoint.REPORT, RunSummary.END),
    ReportPoint.AVERAGE_ITERATE: MeasuredPlace(MeasuredPoint.AVERAGE, RunSummary.END),
    ReportPoint.AVERAGE_ROUND: MeasuredPlace(MeasuredPoint.AVERAGE_ROUND, RunSummary.END),
}
"""Places of report points of theorems, on methods whose workers share one point after a round."""


def place_of(measure: Measure, algorithm: Algorithm[Any]) -> MeasuredPlace:
    """Returns the place on an algorithm's run at which a bound measures.

    Raises:
        NoReading: the algorithm has no such report point, or its weights are not known here.
    """
    wanted, own = measure.report_point, algorithm.report_point
    if wanted is own and measure.averaged:
        return TIME_AVERAGE
    if wanted is ReportPoint.LAST_AGGREGATE and own is ReportPoint.AGGREGATE:
        return MeasuredPlace(MeasuredPoint.REPORT, RunSummary.END)
    if wanted in _BY_ROUNDS and own in _COMMON and meets_after_rounds(algorithm):
        return _BY_ROUNDS[wanted]
    if wanted is ReportPoint.CONSERVED_MEAN:
        return MeasuredPlace(MeasuredPoint.CONSERVED, RunSummary.STEPS)
    # The mean over workers and v auxiliary variables: the mean iterate of gossip (v = 0), and the
    # conserved average of EASGD (v = 1) in its symmetric form, are what these algorithms report.
    elastic = own in (ReportPoint.MEAN_ITERATE, ReportPoint.CONSERVED_MEAN)
    if wanted is ReportPoint.AUXILIARY_MEAN and elastic:
        return TIME_AVERAGE
    raise NoReading(f"it speaks of {wanted.name}, which is not known here")


def is_known(measure: Measure) -> bool:
    """Returns whether some algorithm has the report point, and readings give the quantity there."""
    single = {ReportPoint.LAST_AGGREGATE, *_BY_ROUNDS}
    return measure.quantity in NAMES and (measure.averaged or measure.report_point in single)


def meets_after_rounds(algorithm: Algorithm[Any]) -> bool:
    """Returns whether all workers are at one point when a round begins."""
    return all(one.delay == 0 and one.topology == COMPLETE for one in algorithm.exchanges)


def read(
    algorithm: Algorithm[Any],
    problem: ExactProblem,
    num_rounds: int,
    at: MeasuredPoint = MeasuredPoint.REPORT,
    progress: Progress | None = None,
) -> Trajectory:
    """Computes the exact expectations of a run, by moments or from all outcomes of the noise.

    Args:
        algorithm: the method, linear in state and gradients.
        problem: quadratic with known noise covariance, or with noise of few values.
        num_rounds: R, >= 1.
        at: the point that is measured.
        progress: called with the steps that are done.

    Returns:
        The expectation of every measure at every step 0..T, (T + 1,) each.

    Raises:
        NoReading: the method has no conserved average, or it would have to be enumerated.
        ValueError: no reading takes the method or the problem; the message says why.
    """
    every = {MeasuredPoint.AVERAGE: 1, MeasuredPoint.AVERAGE_ROUND: algorithm.local_steps}.get(
        at, 0
    )
    if lists_outcomes(problem):
        if at is MeasuredPoint.CONSERVED:
            raise NoReading("the conserved average is not enumerated")
        return enumeration(algorithm, problem, num_rounds=num_rounds, averaged_every=every)
    point = conserved(algorithm, problem.num_workers) if at is MeasuredPoint.CONSERVED else None
    return moments(
        algorithm,
        problem,
        num_rounds=num_rounds,
        point=point,
        averaged_every=every,
        progress=progress,
    ).trajectory


def summaries(trajectory: Trajectory, local_steps: int) -> dict[RunSummary, dict[str, float]]:
    """Returns every measure of a trajectory, summarised in every way.

    Args:
        trajectory: the measures at every step 0..T, (T + 1,) each.
        local_steps: K, steps of a round.
    """

    def summarised(values: Tensor) -> dict[RunSummary, float]:
        rounds = values[:-1:local_steps]  # x_0, x_K, ...: starts of rounds, without the end
        return {
            RunSummary.STEPS: float(values[:-1].mean()),
            RunSummary.ROUNDS: float(rounds.mean()),
            RunSummary.BEST: float(rounds.min()),
            RunSummary.END: float(values[-1]),
        }

    each = {name: summarised(values) for name, values in trajectory.values.items()}
    return {mean: {name: found[mean] for name, found in each.items()} for mean in RunSummary}


def measured(
    algorithm: Algorithm[Any], problem: ExactProblem, num_rounds: int, place: MeasuredPlace
) -> dict[str, float]:
    """Computes every measure of a problem in expectation, at the place where a bound measures.

    Args:
        algorithm: the method.
        problem: what it runs on.
        num_rounds: R, >= 1.
        place: the point and the summary that the bound is about.

    Raises:
        NoReading: the method has no conserved average.
        ValueError: no reading takes the method or the problem; the message says why.
    """
    trajectory = read(algorithm, problem, num_rounds, place.point)
    return summaries(trajectory, algorithm.local_steps)[place.summary]


def conserved(algorithm: Algorithm[Any], num_workers: int) -> Functional:
    """Returns the conserved average of an algorithm's state, as a functional for every step.

    Raises:
        NoReading: no conserved average was found; the message says why.
    """
    try:
        found = _mixing(algorithm)
    except (NotInClass, NoDecay, NotLinear, NotExchangeable) as error:
        raise NoReading(str(error)) from None
    begun = len(found.average.functionals) - algorithm.local_steps
    known: dict[int, np.ndarray] = {}

    def functional(step: int) -> np.ndarray:
        # From step `begun` on, the functional repeats from round to round and is kept.
        alike = step if step < begun else begun + (step - begun) % algorithm.local_steps
        if alike not in known:
            known[alike] = found.point(num_workers, step)
        return known[alike]

    return functional


@lru_cache(maxsize=64)
def _mixing(algorithm: Algorithm[Any]) -> Mixing:
    return mixing(algorithm)
