"""The steps that multiply and divide inequalities, and say which of several numbers is least."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from theory.proving.certificates import positive, vanishes
from theory.proving.plain_text import plain
from theory.proving.proof import Step


@dataclass(frozen=True)
class Product(Step):
    """The product of two nonnegative gaps is nonnegative."""

    first: Step
    second: Step

    @property
    def premises(self) -> tuple[Step, ...]:
        """The two inequalities whose gaps are multiplied."""
        return (self.first, self.second)

    @property
    def _method(self) -> str:
        return f"the product of ({self.first.label}) and ({self.second.label})"

    def _gap(self) -> sp.Expr:
        return self.first.gap * self.second.gap

    def _flaw(self) -> str | None:
        return None


@dataclass(frozen=True)
class Quotient(Step):
    """From divisor x shown >= 0 and divisor >= floor > 0: shown >= 0.

    Attributes:
        shown: the gap.
        divisor: what it is multiplied by in the premise.
        premise: the inequality that is divided.
        above: its gap is the divisor less the floor.
        floor: certified positive.
    """

    shown: sp.Expr
    divisor: sp.Expr
    premise: Step
    above: Step
    floor: sp.Expr

    @property
    def premises(self) -> tuple[Step, ...]:
        """What is divided, and why the divisor is positive."""
        return (self.premise, self.above)

    @property
    def _method(self) -> str:
        divisor, floor = plain(self.divisor), plain(self.floor)
        return (
            f"({self.premise.label}) divided by {divisor}, at least {floor} by ({self.above.label})"
        )

    def _gap(self) -> sp.Expr:
        return self.shown

    def _flaw(self) -> str | None:
        if not positive(sp.sympify(self.floor)):
            return f"{plain(self.floor)} is not certified positive"
        if not vanishes(self.above.gap - (self.divisor - self.floor)):
            return f"({self.above.label}) does not say that {plain(self.divisor)} is that large"
        if not vanishes(self.premise.gap - self.divisor * self.shown):
            return f"({self.premise.label}) is not {plain(self.divisor)} times what is shown"
        return None


@dataclass(frozen=True)
class _Extreme(Step):
    """One of several numbers lies beyond every other: their Min or Max is that one.

    Attributes:
        extreme: all of them.
        choice: the one.
        given: for each other number, a step whose gap says that the choice lies beyond it.
    """

    extreme: sp.Min | sp.Max
    choice: sp.Expr
    given: tuple[Step, ...]
    equation = True
    _kind: ClassVar[type[sp.Basic]]
    _name: ClassVar[str]
    _relation: ClassVar[str]

    @property
    def premises(self) -> tuple[Step, ...]:
        """Why it lies beyond the others."""
        return self.given

    @property
    def _method(self) -> str:
        given = ", ".join(f"({step.label})" for step in self.given)
        return f"it is {self._relation} every other by {given}"

    @abstractmethod
    def _beyond(self, other: sp.Expr) -> sp.Expr:
        """By how much the choice lies beyond another number."""

    def _gap(self) -> sp.Expr:
        return self.extreme - self.choice

    def _flaw(self) -> str | None:
        if not isinstance(self.extreme, self._kind):
            return f"{plain(self.extreme)} is not the {self._name} of several numbers"
        if self.choice not in self.extreme.args:
            return f"{plain(self.choice)} is none of {plain(self.extreme)}"
        for other in self.extreme.args:
            shown = (vanishes(step.gap - self._beyond(other)) for step in self.given)
            if other != self.choice and not any(shown):
                return f"{plain(self.choice)} is not shown to be {self._relation} {plain(other)}"
        return None


@dataclass(frozen=True)
class Least(_Extreme):
    """The least of several numbers is the one that is at most every other."""

    _kind = sp.Min
    _name = "least"
    _relation = "at most"

    def _beyond(self, other: sp.Expr) -> sp.Expr:
        return other - self.choice


@dataclass(frozen=True)
class Greatest(_Extreme):
    """The greatest of several numbers is the one that is at least every other."""

    _kind = sp.Max
    _name = "greatest"
    _relation = "at least"

    def _beyond(self, other: sp.Expr) -> sp.Expr:
        return self.choice - other
