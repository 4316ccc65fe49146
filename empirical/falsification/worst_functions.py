"""The worst functions that satisfy a bound's assumptions, from a semidefinite program.

readings/worst_case.py solves the program; this file decides which bounds it is valid for, and turns
the numbers of a bound into its setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from empirical.algorithm import Algorithm
from empirical.description import field_names
from empirical.falsification.admissible_functions import (
    IMPLIED,
    AdmissibleFunctions,
    admissible,
    largest_noise,
)
from empirical.falsification.algorithm_of_bound import Values, num_workers_of
from empirical.falsification.exact_measures import (
    TIME_AVERAGE,
    MeasuredPlace,
    MeasuredPoint,
    RunSummary,
    meets_after_rounds,
)
from empirical.falsification.reproduce_command import assigned, command_words
from empirical.readings.performance_estimation.setting import FunctionClass, Setting, Summary
from empirical.readings.worst_case import WorstCase, worst_case
from empirical.verdicts.applicability import ON_FUNCTIONS
from theory.assumptions import Assumption, closure
from theory.bound import Bound
from theory.measures import Quantity

SOLVED = 1e-4
"""Relative error that a worst case may have: solves at two tolerances agree up to it."""

_MOST_UNLIKE = 2
"""Most workers for which a method is solved whose workers are not exchangeable.

A single program for every M needs exchangeable workers; otherwise its size grows with M.
"""

_SUMMARIES: Mapping[MeasuredPlace, Summary] = {
    MeasuredPlace(MeasuredPoint.REPORT, RunSummary.STEPS): Summary.TIME_AVERAGE,
    MeasuredPlace(MeasuredPoint.REPORT, RunSummary.END): Summary.LAST,
    MeasuredPlace(MeasuredPoint.AVERAGE, RunSummary.END): Summary.AVERAGED_ITERATE,
}
"""Places of measurement that the program can express."""

_APART = ("heterogeneity", "greatest_heterogeneity", "heterogeneity_at_optimum")
"""Parameters that bound how much the workers' functions differ."""

_OF_CLASS = closure(
    frozenset(
        {
            Assumption.SAMPLES_CONVEX_SMOOTH,
            Assumption.WORKERS_STRONGLY_CONVEX,
            Assumption.POLYAK_LOJASIEWICZ,
        }
    )
)
"""Assumptions on functions that a class with curvatures in [mu, L] satisfies without noise."""

_OF_ONE = closure(frozenset({Assumption.HOMOGENEOUS}))
"""Assumptions that the functions satisfy in addition where there is one worker."""


@dataclass(frozen=True)
class Solved:
    """A worst case with the question that it answers.

    Attributes:
        algorithm: the method.
        found: the worst case.
        num_rounds: R.
        num_workers: M; None where the worst case holds for every M >= 2.
        exhaustive: whether the class holds all functions within the bound's assumptions, so that
            none of them attains more.
    """

    algorithm: Algorithm[Any]
    found: WorstCase
    num_rounds: int
    num_workers: int | None
    exhaustive: bool


def solvable(bound: Bound, algorithm: Algorithm[Any], values: Values, place: MeasuredPlace) -> bool:
    """Returns whether the program can express functions of a bound's class, and no others.

    Args:
        bound: the bound.
        algorithm: its method.
        values: numbers for the bound's parameters and the schedule.
        place: where the bound measures.
    """
    one = _as_one(bound, algorithm, values)
    assumed = closure(bound.assumptions) & ON_FUNCTIONS
    if not assumed <= _OF_CLASS | (_OF_ONE if one else frozenset()):
        return False  # the worst functions of a wider class need not satisfy the assumptions
    if not one:
        if _apart_everywhere(bound):
            return False  # the program bounds heterogeneity only at points that the method visits
        if not _serves_all(algorithm) and num_workers_of(bound, values) > _MOST_UNLIKE:
            return False
    quantities = (Quantity.SQUARED_GRADIENT_NORM, Quantity.SUBOPTIMALITY)
    functions, parameters = admissible(bound), set(bound.parameters)
    plain = not functions.quadratic and not parameters & set(IMPLIED)
    lowest = functions.lowest_curvature(values)
    # Only a convex class is known to have a minimiser, from which a distance can be taken.
    start = "initial_distance" in values if lowest >= 0 else "initial_gap" in values
    measured = place in _SUMMARIES and bound.measure.quantity in quantities
    curved = lowest < values.get("smoothness", 1.0)
    return plain and start and measured and curved and largest_noise(values) == 0


def solved(
    bound: Bound, algorithm: Algorithm[Any], values: Values, promised: float, place: MeasuredPlace
) -> Solved:
    """Solves for the worst case at a bound's numbers.

    One worker is solved for where all workers have one function, or where the bound limits
    heterogeneity at every x, which the program could impose only at points that the method visits;
    elsewhere the worst case holds for every M >= 2. A worst case above the bound is tightened
    before it is returned, so that F* <= F holds between the visited points too.

    Args:
        bound: a bound for which solvable() is true.
        algorithm: its method.
        values: numbers for the bound's parameters and the schedule.
        promised: the value of the bound, in the unit of its measure.
        place: where the bound measures.

    Raises:
        Unbounded: there is no finite worst case.
        Unreliable: the solver contradicts itself.
        ImportError: the solver is missing.
    """
    functions, workers = admissible(bound), num_workers_of(bound, values)
    one = _as_one(bound, algorithm, values)
    setting = setting_of(values, functions, bound, place, alone=one)
    several = None if _serves_all(algorithm) else workers
    num_rounds, alone = int(values["num_rounds"]), 1 if one else several
    found = worst_case(algorithm, setting, num_rounds=num_rounds, num_workers=alone)
    if found.value > promised * (1 + SOLVED):
        found = found.tightened(1 if one else workers)
    exhaustive = workers == 1 or not _apart_everywhere(bound)
    return Solved(algorithm, found, num_rounds, alone, exhaustive)


def _apart_everywhere(bound: Bound) -> bool:
    """Returns whether a bound limits heterogeneity at every x."""
    bounded = not admissible(bound).heterogeneity_on_path and "heterogeneity" in bound.parameters
    return bounded or "greatest_heterogeneity" in bound.parameters


def _serves_all(algorithm: Algorithm[Any]) -> bool:
    """Returns whether one program serves every M: workers are exchangeable, and no field knows M.

    The anchor rate of EASGD is M alpha in its symmetric form, and so differs from M to M.
    """
    return algorithm.workers_alike and "anchor_rate" not in field_names(type(algorithm))


def _as_one(bound: Bound, algorithm: Algorithm[Any], values: Values) -> bool:
    """Returns whether all workers are given one function, so that one worker stands for all.

    Without noise such workers stay together if every round ends in their exact mean.
    """
    together = any(name in bound.parameters for name in _APART)
    alike = admissible(bound).homogeneous or not together or _apart_everywhere(bound)
    return num_workers_of(bound, values) == 1 or (alike and meets_after_rounds(algorithm))


def setting_of(
    values: Values,
    functions: AdmissibleFunctions = AdmissibleFunctions(),  # noqa: B008  # frozen
    bound: Bound | None = None,
    place: MeasuredPlace = TIME_AVERAGE,
    *,
    alone: bool = False,
) -> Setting:
    """Returns the setting of a worst case: the class, start and measure of a bound.

    Args:
        values: numbers for the bound's parameters, by glossary name.
        functions: the class of functions that the bound admits; all smooth ones by default.
        bound: the bound; without one all starts in values count, and |grad F|^2 is measured.
        place: where the bound measures.
        alone: whether there is one worker, and so no heterogeneity.
    """
    smoothness, lowest = values.get("smoothness", 1.0), functions.lowest_curvature(values)
    zeta = None if alone else values.get("heterogeneity")
    starts = {n: values[n] for n in ("initial_gap", "initial_distance") if n in values}
    starts = starts if bound is None else {n: starts[n] for n in starts if n in bound.parameters}
    return Setting(
        function_class=FunctionClass(smoothness=smoothness, lowest=lowest),
        # Heterogeneity 0 on average is 0 at every visited point: a better conditioned program.
        heterogeneity=0.0 if zeta == 0 else None,
        heterogeneity_on_average=zeta or None,
        heterogeneity_at_optimum=None if alone else values.get("heterogeneity_at_optimum"),
        quantity=Quantity.SQUARED_GRADIENT_NORM if bound is None else bound.measure.quantity,
        summary=_SUMMARIES[place],
        **starts,
    )


def worst_case_command(asked: Solved) -> str:
    """Returns the `ratebound worst-case` command that solves for a worst case again."""
    setting = asked.found.setting
    known: dict[str, Any] = {"num_rounds": asked.num_rounds}
    known["smoothness"] = setting.function_class.smoothness
    if setting.function_class.convex:
        strongly = setting.function_class.lowest > 0
        known["functions"] = "strongly_convex" if strongly else "convex"
        known |= {"strong_convexity": setting.function_class.lowest} if strongly else {}
    names = ("initial_gap", "initial_distance", "heterogeneity", "heterogeneity_on_average")
    for name in (*names, "heterogeneity_at_optimum"):
        value = getattr(setting, name)
        known |= {} if value is None else {name: value}
    if setting.quantity is not Quantity.SQUARED_GRADIENT_NORM:
        known["measure"] = setting.quantity.name.lower()
    if setting.summary is not Summary.TIME_AVERAGE:
        known["summary"] = setting.summary.name.lower()
    known |= {} if asked.num_workers is None else {"num_workers": asked.num_workers}
    return f"ratebound worst-case {command_words(asked.algorithm)} {assigned(known)}"
