"""One attack on a bound: the exact measure of a run within its conditions against its value.

The run is on given functions, read by moments or by all outcomes of the noise; or on the worst
functions of the bound's class, from a semidefinite program; or it is a stored counterexample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from empirical.algorithm import Algorithm
from empirical.falsification.admissible_functions import admissible, implied_constants, satisfies
from empirical.falsification.algorithm_of_bound import (
    NoReading,
    Values,
    algorithm_of,
    num_workers_of,
)
from empirical.falsification.exact_measures import NAMES, MeasuredPlace, MeasuredPoint, place_of
from empirical.falsification.reproduce_command import command_words, numbers
from empirical.falsification.trial_functions import Shape
from empirical.falsification.trial_runs import TrialRun, trial_run
from empirical.falsification.worst_functions import (
    SOLVED,
    Solved,
    solvable,
    solved,
    worst_case_command,
)
from empirical.problems.synthetic.bent import Bent
from empirical.readings.enumeration import TooManyOutcomes
from empirical.readings.performance_estimation.semidefinite import Unbounded, Unreliable
from theory.bound import Bound, ConditionError
from theory.counterexamples.counterexample import replay, stored

REFUTES = 1e-6
"""Relative excess over a bound above which an exact expectation refutes it.

It lies far above the rounding errors of the readings and the slack in constants (1e-9).
"""


class How(Enum):
    """The reading by which the attained measure was computed."""

    MOMENTS = "exact moments"
    ENUMERATION = "all outcomes of the noise"
    WORST_CASE = "worst case"
    STORED = "stored counterexample"


@dataclass(frozen=True)
class Point:
    """A candidate: the numbers and functions at which a bound is attacked.

    Attributes:
        values: numbers for the bound's parameters, and for what its method needs besides.
        shape: shape of the functions; None where the worst functions are solved for.
    """

    values: Values
    shape: Shape | None


@dataclass(frozen=True)
class Attack:
    """The result of one attack on a bound.

    Attributes:
        promised: the value of the bound, in the unit of its measure.
        attained: the exact measure, in the same unit.
        key: key of the bound.
        values: numbers for the bound's parameters.
        run: what attains the measure: functions and a run on them, or a worst case; None for a
            stored counterexample.
        name: name of the measure among those of the run; empty where there is no run on functions.
        rounding: largest rounding error of the attained measure, in its unit; it matters where the
            run ends near the optimum and little is left.
    """

    promised: float
    attained: float
    key: str = ""
    values: Values = field(default_factory=dict)
    run: TrialRun | Solved | None = None
    name: str = ""
    rounding: float = 0.0

    @property
    def how(self) -> How:
        """The reading by which the measure was computed."""
        if self.run is None:
            return How.STORED
        if isinstance(self.run, Solved):
            return How.WORST_CASE
        return How.ENUMERATION if isinstance(self.run.problem, Bent) else How.MOMENTS

    @property
    def claim(self) -> str:
        """The command that prints the value of the bound."""
        return f"ratebound evaluate {self.key} {numbers(self.values)}"

    @property
    def command(self) -> str:
        """The command that prints the attained measure."""
        if self.run is None:
            return f"ratebound prove {self.key}"
        if isinstance(self.run, Solved):
            return worst_case_command(self.run)
        at = self.run.place.point
        shown = "" if at is MeasuredPoint.REPORT else f" --at {at.value}"
        method, problem = command_words(self.run.algorithm), command_words(self.run.problem)
        parts = f"algorithm={method} problem={problem} num_rounds={self.run.num_rounds}"
        return f"ratebound moments {parts}{shown}"

    @property
    def where(self) -> str:
        """The dotted path of the attained measure in the JSON that `command` prints."""
        if isinstance(self.run, TrialRun):
            return f"{self.run.place.summary.value}.{self.name}"
        return "attained" if self.run is None else "worst_case"

    @property
    def share(self) -> float:
        """The ratio of attained, less what rounding may add, to promised; above 1 it is false."""
        sure = max(self.attained - self.rounding, 0.0)
        if self.promised <= 0:
            return math.inf if sure > 0 else 0.0
        return sure / self.promised

    @property
    def refutes(self) -> bool:
        """Whether the attained measure exceeds the bound beyond rounding and solver tolerance."""
        slack = SOLVED if isinstance(self.run, Solved) else REFUTES
        return self.attained - self.rounding > self.promised * (1 + slack)


def attack(bound: Bound, point: Point) -> Attack | None:
    """Computes the exact measure at a candidate, and compares it with the bound.

    Args:
        bound: an upper bound with explicit constants.
        point: numbers within the bound's conditions, and the shape of the functions.

    Returns:
        The attack; None where the bound's conditions fail, functions of this shape cannot have its
        constants, there are too many outcomes to list, or the solver has no reliable answer.
    """
    try:
        promised = float(bound.value(**_own(bound, point.values)))
        algorithm = algorithm_of(bound, point.values)
        place = place_of(bound.measure, algorithm)
        made = _on_functions if point.shape is not None else _worst
        found = made(bound, point, algorithm, promised, place)
        return None if found is None or math.isnan(found.share) else found
    except (ConditionError, Unbounded, Unreliable, NoReading, TooManyOutcomes):
        return None


def from_store(bound: Bound) -> Attack | None:
    """Replays the counterexample that is stored for a refuted bound; returns None if there is none.

    Raises:
        ConditionError: the stored instance is outside the conditions of the bound.
    """
    if bound.refutation is None:
        return None
    kept = stored(bound.refutation)
    found = replay(kept, bound)
    return Attack(found.promised, found.attained, bound.key, _own(bound, kept.values))


def with_implied_constants(bound: Bound, point: Point) -> Point:
    """Adds to a candidate the constants of the bound that its functions imply."""
    if point.shape is None:
        return point
    workers = num_workers_of(bound, point.values)
    problem = point.shape.problem(admissible(bound), point.values, workers)
    if problem is None:
        return point
    return replace(point, values={**point.values, **implied_constants(bound, problem)})


def _worst(
    bound: Bound, point: Point, algorithm: Algorithm[Any], promised: float, place: MeasuredPlace
) -> Attack | None:
    """Attacks with the worst functions of the bound's class, where a program can express it."""
    if not solvable(bound, algorithm, point.values, place):
        return None
    asked = solved(bound, algorithm, point.values, promised, place)
    return Attack(promised, asked.found.value, bound.key, _own(bound, point.values), asked)


def _on_functions(
    bound: Bound, point: Point, algorithm: Algorithm[Any], promised: float, place: MeasuredPlace
) -> Attack | None:
    """Attacks with functions of the candidate's shape, if they satisfy the bound's assumptions."""
    assert point.shape is not None
    values, workers = point.values, num_workers_of(bound, point.values)
    found = trial_run(
        point.shape, admissible(bound), algorithm, values, num_workers=workers, place=place
    )
    # How far workers differ along the run is known after it; satisfies() compares it with zeta^2.
    apart = math.nan if found is None else found.measures["dissimilarity"]
    if found is None or not satisfies(bound, found.problem, values, apart):
        return None
    name = NAMES[bound.measure.quantity]
    attained = found.measures[name]
    rounding = found.rounding(name)
    return Attack(promised, attained, bound.key, _own(bound, values), found, name, rounding)


def _own(bound: Bound, values: Values) -> dict[str, float]:
    return {name: values[name] for name in bound.parameters}
