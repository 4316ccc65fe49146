"""The measure of a bound on a problem, exactly: which reading, at which point, which mean."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

import numpy as np
from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.components.topology import COMPLETE
from empirical.falsification.algorithm_of_bound import NoReading
from empirical.problem import ExactProblem
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
"""Under which name problems measure a quantity; those used here have F* = 0."""


class At(Enum):
    """Which points are measured; the value is how `ratebound moments --at` calls them."""

    REPORT = "report"
    CONSERVED = "conserved"
    AVERAGE = "average"
    AVERAGE_ROUND = "average_round"


class Mean(Enum):
    """What of a trajectory a theorem speaks of; the value is its name in `ratebound moments`."""

    STEPS = "average"
    ROUNDS = "round_starts"
    BEST = "best_round"
    END = "end"


Spot = tuple[At, Mean]

_COMMON = (ReportPoint.MEAN_ITERATE, ReportPoint.ROUND_START)

_BY_ROUNDS: Mapping[ReportPoint, Spot] = {
    ReportPoint.ROUND_START: (At.REPORT, Mean.ROUNDS),
    ReportPoint.BEST_ROUND: (At.REPORT, Mean.BEST),
    ReportPoint.LAST_ROUND: (At.REPORT, Mean.END),
    ReportPoint.AVERAGE_ITERATE: (At.AVERAGE, Mean.END),
    ReportPoint.AVERAGE_ROUND: (At.AVERAGE_ROUND, Mean.END),
}
"""Where to look for them on methods whose workers meet after every round."""


def spot_of(measure: Measure, algorithm: Algorithm[Any]) -> Spot:
    """Where the measure of a bound is to be found on the trajectory of a method.

    Raises:
        NoReading: the method has no such point, or weights that are not known here make it.
    """
    wanted, own = measure.report_point, algorithm.report_point
    if wanted is own and measure.averaged:
        return At.REPORT, Mean.STEPS
    if wanted is ReportPoint.LAST_AGGREGATE and own is ReportPoint.AGGREGATE:
        return At.REPORT, Mean.END
    if wanted in _BY_ROUNDS and own in _COMMON and meets_after_rounds(algorithm):
        return _BY_ROUNDS[wanted]
    if wanted is ReportPoint.CONSERVED_MEAN:
        return At.CONSERVED, Mean.STEPS
    elastic = own in (ReportPoint.MEAN_ITERATE, ReportPoint.CONSERVED_MEAN)
    if wanted is ReportPoint.AUXILIARY_MEAN and elastic:
        return At.REPORT, Mean.STEPS
    raise NoReading(f"it speaks of {wanted.name}, which is not known here")


def is_known(measure: Measure) -> bool:
    """Whether any method has such a point, of which this measure can be found here."""
    single = {ReportPoint.LAST_AGGREGATE, *_BY_ROUNDS}
    return measure.quantity in NAMES and (measure.averaged or measure.report_point in single)


def meets_after_rounds(algorithm: Algorithm[Any]) -> bool:
    """Whether all workers stand at one point when a round begins."""
    return all(one.delay == 0 and one.topology == COMPLETE for one in algorithm.exchanges)


def read(
    algorithm: Algorithm[Any], problem: ExactProblem, num_rounds: int, at: At = At.REPORT
) -> Trajectory:
    """The exact expectations of a run: moments of quadratics, else by enumeration.

    Raises:
        NoReading: the method has no conserved average, or it is not known how to enumerate it.
        ValueError: no reading takes the method or the problem; the message says why.
    """
    every = {At.AVERAGE: 1, At.AVERAGE_ROUND: algorithm.local_steps}.get(at, 0)
    if lists_outcomes(problem):
        if at is At.CONSERVED:
            raise NoReading("the conserved average is not enumerated")
        return enumeration(algorithm, problem, num_rounds=num_rounds, averaged_every=every)
    point = conserved(algorithm, problem.num_workers) if at is At.CONSERVED else None
    found = moments(algorithm, problem, num_rounds=num_rounds, point=point, averaged_every=every)
    return found.trajectory


def summaries(trajectory: Trajectory, local_steps: int) -> dict[Mean, dict[str, float]]:
    """Every measure of a trajectory that was kept step by step, summarised in each way."""

    def summarised(values: Tensor) -> dict[Mean, float]:
        rounds = values[:-1:local_steps]
        return {
            Mean.STEPS: float(values[:-1].mean()),
            Mean.ROUNDS: float(rounds.mean()),
            Mean.BEST: float(rounds.min()),
            Mean.END: float(values[-1]),
        }

    each = {name: summarised(values) for name, values in trajectory.values.items()}
    return {mean: {name: found[mean] for name, found in each.items()} for mean in Mean}


def measured(
    algorithm: Algorithm[Any], problem: ExactProblem, num_rounds: int, spot: Spot
) -> dict[str, float]:
    """Every measure of the problem, in expectation, where a bound looks.

    Raises:
        NoReading: the method has no conserved average.
        ValueError: no reading takes the method or the problem; the message says why.
    """
    at, mean = spot
    trajectory = read(algorithm, problem, num_rounds, at)
    return summaries(trajectory, algorithm.local_steps)[mean]


def conserved(algorithm: Algorithm[Any], num_workers: int) -> Functional:
    """The conserved average of a method's state as a functional at every step.

    Raises:
        NoReading: there is none.
    """
    try:
        found = _mixing(algorithm)
    except (NotInClass, NoDecay, NotLinear, NotExchangeable) as error:
        raise NoReading(str(error)) from None
    begun = len(found.average.functionals) - algorithm.local_steps
    known: dict[int, np.ndarray] = {}

    def at(step: int) -> np.ndarray:
        alike = step if step < begun else begun + (step - begun) % algorithm.local_steps
        if alike not in known:
            known[alike] = found.point(num_workers, step)
        return known[alike]

    return at


@lru_cache(maxsize=64)
def _mixing(algorithm: Algorithm[Any]) -> Mixing:
    return mixing(algorithm)
