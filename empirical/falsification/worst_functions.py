"""The worst functions that satisfy a bound's assumptions, from a semidefinite program."""

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
"""Relative error that a worst case may have: two tolerances of the solver agree to it."""

_MOST_UNLIKE = 2
"""The most workers for which a method with unlike workers is solved: the program grows with M."""

_SUMMARIES: Mapping[MeasuredPlace, Summary] = {
    MeasuredPlace(MeasuredPoint.REPORT, RunSummary.STEPS): Summary.TIME_AVERAGE,
    MeasuredPlace(MeasuredPoint.REPORT, RunSummary.END): Summary.LAST,
    MeasuredPlace(MeasuredPoint.AVERAGE, RunSummary.END): Summary.AVERAGED_ITERATE,
}

_APART = ("heterogeneity", "greatest_heterogeneity", "heterogeneity_at_optimum")

_OF_CLASS = closure(
    frozenset(
        {
            Assumption.SAMPLES_CONVEX_SMOOTH,
            Assumption.WORKERS_STRONGLY_CONVEX,
            Assumption.POLYAK_LOJASIEWICZ,
        }
    )
)
"""Assumptions on functions that a class given by its curvatures satisfies without noise."""

_OF_ONE = closure(frozenset({Assumption.HOMOGENEOUS}))
"""Assumptions that one worker satisfies besides."""


@dataclass(frozen=True)
class Solved:
    """A worst case and what was asked for.

    Attributes:
        algorithm: the method.
        found: the answer.
        num_rounds: R.
        num_workers: M; None where it holds for every M >= 2.
        exhaustive: true if these are all functions that the bound speaks of.
    """

    algorithm: Algorithm[Any]
    found: WorstCase
    num_rounds: int
    num_workers: int | None
    exhaustive: bool


def solvable(bound: Bound, algorithm: Algorithm[Any], values: Values, place: MeasuredPlace) -> bool:
    """True if the functions that a bound speaks of are a class that the program can express."""
    one = _as_one(bound, algorithm, values)
    assumed = closure(bound.assumptions) & ON_FUNCTIONS
    if not assumed <= _OF_CLASS | (_OF_ONE if one else frozenset()):
        return False  # the worst of a wider class need not satisfy what the bound assumes
    if not one:
        if _apart_everywhere(bound):
            return False  # the program bounds heterogeneity only at points that the method visits
        if not _serves_all(algorithm) and num_workers_of(bound, values) > _MOST_UNLIKE:
            return False
    quantities = (Quantity.SQUARED_GRADIENT_NORM, Quantity.SUBOPTIMALITY)
    functions, parameters = admissible(bound), set(bound.parameters)
    plain = not functions.quadratic and not parameters & set(IMPLIED)
    lowest = functions.lowest_curvature(values)
    start = "initial_distance" in values if lowest >= 0 else "initial_gap" in values
    measured = place in _SUMMARIES and bound.measure.quantity in quantities
    curved = lowest < values.get("smoothness", 1.0)
    return plain and start and measured and curved and largest_noise(values) == 0


def solved(
    bound: Bound, algorithm: Algorithm[Any], values: Values, promised: float, place: MeasuredPlace
) -> Solved:
    """Solves for the worst case at a bound's numbers.

    It is that of one worker where all workers have one function, or where the bound limits
    heterogeneity at every x, which the program could impose only at points that the method visits;
    elsewhere it holds for every M >= 2. A worst case above the bound is tightened first, so that
    F* <= F holds between the visited points too.
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
    """True if the bound limits heterogeneity at every x."""
    bounded = not admissible(bound).heterogeneity_on_path and "heterogeneity" in bound.parameters
    return bounded or "greatest_heterogeneity" in bound.parameters


def _serves_all(algorithm: Algorithm[Any]) -> bool:
    """True if workers are exchangeable and no field of the method depends on M."""
    return algorithm.workers_alike and "anchor_rate" not in field_names(type(algorithm))


def _as_one(bound: Bound, algorithm: Algorithm[Any], values: Values) -> bool:
    """True if all workers are given one function, so that one worker stands for all."""
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
    """The function class and start of a worst case: those of a bound, or all smooth functions."""
    smoothness, lowest = values.get("smoothness", 1.0), functions.lowest_curvature(values)
    zeta = None if alone else values.get("heterogeneity")
    starts = {n: values[n] for n in ("initial_gap", "initial_distance") if n in values}
    starts = starts if bound is None else {n: starts[n] for n in starts if n in bound.parameters}
    return Setting(
        function_class=FunctionClass(smoothness=smoothness, lowest=lowest),
        # No heterogeneity on average is none anywhere, which is the better conditioned program.
        heterogeneity=0.0 if zeta == 0 else None,
        heterogeneity_on_average=zeta or None,
        heterogeneity_at_optimum=None if alone else values.get("heterogeneity_at_optimum"),
        quantity=Quantity.SQUARED_GRADIENT_NORM if bound is None else bound.measure.quantity,
        summary=_SUMMARIES[place],
        **starts,
    )


def worst_case_command(asked: Solved) -> str:
    """The `ratebound worst-case` command that solves for it."""
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
