"""A counterexample as a value, and its replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from theory.bound import Bound
from theory.discovery import module

_ROUNDING = 1e-9
"""Relative excess over a bound that rounding might explain."""


@dataclass(frozen=True)
class Refutation:
    """An instance within the conditions of a bound, of which the measure is known exactly.

    Attributes:
        title: the instance, as a reader can check it.
        values: a number for each parameter of the bound.
        attained: computes the measure of the bound, unit of the measure.
    """

    title: str
    values: Mapping[str, float]
    attained: Callable[[], float]


@dataclass(frozen=True)
class Replay:
    """A counterexample held against a bound.

    Attributes:
        promised: the bound at the values of the instance.
        attained: the measure.
    """

    promised: float
    attained: float

    @property
    def refutes(self) -> bool:
        """Whether the measure lies above an upper bound, beyond rounding."""
        return self.attained > self.promised * (1 + _ROUNDING)


def stored(name: str) -> Refutation:
    """The counterexample in theory/counterexamples that bears a name."""
    refutation: Refutation = module("theory.counterexamples", name).REFUTATION
    return refutation


def replay(refutation: Refutation, bound: Bound) -> Replay:
    """Computes both sides anew.

    Raises:
        ConditionError: the instance is outside the conditions of the bound.
        ValueError: a parameter of the bound has no value.
    """
    values = {name: refutation.values[name] for name in bound.parameters}
    return Replay(float(bound.value(**values)), refutation.attained())
