"""What a bound leaves free: the functions that meet its assumptions at given numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from empirical.falsification.algorithm_of_bound import NoReading, method_fields, not_run
from empirical.falsification.exact_measures import is_known
from empirical.problem import Problem
from empirical.problems.families.function_facts import missing_fact, of_functions
from theory.assumptions import Assumption, closure
from theory.bound import Bound, Constants, Side
from theory.notation import GLOSSARY

Values = Mapping[str, float]

SCHEDULE = ("num_workers", "local_steps", "num_rounds", "num_steps", "step_size")

DRIVEN = (
    "smoothness",
    "initial_gap",
    "initial_distance",
    "gradient_noise",
    "noise_at_optimum",
    "heterogeneity",
    "greatest_heterogeneity",
    "heterogeneity_at_optimum",
    "strong_convexity",
)
"""Constants that functions are made to have."""

FOLLOWING = (
    "worker_smoothness",
    "hessian_heterogeneity",
    "hessian_spread",
    "hessian_smoothness",
    "heterogeneity_of_optima",
    "dissimilarity",
    "dissimilarity_factor",
    "gradient_bound",
)
"""Constants that functions turn out to have, which are then put into the bound."""

_MET = frozenset(
    {
        Assumption.SMOOTH,
        Assumption.WORKERS_SMOOTH,
        Assumption.SMOOTH_ON_AVERAGE,
        Assumption.BOUNDED_BELOW,
        Assumption.MINIMISER,
        Assumption.UNBIASED,
        Assumption.BOUNDED_VARIANCE,
        Assumption.INDEPENDENT_WORKERS,
        Assumption.BOUNDED_HETEROGENEITY,
        Assumption.HETEROGENEITY_AT_REPORT_POINT,
        Assumption.GREATEST_HETEROGENEITY,
        Assumption.HETEROGENEITY_AT_OPTIMUM,
        Assumption.HETEROGENEITY_OF_OPTIMA,
        Assumption.BOUNDED_DISSIMILARITY,
        Assumption.HESSIAN_HETEROGENEITY,
        Assumption.HESSIAN_SPREAD,
        Assumption.VARIANCE_AT_OPTIMUM,
        Assumption.BOUNDED_GRADIENTS,
        Assumption.NOISELESS,
        Assumption.SYMMETRIC_MIXING,
        Assumption.PLAIN_STEPS,
        Assumption.ACCELERATED_STEPS,
        Assumption.HEAVY_BALL_STEPS,
        Assumption.UNIFORM_WEIGHTS,
    }
)
"""Assumptions that constants stand for, or that methods are made to meet."""

_STARTS = ("initial_gap", "initial_distance")

_APART = ("greatest_heterogeneity", "heterogeneity")

_SLACK = 1e-9
"""Relative rounding of constants; a refutation exceeds a bound by a thousand times as much."""


@dataclass(frozen=True)
class Room:
    """The kind of functions that a bound speaks of.

    Attributes:
        convex: whether no worker's curvature may be below 0.
        convex_mean: whether that of F may not.
        one_hessian: whether parabolas must curve alike, since workers differ by at most a constant.
        same: whether all workers have one function.
        on_path: whether heterogeneity is bounded at the report points only, on average.
        quadratic: whether only parabolas are meant.
    """

    convex: bool = False
    convex_mean: bool = False
    one_hessian: bool = False
    same: bool = False
    on_path: bool = True
    quadratic: bool = False


def room_of(bound: Bound) -> Room:
    """What its assumptions leave."""
    known = closure(bound.assumptions)
    everywhere = {Assumption.BOUNDED_HETEROGENEITY, Assumption.GREATEST_HETEROGENEITY}
    one_hessian = bool(known & everywhere) or Assumption.QUADRATIC in known
    alike = Assumption.BOUNDED_DISSIMILARITY in known  # else no G and B are known here
    return Room(
        convex=Assumption.WORKERS_CONVEX in known,
        convex_mean=Assumption.CONVEX in known or Assumption.POLYAK_LOJASIEWICZ in known,
        one_hessian=one_hessian or alike,
        same=Assumption.HOMOGENEOUS in known,
        on_path=not known & everywhere,
        quadratic=Assumption.WORKERS_QUADRATIC in known or Assumption.HESSIAN_LIPSCHITZ in known,
    )


def check_kind(bound: Bound) -> None:
    """Raises NoReading unless a bound is one that can be attacked."""
    unknown = sorted(
        set(bound.parameters) - method_fields(bound) - {*SCHEDULE, *DRIVEN, *FOLLOWING}
    )
    unmet = sorted(item.name for item in bound.assumptions - _MET - of_functions())
    steps = {"num_rounds", "num_steps"} & set(bound.parameters)
    start = set(_STARTS) & set(bound.parameters)
    reasons = {
        "it is no upper bound": bound.side is not Side.UPPER,
        "its constants are hidden in an order": bound.constants is not Constants.EXPLICIT,
        str(not_run(bound)): not_run(bound) is not None,
        f"no exact reading has {bound.measure}": not is_known(bound.measure),
        "it does not speak of num_rounds": not steps,
        f"it does not speak of {' or '.join(_STARTS)}": not start,
        f"no exact reading knows its {', '.join(unknown)}": bool(unknown),
        f"it is not known here what meets {', '.join(unmet)}": bool(unmet),
    }
    for reason, applies in reasons.items():
        if applies:
            raise NoReading(f"{bound.key}: {reason}")


def start_at(values: Values, gap: float, distance: float | None) -> float | None:
    """By how much x is stretched so that a start has a bound's gap and distance at most.

    Args:
        values: of the bound.
        gap: F(x_0) - F* before, with the same curvatures, unit f.
        distance: |x_0 - x*| before, where there is an x*.

    Returns:
        None where nothing does it.
    """
    found = []
    if "initial_gap" in values and gap > 0:
        found.append(math.sqrt(values["initial_gap"] / gap))
    if "initial_distance" in values and distance:
        found.append(values["initial_distance"] / distance)
    needed = sum(name in values for name in _STARTS)
    return min(found) if found and len(found) == needed else None


def noise_of(values: Values) -> float:
    """The noise that is as large as a bound allows everywhere."""
    names = ("gradient_noise", "noise_at_optimum")
    return min((values[name] for name in names if name in values), default=0.0)


def follows(bound: Bound, problem: Problem) -> dict[str, float]:
    """Constants that functions turn out to have."""
    known = problem.constants
    found = {n: known[n].value for n in FOLLOWING if n in bound.parameters and n in known}
    return found | {"dimension": float(getattr(problem, "dimension", 1))}


def within(bound: Bound, problem: Problem, values: Values, apart: float) -> bool:
    """Whether a problem meets every assumption of a bound with the numbers given.

    Args:
        bound: whose assumptions they are.
        problem: its constants and facts are believed.
        values: of the bound's parameters.
        apart: the mean of the heterogeneity, squared, over the report points, unit f^2/x^2.
    """
    if missing_fact(bound, problem) is not None:
        return False
    known, on_path = problem.constants, room_of(bound).on_path
    for name in set(bound.parameters) & {*DRIVEN, *FOLLOWING}:
        if name == "heterogeneity" and on_path:
            if not apart <= values[name] ** 2 * (1 + _SLACK) + _SLACK**2:
                return False
            continue
        if name not in known:
            return False
        low, high = known[name].value, values[name]
        if name == "strong_convexity":
            low, high = high, low
        if not low <= high * (1 + _SLACK):
            return False
    return True


def is_whole(name: str) -> bool:
    """Whether a parameter is a whole number."""
    return GLOSSARY[name].integer
