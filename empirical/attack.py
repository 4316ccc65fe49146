"""One exact attempt at a bound: its numbers, and functions within its conditions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from empirical.algorithm import Algorithm
from empirical.description import describe
from empirical.estimation.semidefinite import Unbounded, Unreliable
from empirical.tightness import SOLVED, algorithm_of, on_two_camps, solved
from theory.bound import Bound, ConditionError

REFUTES = 1e-6
"""Relative excess over a bound that no rounding of exact moments explains."""


@dataclass(frozen=True)
class Point:
    """Where a bound is attacked.

    Attributes:
        values: numbers for its parameters.
        first: curvature of the first camp over L, in (0, 1].
        second: that of the second camp over the first's, in (-1, 1].
        up: which of two tilts.
        solved: whether the worst case is solved for, rather than two camps of parabolas.
    """

    values: Mapping[str, float]
    first: float
    second: float
    up: bool
    solved: bool


@dataclass(frozen=True)
class Attack:
    """What an attempt attained.

    Attributes:
        promised: the bound.
        attained: the exact measure.
        claim: the command that prints the bound.
        command: the command that prints the measure.
        solved: whether it is a worst case.
    """

    promised: float
    attained: float
    claim: str
    command: str
    solved: bool

    @property
    def share(self) -> float:
        """Attained over promised: above 1 the bound is false."""
        if self.promised <= 0:
            return math.inf if self.attained > 0 else 0.0
        return self.attained / self.promised

    @property
    def refutes(self) -> bool:
        """Whether it is above 1 beyond rounding."""
        return self.share > 1 + (SOLVED if self.solved else REFUTES)


def attack(bound: Bound, point: Point) -> Attack | None:
    """Sets the exact measure at a point against the bound.

    Returns:
        None where the bound is silent there, or the solver has no answer that it stands by.
    """
    try:
        promised = float(bound.value(**{name: point.values[name] for name in bound.parameters}))
        algorithm = algorithm_of(bound, point.values)
        made = _solved if point.solved else _on_camps
        found = made(bound, point, algorithm, promised)
        return None if found is None or math.isnan(found.share) else found
    except (ConditionError, Unbounded, Unreliable):
        return None


def _solved(
    bound: Bound, point: Point, algorithm: Algorithm[Any], promised: float
) -> Attack | None:
    """Against all smooth functions."""
    found = solved(algorithm, point.values, promised)
    constants = {name: point.values[name] for name in _CONSTANTS if name in point.values}
    constants |= {"num_workers": 1} if point.values.get("num_workers") == 1 else {}
    zeta = constants.pop("heterogeneity", None)
    if zeta is not None:
        constants["heterogeneity_on_average" if zeta else "heterogeneity"] = zeta
    rounds = f"num_rounds={int(point.values['num_rounds'])}"
    command = f"ratebound worst-case {_words(algorithm)} {rounds} {_assigned(constants)}"
    return Attack(promised, found.value, _claim(bound, point), command, solved=True)


def _on_camps(
    bound: Bound, point: Point, algorithm: Algorithm[Any], promised: float
) -> Attack | None:
    first = point.first * point.values["smoothness"]
    found = on_two_camps(
        algorithm, point.values, first=first, second=point.second * first, up=point.up
    )
    if found is None:
        return None
    command = f"ratebound moments algorithm={_words(algorithm)} problem={_words(found.problem)}"
    command = f"{command} num_rounds={found.num_rounds}"
    return Attack(promised, found.attained, _claim(bound, point), command, solved=False)


_CONSTANTS = ("smoothness", "initial_gap", "heterogeneity")


def _claim(bound: Bound, point: Point) -> str:
    values = {name: point.values[name] for name in bound.parameters}
    return f"ratebound evaluate {bound.key} {_assigned(values)}"


def _words(part: object) -> str:
    """A description as the command takes it: the name, then fields that are plain values."""
    described = describe(part)
    name = described.pop("name")
    plain = {key: value for key, value in described.items() if not isinstance(value, dict)}
    return f"{name} {_assigned(plain)}"


def _assigned(values: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())
