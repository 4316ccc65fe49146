"""The steps that multiply and divide inequalities, and say which of several numbers is least."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from theory.proving.certificates import positive, vanishes
from theory.proving.plain import plain
from theory.proving.proof import Step


@dataclass(frozen=True)
class Product(Step):
    """The product of two nonnegative gaps is nonnegative."""

    first: Step
    second: Step

    @property
    def premises(self) -> tuple[Step, ...]:
        """The two inequalities."""
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
class Least(Step):
    """The least of several numbers is the one that is at most every other.

    Attributes:
        least: all of them.
        choice: the one.
        given: for each other number, a step whose gap is that number less the choice.
    """

    least: sp.Min
    choice: sp.Expr
    given: tuple[Step, ...]
    equation = True

    @property
    def premises(self) -> tuple[Step, ...]:
        """Why it is at most the others."""
        return self.given

    @property
    def _method(self) -> str:
        given = ", ".join(f"({step.label})" for step in self.given)
        return f"it is at most every other by {given}"

    def _gap(self) -> sp.Expr:
        return self.least - self.choice

    def _flaw(self) -> str | None:
        if not isinstance(self.least, sp.Min):
            return f"{plain(self.least)} is not the least of several numbers"
        if self.choice not in self.least.args:
            return f"{plain(self.choice)} is none of {plain(self.least)}"
        for other in self.least.args:
            shown = (vanishes(step.gap - (other - self.choice)) for step in self.given)
            if other != self.choice and not any(shown):
                return f"{plain(self.choice)} is not shown to be at most {plain(other)}"
        return None


@dataclass(frozen=True)
class Greatest(Step):
    """The greatest of several numbers is the one that is at least every other.

    Attributes:
        greatest: all of them.
        choice: the one.
        given: for each other number, a step whose gap is the choice less that number.
    """

    greatest: sp.Max
    choice: sp.Expr
    given: tuple[Step, ...]
    equation = True

    @property
    def premises(self) -> tuple[Step, ...]:
        """Why it is at least the others."""
        return self.given

    @property
    def _method(self) -> str:
        given = ", ".join(f"({step.label})" for step in self.given)
        return f"it is at least every other by {given}"

    def _gap(self) -> sp.Expr:
        return self.greatest - self.choice

    def _flaw(self) -> str | None:
        if not isinstance(self.greatest, sp.Max):
            return f"{plain(self.greatest)} is not the greatest of several numbers"
        if self.choice not in self.greatest.args:
            return f"{plain(self.choice)} is none of {plain(self.greatest)}"
        for other in self.greatest.args:
            shown = (vanishes(step.gap - (self.choice - other)) for step in self.given)
            if other != self.choice and not any(shown):
                return f"{plain(self.choice)} is not shown to be at least {plain(other)}"
        return None
