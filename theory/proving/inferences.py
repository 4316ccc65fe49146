"""The steps that infer from earlier ones by linearity: means, combinations, and roots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from theory.notation.plain_formula import plain
from theory.proving.certificates import (
    average,
    manifest,
    nonnegative,
    require_quadratic,
    vanishes,
)
from theory.proving.proof import Step

Pairs = tuple[tuple[sp.Expr, sp.Expr], ...]
"""Pairs of an expression and its value: a table of moments, or a substitution."""


@dataclass(frozen=True)
class Mean(Step):
    """The mean of a polynomial in random symbols, computed from the means of its monomials.

    A mean is any linear functional that preserves sign: an expectation, an average over workers or
    steps, or a sum.

    Attributes:
        quantity: the symbol of the mean.
        of: the polynomial.
        moments: pairs of a monomial and its mean; the reader judges whether they are right.
    """

    quantity: sp.Symbol
    of: sp.Expr
    moments: Pairs
    equation = True

    @property
    def formula(self) -> str:
        """The equations quantity = mean of the polynomial = value."""
        value = average(self.of, dict(self.moments))
        return f"{plain(self.quantity)} = mean of {plain(self.of)} = {plain(value)}"

    @property
    def meanings(self) -> Mapping[sp.Symbol, sp.Expr]:
        """The symbol of the mean, with its meaning."""
        return {self.quantity: self.gap}

    @property
    def _method(self) -> str:
        return f"monomial by monomial: {_table(self.moments)}"

    def _gap(self) -> sp.Expr:
        return self.quantity - average(self.of, dict(self.moments))

    def _flaw(self) -> str | None:
        return _impossible(self.moments)


@dataclass(frozen=True)
class Averaged(Step):
    """The mean of an inequality or equation that holds at every point; see Mean.

    Attributes:
        premise: what holds at every point.
        moments: pairs of a monomial and its mean.
    """

    premise: Step
    moments: Pairs

    @property
    def equation(self) -> bool:
        """True if the premise is an equation, since the mean of zero is zero."""
        return self.premise.equation

    @property
    def premises(self) -> tuple[Step, ...]:
        """The one step that holds at every point."""
        return (self.premise,)

    @property
    def _method(self) -> str:
        return f"the mean of ({self.premise.label}), {_table(self.moments)}"

    def _gap(self) -> sp.Expr:
        return average(self.premise.gap, dict(self.moments))

    def _flaw(self) -> str | None:
        return _impossible(self.moments)


@dataclass(frozen=True)
class Combination(Step):
    """The sum of earlier steps, each times a factor, and of a nonnegative rest.

    Attributes:
        shown: the gap; it minus the sum of the parts must be certified nonnegative.
        parts: pairs of a factor and a step; an inequality's factor must be certified nonnegative.
    """

    shown: sp.Expr
    parts: tuple[tuple[sp.Expr | int, Step], ...]

    @property
    def premises(self) -> tuple[Step, ...]:
        """The steps that are added."""
        return tuple(step for _, step in self.parts)

    @property
    def _method(self) -> str:
        total = " + ".join(f"{_factor(factor)}({step.label})" for factor, step in self.parts)
        rest = self._rest
        if vanishes(rest):
            return f"= {total}"
        return f"= {total} + {plain(sp.factor(sp.expand(rest)))}, which is certified nonnegative"

    @property
    def _rest(self) -> sp.Expr:
        return self.shown - sp.Add(*(factor * step.gap for factor, step in self.parts))

    def _gap(self) -> sp.Expr:
        return self.shown

    def _flaw(self) -> str | None:
        for factor, step in self.parts:
            if not step.equation and not nonnegative(sp.sympify(factor)):
                return f"the factor {plain(factor)} of ({step.label}) is not certified nonnegative"
            # A factor with vectors may only act on a gap without: <a, b> <c, d> is no quadratic
            # form, and commuting scalars would take it for <a, c> <b, d>.
            require_quadratic(sp.sympify(factor) * step.gap)
        rest = self._rest
        if vanishes(rest) or nonnegative(rest):
            return None
        return f"what remains, {plain(rest)}, is not certified nonnegative"


@dataclass(frozen=True)
class Root(Step):
    """From larger^n - smaller^n >= 0 and larger >= 0 it concludes that larger - smaller >= 0.

    Attributes:
        premise: the inequality between the powers.
        smaller: the smaller base; where it is negative, the conclusion holds by itself.
        larger: the larger base, certified nonnegative.
        power: n, at least 1.
    """

    premise: Step
    smaller: sp.Expr
    larger: sp.Expr
    power: int

    @property
    def premises(self) -> tuple[Step, ...]:
        """The one inequality, between the powers."""
        return (self.premise,)

    @property
    def formula(self) -> str:
        """The inequality in the form smaller <= larger."""
        return f"{plain(self.smaller)} <= {plain(self.larger)}"

    @property
    def _method(self) -> str:
        return f"the root of order {self.power} of ({self.premise.label}), the larger side >= 0"

    def _gap(self) -> sp.Expr:
        return self.larger - self.smaller

    def _flaw(self) -> str | None:
        if self.power < 1 or not nonnegative(self.larger):
            return f"{plain(self.larger)} is not certified nonnegative"
        powers = self.larger**self.power - self.smaller**self.power
        return None if vanishes(self.premise.gap - powers) else f"({self.premise.label}) is not it"


def _impossible(moments: Pairs) -> str | None:
    """Names a moment that is negative though its monomial is nonnegative, if there is one."""
    for monomial, value in moments:
        if manifest(sp.sympify(monomial)) and sp.sympify(value).is_number and value < 0:
            return f"{plain(monomial)} is nonnegative and cannot have the mean {plain(value)}"
    return None


def _factor(factor: sp.Expr | int) -> str:
    if factor == 1:
        return ""
    return f"({plain(factor)})" if isinstance(factor, sp.Add) else f"{plain(factor)} x "


def _table(moments: Pairs) -> str:
    return ", ".join(f"{plain(monomial)} -> {plain(value)}" for monomial, value in moments)
