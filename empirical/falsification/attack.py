"""One exact attempt at a bound: its numbers, and functions within its conditions."""

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
"""Relative excess over a bound that no rounding of exact moments explains."""


class How(Enum):
    """By which reading an attempt was made."""

    MOMENTS = "exact moments"
    ENUMERATION = "all outcomes of the noise"
    WORST_CASE = "worst case"
    STORED = "stored counterexample"


@dataclass(frozen=True)
class Point:
    """Where a bound is attacked.

    Attributes:
        values: numbers for its parameters, and for what its method needs besides.
        shape: of the functions; None where the worst ones are solved for.
    """

    values: Values
    shape: Shape | None


@dataclass(frozen=True)
class Attack:
    """What an attempt attained.

    Attributes:
        promised: the bound.
        attained: the exact measure.
        key: of the bound.
        values: numbers for its parameters.
        run: what attains it: functions and a run on them, or a worst case; None where stored.
        rounding: of what is attained, unit of the measure; it shows where nearly nothing is left.
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
        """By which reading."""
        if self.run is None:
            return How.STORED
        if isinstance(self.run, Solved):
            return How.WORST_CASE
        return How.ENUMERATION if isinstance(self.run.problem, Bent) else How.MOMENTS

    @property
    def claim(self) -> str:
        """The command that prints the bound."""
        return f"ratebound evaluate {self.key} {numbers(self.values)}"

    @property
    def command(self) -> str:
        """The command that prints the measure."""
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
        """Under which name that command prints it, as in its JSON."""
        if isinstance(self.run, TrialRun):
            return f"{self.run.place.summary.value}.{self.name}"
        return "attained" if self.run is None else "worst_case"

    @property
    def share(self) -> float:
        """Attained, less what rounding may add, over promised: above 1 the bound is false."""
        sure = max(self.attained - self.rounding, 0.0)
        if self.promised <= 0:
            return math.inf if sure > 0 else 0.0
        return sure / self.promised

    @property
    def refutes(self) -> bool:
        """Whether it is above 1 beyond rounding."""
        slack = SOLVED if isinstance(self.run, Solved) else REFUTES
        return self.attained - self.rounding > self.promised * (1 + slack)


def attack(bound: Bound, point: Point) -> Attack | None:
    """Sets the exact measure at a point against the bound.

    Returns:
        None where the bound is silent there, functions of this shape have not its constants, there
        are too many outcomes to list, or the solver has no answer that it stands by.
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
    """The counterexample that is stored beside a refuted bound, replayed."""
    if bound.refutation is None:
        return None
    kept = stored(bound.refutation)
    found = replay(kept, bound)
    return Attack(found.promised, found.attained, bound.key, _own(bound, kept.values))


def with_implied_constants(bound: Bound, point: Point) -> Point:
    """Adds the constants of a bound that the functions of a point imply."""
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
    """Against all functions of the class."""
    if not solvable(bound, algorithm, point.values, place):
        return None
    asked = solved(bound, algorithm, point.values, promised, place)
    return Attack(promised, asked.found.value, bound.key, _own(bound, point.values), asked)


def _on_functions(
    bound: Bound, point: Point, algorithm: Algorithm[Any], promised: float, place: MeasuredPlace
) -> Attack | None:
    """Against functions of the point's shape, if they meet all that the bound assumes."""
    assert point.shape is not None
    values, workers = point.values, num_workers_of(bound, point.values)
    found = trial_run(
        point.shape, admissible(bound), algorithm, values, num_workers=workers, place=place
    )
    apart = math.nan if found is None else found.measures["dissimilarity"]
    if found is None or not satisfies(bound, found.problem, values, apart):
        return None
    name = NAMES[bound.measure.quantity]
    attained = found.measures[name]
    rounding = found.rounding(name)
    return Attack(promised, attained, bound.key, _own(bound, values), found, name, rounding)


def _own(bound: Bound, values: Values) -> dict[str, float]:
    return {name: values[name] for name in bound.parameters}
