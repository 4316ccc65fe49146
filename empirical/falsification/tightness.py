"""The tightness of a bound: its value beside what exact readings attain within its conditions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from empirical.algorithm import Algorithm
from empirical.falsification.admissible_functions import (
    AdmissibleFunctions,
    admissible,
    check_attackable,
    satisfies,
)
from empirical.falsification.algorithm_of_bound import NoReading, algorithm_of, num_workers_of
from empirical.falsification.exact_measures import (
    NAMES,
    TIME_AVERAGE,
    MeasuredPlace,
    place_of,
)
from empirical.falsification.trial_functions import TwoQuadratics
from empirical.falsification.trial_runs import TrialRun, trial_run
from empirical.falsification.worst_functions import solvable, solved
from empirical.readings.linear.block_toeplitz import NoDecay
from empirical.readings.linear.linear_form import NotExchangeable, NotLinear
from empirical.readings.mixing import NotInClass, mixing
from empirical.verdicts.applicability import method_mismatch, theorems_on
from theory.bound import Bound

FEW_STEPS = 9
"""Most steps K R for which a worst case is solved; it takes about a second at that size."""

_CURVATURES = 6
"""Number of curvatures that are tried for the first half of the workers."""


@dataclass(frozen=True)
class Tightness:
    """The value of a bound beside what functions within its conditions attain.

    Attributes:
        promised: the value of the bound, in the unit of its measure.
        attained: the greatest measure found, in the same unit.
        exact: whether no function of the class attains more. Then the bound is too large by the
            factor promised / attained; otherwise by at most that factor.
        reading: the reading by which it was found, in words.
    """

    promised: float
    attained: float
    exact: bool
    reading: str

    @property
    def ratio(self) -> float:
        """The ratio promised / attained: 1 is tight, below 1 refutes; infinite if 0 is attained."""
        return self.promised / self.attained if self.attained > 0 else math.inf


def tightness(bound: Bound, values: Mapping[str, float]) -> Tightness:
    """Compares a bound with the exact worst case, or with the worst of some exact moments.

    Without noise and up to FEW_STEPS steps it is the exact worst case over all functions within the
    bound's assumptions, where a program expresses them; elsewhere the greatest exact expectation
    over some pairs of scalar parabolas.

    Args:
        bound: an upper bound with explicit constants.
        values: a number for each of its parameters.

    Raises:
        NoReading: the bound is of another kind, or no instance meets its numbers.
        ConditionError: a condition of the bound fails.
    """
    check_attackable(bound)
    promised = float(bound.value(**values))
    algorithm = algorithm_of(bound, values)
    place = place_of(bound.measure, algorithm)
    short = int(values["num_rounds"]) * algorithm.local_steps <= FEW_STEPS
    if short and solvable(bound, algorithm, values, place):
        found = solved(bound, algorithm, values, promised, place)
        if found.exhaustive:
            return Tightness(promised, found.found.value, True, "exact worst case")
    attained = max(_attained(bound, algorithm, values, place), default=None)
    if attained is None:
        raise NoReading(f"{bound.key}: no pair of parabolas has this heterogeneity on average")
    return Tightness(promised, attained, False, "exact moments of parabolas")


def beside(bound: Bound, values: Mapping[str, float]) -> dict[str, Any]:
    """Returns the tightness of a bound as plain data, or the reason why no reading applies.

    Tables print it beside the bound. Args are those of `tightness`.
    """
    try:
        found = tightness(bound, values)
    except ValueError as error:
        return {"reason": str(error)}
    at_most = "" if found.exact else "at most, by "
    return {
        "attained": found.attained,
        "tightness": found.ratio,
        "reading": f"{at_most}{found.reading}",
    }


def worst_instance(algorithm: Algorithm[Any], values: Mapping[str, float]) -> TrialRun | None:
    """Returns the run with the largest mean |grad F|^2 on some pairs of scalar parabolas.

    Args:
        algorithm: the method.
        values: smoothness, start, noise, heterogeneity and schedule, by glossary name.

    Returns:
        None where no pair has these constants.
    """
    workers = int(values.get("num_workers", 2))
    found = _instances(algorithm, values, AdmissibleFunctions(), workers, TIME_AVERAGE)
    return max(found, key=lambda item: item.attained, default=None)


def bounds_on(algorithm: Algorithm[Any], own: Iterable[Bound] = ()) -> list[Bound]:
    """Returns the bounds on a method at its own report point, with the one of Theorem G.

    Theorem G (readings/mixing.py) is left out where the method is outside of its class.

    Args:
        algorithm: the method, at the fields that it has.
        own: bounds from outside the catalogue, considered beside its own.
    """
    found = theorems_on(algorithm, own)
    with suppress(NotInClass, NoDecay, NotLinear, NotExchangeable):
        found.append(mixing(algorithm).bound)
    return [item for item in found if method_mismatch(item, algorithm) is None]


def _attained(
    bound: Bound, algorithm: Algorithm[Any], values: Mapping[str, float], place: MeasuredPlace
) -> Iterator[float]:
    """Yields the bound's measure on pairs of parabolas that satisfy its assumptions."""
    name, workers = NAMES[bound.measure.quantity], num_workers_of(bound, values)
    for found in _instances(algorithm, values, admissible(bound), workers, place):
        if satisfies(bound, found.problem, values, found.measures["dissimilarity"]):
            yield found.measures[name]


def _instances(
    algorithm: Algorithm[Any],
    values: Mapping[str, float],
    functions: AdmissibleFunctions,
    num_workers: int,
    place: MeasuredPlace,
) -> Iterator[TrialRun]:
    """Yields runs on pairs of scalar parabolas.

    The first half of the workers has curvatures from nearly flat, where a run hardly moves, to L;
    the second half has the same curvature, none, or half of it downwards.
    """
    total = float(algorithm.step_size) * values["num_rounds"] * algorithm.local_steps
    # At this share of L, eta times curvature times steps is 0.3: x shrinks by about a quarter.
    flattest = min(1.0, 0.3 / (values.get("smoothness", 1.0) * total))
    for first in np.geomspace(flattest, 1, _CURVATURES):
        for second in (1.0, 0.0, -0.5):
            shape = TwoQuadratics(float(first), second)
            found = trial_run(
                shape, functions, algorithm, values, num_workers=num_workers, place=place
            )
            if found is not None:
                yield found
