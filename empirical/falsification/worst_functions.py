"""The worst functions within a bound's conditions, where a semidefinite program finds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from empirical.algorithm import Algorithm
from empirical.description import field_names
from empirical.falsification.admissible_functions import FOLLOWING, Room, noise_of, room_of
from empirical.falsification.algorithm_of_bound import Values, num_workers_of
from empirical.falsification.exact_measures import At, Mean, Spot, meets_after_rounds
from empirical.falsification.reproduce_command import assigned, words
from empirical.problems.families.function_facts import of_functions
from empirical.readings.performance_estimation.setting import FunctionClass, Setting, Summary
from empirical.readings.worst_case import WorstCase, worst_case
from theory.assumptions import Assumption, closure
from theory.bound import Bound
from theory.measures import Quantity

SOLVED = 1e-4
"""Relative error that a worst case may have: two tolerances of the solver agree to it."""

_MOST_UNLIKE = 2
"""Workers of methods that treat them differently, up to which a worst case is solved for."""

_SUMMARIES: Mapping[Spot, Summary] = {
    (At.REPORT, Mean.STEPS): Summary.TIME_AVERAGE,
    (At.REPORT, Mean.END): Summary.LAST,
    (At.AVERAGE, Mean.END): Summary.AVERAGED_ITERATE,
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
"""Assumptions on functions that a class of curvatures meets, without noise."""

_OF_ONE = closure(frozenset({Assumption.HOMOGENEOUS}))
"""Assumptions that are met besides where one worker is solved for."""


@dataclass(frozen=True)
class Solved:
    """A worst case and what was asked for.

    Attributes:
        algorithm: the method.
        found: the answer.
        num_rounds: R.
        num_workers: M; None where it holds for every M >= 2.
        exhaustive: whether these are all functions that the bound speaks of.
    """

    algorithm: Algorithm[Any]
    found: WorstCase
    num_rounds: int
    num_workers: int | None
    exhaustive: bool


def solvable(bound: Bound, algorithm: Algorithm[Any], values: Values, spot: Spot) -> bool:
    """Whether a bound's functions at these numbers are a class that can be solved for."""
    one = _as_one(bound, algorithm, values)
    assumed = closure(bound.assumptions) & of_functions()
    if not assumed <= _OF_CLASS | (_OF_ONE if one else frozenset()):
        return False  # the worst functions of the class need not be what the bound speaks of
    if not one:
        if _apart_everywhere(bound):
            return False  # the class could be imposed only where the method has been
        if not _serves_all(algorithm) and num_workers_of(bound, values) > _MOST_UNLIKE:
            return False
    quantities = (Quantity.SQUARED_GRADIENT_NORM, Quantity.SUBOPTIMALITY)
    room, parameters = room_of(bound), set(bound.parameters)
    plain = not room.quadratic and not parameters & set(FOLLOWING)
    start = "initial_distance" in values if _lowest(room, values) >= 0 else "initial_gap" in values
    measured = spot in _SUMMARIES and bound.measure.quantity in quantities
    curved = _lowest(room, values) < values.get("smoothness", 1.0)
    return plain and start and measured and curved and noise_of(values) == 0


def _lowest(room: Room, values: Values) -> float:
    """Least curvature of the class."""
    if room.convex or room.convex_mean:
        return values.get("strong_convexity", 0.0)
    return -values.get("smoothness", 1.0)


def solved(
    bound: Bound, algorithm: Algorithm[Any], values: Values, promised: float, spot: Spot
) -> Solved:
    """The worst case at a bound's numbers.

    Of one worker, where workers who have one function are all that a bound admits or that is sound
    here: of a class with heterogeneity bounded at every x it would be imposed only where the method
    has been. Elsewhere of every M >= 2. Where it is above what is promised, F* <= F is made sure
    of before anything is refuted.
    """
    room, workers = room_of(bound), num_workers_of(bound, values)
    one = _as_one(bound, algorithm, values)
    setting = setting_of(values, room, bound, spot, alone=one)
    several = None if _serves_all(algorithm) else workers
    num_rounds, alone = int(values["num_rounds"]), 1 if one else several
    found = worst_case(algorithm, setting, num_rounds=num_rounds, num_workers=alone)
    if found.value > promised * (1 + SOLVED):
        found = found.tightened(1 if one else workers)
    exhaustive = workers == 1 or not _apart_everywhere(bound)
    return Solved(algorithm, found, num_rounds, alone, exhaustive)


def _apart_everywhere(bound: Bound) -> bool:
    """Whether heterogeneity is bounded at every x."""
    bounded = not room_of(bound).on_path and "heterogeneity" in bound.parameters
    return bounded or "greatest_heterogeneity" in bound.parameters


def _serves_all(algorithm: Algorithm[Any]) -> bool:
    """Whether the method is the same for every M, workers being alike."""
    return algorithm.workers_alike and "anchor_rate" not in field_names(type(algorithm))


def _as_one(bound: Bound, algorithm: Algorithm[Any], values: Values) -> bool:
    """Whether workers who have one function are taken, and so are one."""
    together = any(name in bound.parameters for name in _APART)
    alike = room_of(bound).same or not together or _apart_everywhere(bound)
    return num_workers_of(bound, values) == 1 or (alike and meets_after_rounds(algorithm))


def setting_of(
    values: Values,
    room: Room = Room(),  # noqa: B008  # frozen
    bound: Bound | None = None,
    spot: Spot = (At.REPORT, Mean.STEPS),
    *,
    alone: bool = False,
) -> Setting:
    """The functions with the constants that a bound takes, all smooth ones if it is not given."""
    smoothness = values.get("smoothness", 1.0)
    zeta = None if alone else values.get("heterogeneity")
    starts = {n: values[n] for n in ("initial_gap", "initial_distance") if n in values}
    starts = starts if bound is None else {n: starts[n] for n in starts if n in bound.parameters}
    return Setting(
        function_class=FunctionClass(smoothness=smoothness, lowest=_lowest(room, values)),
        # No heterogeneity on average is none anywhere, which is the better conditioned program.
        heterogeneity=0.0 if zeta == 0 else None,
        heterogeneity_on_average=zeta or None,
        heterogeneity_at_optimum=None if alone else values.get("heterogeneity_at_optimum"),
        quantity=Quantity.SQUARED_GRADIENT_NORM if bound is None else bound.measure.quantity,
        summary=_SUMMARIES[spot],
        **starts,
    )


def worst_case_words(asked: Solved) -> str:
    """The command that solves for it."""
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
    return f"ratebound worst-case {words(asked.algorithm)} {assigned(known)}"
