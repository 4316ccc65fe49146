"""The steps that multiply and divide inequalities, and that evaluate a minimum or maximum."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from theory.notation.plain_formula import plain
from theory.proving.certificates import positive, vanishes
from theory.proving.proof import Step


@dataclass(frozen=True)
class Product(Step):
    """The product of the gaps of two steps, nonnegative since both factors are.

    Attributes:
        first: the step with the first factor.
        second: the step with the second factor.
    """

    first: Step
    second: Step

    @property
    def premises(self) -> tuple[Step, ...]:
        """The two steps whose gaps are multiplied."""
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
    """From divisor x shown >= 0 and divisor >= floor > 0 it concludes that shown >= 0.

    Attributes:
        shown: the quotient, which is the gap of this step.
        divisor: the factor of the quotient in the premise.
        premise: the inequality that is divided.
        above: the step whose gap is the divisor minus the floor.
        floor: a lower bound of the divisor, certified positive.
    """

    shown: sp.Expr
    divisor: sp.Expr
    premise: Step
    above: Step
    floor: sp.Expr

    @property
    def premises(self) -> tuple[Step, ...]:
        """The inequality that is divided, and the lower bound of the divisor."""
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
    """The Min or Max of several numbers equals one of them, which lies beyond every other.

    Attributes:
        extreme: the minimum or maximum of all the numbers.
        choice: the number that it equals.
        given: for each other number, a step whose gap says that the choice lies beyond it: below
            for a minimum, above for a maximum.
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
        """The steps that compare the choice with the other numbers."""
        return self.given

    @property
    def _method(self) -> str:
        given = ", ".join(f"({step.label})" for step in self.given)
        return f"it is {self._relation} every other by {given}"

    @abstractmethod
    def _beyond(self, other: sp.Expr) -> sp.Expr:
        """Returns by how much the choice lies beyond another number."""

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
    """The minimum of several numbers equals the one that is at most every other."""

    _kind = sp.Min
    _name = "least"
    _relation = "at most"

    def _beyond(self, other: sp.Expr) -> sp.Expr:
        return other - self.choice


@dataclass(frozen=True)
class Greatest(_Extreme):
    """The maximum of several numbers equals the one that is at least every other."""

    _kind = sp.Max
    _name = "greatest"
    _relation = "at least"

    def _beyond(self, other: sp.Expr) -> sp.Expr:
        return self.choice - other
