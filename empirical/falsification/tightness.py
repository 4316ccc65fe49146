"""How far a bound lies above what the exact readings attain within its conditions."""

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
"""Steps a worker up to which a worst case is solved for: it takes a second there."""

_CURVATURES = 6
"""Of the first camp, from where a run just moves to L."""


@dataclass(frozen=True)
class Tightness:
    """A bound beside what functions within its conditions attain.

    Attributes:
        promised: the bound.
        attained: the greatest measure found.
        exact: whether nothing attains more: then promised / attained is what the bound gives away;
            otherwise it gives away at most that.
        reading: how it was found.
    """

    promised: float
    attained: float
    exact: bool
    reading: str

    @property
    def ratio(self) -> float:
        """Promised over attained: 1 is tight, below 1 refutes the bound."""
        return self.promised / self.attained if self.attained > 0 else math.inf


def tightness(bound: Bound, values: Mapping[str, float]) -> Tightness:
    """Sets a bound beside the exact worst case, or the worst of some exact moments.

    Without noise and up to FEW_STEPS steps it is the exact worst case over all functions that the
    bound speaks of, where there is a program for them; elsewhere the greatest exact expectation
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
    """The same as plain data, or the reason why no reading applies: what tables put beside it."""
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
    """The worst of some pairs of parabolas with a bound's constants; None if there is none."""
    workers = int(values.get("num_workers", 2))
    found = _instances(algorithm, values, AdmissibleFunctions(), workers, TIME_AVERAGE)
    return max(found, key=lambda item: item.attained, default=None)


def bounds_on(algorithm: Algorithm[Any], own: Iterable[Bound] = ()) -> list[Bound]:
    """The bounds on a method at its own report point, what mixing proves among them.

    Args:
        algorithm: the method.
        own: bounds of one's own, beside those of the catalogue.
    """
    found = theorems_on(algorithm, own)
    with suppress(NotInClass, NoDecay, NotLinear, NotExchangeable):
        found.append(mixing(algorithm).bound)
    return [item for item in found if method_mismatch(item, algorithm) is None]


def _attained(
    bound: Bound, algorithm: Algorithm[Any], values: Mapping[str, float], place: MeasuredPlace
) -> Iterator[float]:
    """What pairs of parabolas within a bound's conditions attain."""
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
    """Camps from nearly flat, where a run just moves, to L, alike, half flat or half concave."""
    total = float(algorithm.step_size) * values["num_rounds"] * algorithm.local_steps
    flattest = min(1.0, 0.3 / (values.get("smoothness", 1.0) * total))
    for first in np.geomspace(flattest, 1, _CURVATURES):
        for second in (1.0, 0.0, -0.5):
            shape = TwoQuadratics(float(first), second)
            found = trial_run(
                shape, functions, algorithm, values, num_workers=num_workers, place=place
            )
            if found is not None:
                yield found
