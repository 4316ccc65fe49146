"""How far a bound lies above what the exact readings attain within its conditions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from empirical import catalogue
from empirical.algorithm import Algorithm
from empirical.description import name_of
from empirical.estimation.setting import FunctionClass, Setting
from empirical.experiment import outside
from empirical.inner_rule import Plain
from empirical.linearity.linear_form import NotExchangeable, NotLinear
from empirical.linearity.toeplitz import NoDecay
from empirical.problems.two_camps import TwoCamps
from empirical.readings.mixing import NotInClass, mixing
from empirical.readings.moments import moments
from empirical.readings.worst_case import WorstCase, worst_case
from theory.bound import Bound, Constants, Side
from theory.catalogue import bounds_for
from theory.measures import Quantity
from theory.notation import GLOSSARY
from theory.tuning import own_step_size

FEW_STEPS = 9
"""Steps a worker up to which a worst case is solved for: it takes a second there."""

SOLVED = 1e-4
"""Relative error that a worst case may have: two tolerances of the solver agree to it."""

_NEEDED = ("smoothness", "initial_gap", "num_rounds")
"""Parameters without which no instance can be made."""

_READ = ("num_workers", "gradient_noise", "heterogeneity", "local_steps", "step_size")
"""What instances are made with besides."""

_CURVATURES = 6
"""Of the first camp, from where a run just moves to L."""


class NoReading(ValueError):
    """No exact reading applies to a bound at some numbers; the message says why."""


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


@dataclass(frozen=True)
class Instance:
    """One method on two camps of scalar parabolas, and E|grad F|^2 on average over the run."""

    algorithm: Algorithm[Any]
    problem: TwoCamps
    num_rounds: int
    attained: float


def tightness(bound: Bound, values: Mapping[str, float]) -> Tightness:
    """Sets a bound beside the exact worst case, or the worst of some exact moments.

    Without noise and up to FEW_STEPS steps it is the exact worst case over all smooth functions;
    elsewhere the greatest exact expectation over some pairs of scalar parabolas.

    Args:
        bound: an upper bound on E|grad F|^2 with explicit constants.
        values: a number for each of its parameters.

    Raises:
        NoReading: the bound is of another kind, or no instance meets its numbers.
        ConditionError: a condition of the bound fails.
    """
    check_kind(bound)
    promised = float(bound.value(**values))
    algorithm = algorithm_of(bound, values)
    num_rounds = int(values["num_rounds"])
    if values.get("gradient_noise", 0) == 0 and num_rounds * algorithm.local_steps <= FEW_STEPS:
        found = solved(algorithm, values, promised)
        return Tightness(promised, found.value, True, "exact worst case")
    worst = worst_instance(algorithm, values)
    if worst is None:
        raise NoReading(f"{bound.key}: no pair of parabolas has this heterogeneity on average")
    return Tightness(promised, worst.attained, False, "exact moments of parabolas")


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


def worst_instance(algorithm: Algorithm[Any], values: Mapping[str, float]) -> Instance | None:
    """The worst of some pairs of parabolas with a bound's constants; None if there is none."""
    found = _instances(algorithm, values)
    return max(found, key=lambda instance: instance.attained, default=None)


def solved(algorithm: Algorithm[Any], values: Mapping[str, float], promised: float) -> WorstCase:
    """The worst case at a bound's numbers: of one worker where M = 1, of every M >= 2 elsewhere.

    Where it is above what is promised, F* <= F is made sure of before anything is refuted.
    """
    workers, num_rounds = int(values.get("num_workers", 2)), int(values["num_rounds"])
    setting, alone = setting_of(values), 1 if workers == 1 else None
    found = worst_case(algorithm, setting, num_rounds=num_rounds, num_workers=alone)
    return found.tightened(workers) if found.value > promised * (1 + SOLVED) else found


def check_kind(bound: Bound) -> None:
    """Raises NoReading unless a bound is one that the exact readings can be set beside."""
    kinds = {
        "it is no upper bound": bound.side is not Side.UPPER,
        "its constants are hidden in an order": bound.constants is not Constants.EXPLICIT,
        "it bounds no squared gradient": (
            bound.measure.quantity is not Quantity.SQUARED_GRADIENT_NORM
        ),
        f"it does not speak of {', '.join(_NEEDED)}": not set(_NEEDED) <= set(bound.parameters),
        f"no exact reading knows its {', '.join(_unknown(bound))}": bool(_unknown(bound)),
    }
    for reason, applies in kinds.items():
        if applies:
            raise NoReading(f"{bound.key}: {reason}")


def _unknown(bound: Bound) -> list[str]:
    """Parameters that are neither constants of the functions read nor fields of the method."""
    examples = catalogue.algorithms().get(bound.algorithm, ())
    own = {item.name for example in examples for item in fields(example)}
    return sorted(set(bound.parameters) - own - {*_NEEDED, *_READ})


def bounds_on(algorithm: Algorithm[Any]) -> list[Bound]:
    """Every bound with a free step size on a method's own report point: catalogue, four numbers."""
    found = [item for item in bounds_for(name_of(type(algorithm))) if item.step_size is None]
    with suppress(NotInClass, NoDecay, NotLinear, NotExchangeable):
        found.append(mixing(algorithm).bound)
    return [item for item in found if outside(item, algorithm) is None]


def algorithm_of(bound: Bound, values: Mapping[str, float]) -> Algorithm[Any]:
    """The method that a bound speaks of, at its numbers.

    Raises:
        NoReading: the catalogue does not hold it, or it reports another iterate.
    """
    if bound.algorithm not in catalogue.algorithms():
        raise NoReading(f"{bound.key}: {bound.algorithm} is not in the catalogue")
    example = replace(catalogue.algorithms()[bound.algorithm][0], inner_rule=Plain())
    known: dict[str, Any] = {**values, **dict(bound.fixes)}
    if bound.step_size is not None:
        known["step_size"] = own_step_size(bound, values)
    own = {item.name: known[item.name] for item in fields(example) if item.name in known}
    whole = {name: int(own[name]) for name in own if name in GLOSSARY and GLOSSARY[name].integer}
    made = replace(example, **{**own, **whole})
    reason = outside(bound, made)
    if reason is not None:
        raise NoReading(f"{bound.key}: {reason}, and so nothing is attained here")
    return made


def setting_of(values: Mapping[str, float]) -> Setting:
    """All smooth functions with the constants that a non-convex bound takes."""
    smoothness, zeta = values["smoothness"], values.get("heterogeneity")
    return Setting(
        function_class=FunctionClass(smoothness=smoothness, lowest=-smoothness),
        initial_gap=values["initial_gap"],
        # No heterogeneity on average is none anywhere, which is the better conditioned program.
        heterogeneity=0.0 if zeta == 0 else None,
        heterogeneity_on_average=zeta or None,
    )


def on_two_camps(
    algorithm: Algorithm[Any],
    values: Mapping[str, float],
    *,
    first: float,
    second: float,
    up: bool = True,
) -> Instance | None:
    """The exact measure on two camps whose gap and mean heterogeneity are those of a bound.

    The heterogeneity along the run is a quadratic function of the tilt, which is solved for.

    Args:
        algorithm: the method.
        values: smoothness, initial_gap, gradient_noise, num_workers, num_rounds, heterogeneity.
        first: curvature of the first camp, unit f/x^2, > 0.
        second: of the second; the mean must be > 0.
        up: which root to take.

    Returns:
        None where no tilt gives this heterogeneity.
    """
    workers, num_rounds = int(values.get("num_workers", 2)), int(values["num_rounds"])
    problem = TwoCamps(
        num_workers=workers,
        smoothness=values["smoothness"],
        first=first,
        second=second,
        gradient_noise=values.get("gradient_noise", 0.0),
        start=1.0,
    )
    gap = problem.constants["initial_gap"].value
    if gap <= 0:
        return None
    problem = replace(problem, start=math.sqrt(values["initial_gap"] / gap))
    if workers > 1 and "heterogeneity" in values:
        wanted = values["heterogeneity"] ** 2
        tilt = _tilt(algorithm, problem, num_rounds, wanted, up=up)
        if tilt is None:
            return None
        problem = replace(problem, tilt=tilt)
    attained = _averages(algorithm, problem, num_rounds)["squared_gradient_norm"]
    return Instance(algorithm, problem, num_rounds, attained)


def _tilt(
    algorithm: Algorithm[Any], problem: TwoCamps, num_rounds: int, wanted: float, *, up: bool
) -> float | None:
    """The tilt at which the mean heterogeneity along the run is as wanted."""
    unit = math.sqrt(wanted) or 1.0
    low, middle, high = (
        _averages(algorithm, replace(problem, tilt=tilt), num_rounds)["dissimilarity"]
        for tilt in (-unit, 0.0, unit)
    )
    square, linear = (high + low) / 2 - middle, (high - low) / 2
    inside = linear**2 - 4 * square * (middle - wanted)
    if not (math.isfinite(inside) and inside >= 0 and square > 0):
        return None
    root = math.sqrt(inside) if up else -math.sqrt(inside)
    return unit * (root - linear) / (2 * square)


def _averages(algorithm: Algorithm[Any], problem: TwoCamps, num_rounds: int) -> dict[str, float]:
    found = moments(algorithm, problem, num_rounds=num_rounds).trajectory.final_averages
    return {name: float(value) for name, value in found.items()}


def _instances(algorithm: Algorithm[Any], values: Mapping[str, float]) -> Iterator[Instance]:
    """Camps from nearly flat, where a run just moves, to L, alike, half flat or half concave."""
    smoothness = values["smoothness"]
    total = float(algorithm.step_size) * values["num_rounds"] * algorithm.local_steps
    flattest = min(1.0, 0.3 / (smoothness * total))
    for first in smoothness * np.geomspace(flattest, 1, _CURVATURES):
        for second in (first, 0.0, -first / 2):
            found = on_two_camps(algorithm, values, first=float(first), second=float(second))
            if found is not None:
                yield found
