"""The steps that stand by themselves: what is supposed, relied on, named or computed."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import sympy as sp

from theory.notation import GLOSSARY
from theory.proving.axioms import Rule
from theory.proving.certificates import manifest, nonnegative, vanishes
from theory.proving.plain_text import plain
from theory.proving.proof import Step

CONSTANTS = MappingProxyType(
    {
        Rule.SMOOTHNESS: (-1, "smoothness"),
        Rule.LIPSCHITZ: (-1, "smoothness"),
        Rule.GRADIENT_LIPSCHITZ: (-1, "smoothness"),
        Rule.WORKERS_SMOOTHNESS: (-1, "smoothness"),
        Rule.SAMPLES_CONVEX_SMOOTH: (-1, "smoothness"),
        Rule.LIPSCHITZ_ON_AVERAGE: (-1, "worker_smoothness"),
        Rule.STRONGLY_CONVEX: (-1, "strong_convexity"),
        Rule.STEEP: (-1, "strong_convexity"),
        Rule.VARIANCE: (-1, "gradient_noise"),
        Rule.VARIANCE_AT_OPTIMUM: (-1, "noise_at_optimum"),
        Rule.HETEROGENEITY: (-1, "heterogeneity"),
        Rule.GREATEST_HETEROGENEITY: (-1, "greatest_heterogeneity"),
        Rule.HETEROGENEITY_AT_OPTIMUM: (-1, "heterogeneity_at_optimum"),
        Rule.GRADIENT_BOUND: (-1, "gradient_bound"),
        Rule.COMPRESSION: (-1, "compression_variance"),
        Rule.COMPRESSION_DOWN: (-1, "down_compression_variance"),
        Rule.CONTRACTION: (-1, "contraction"),
        Rule.ESTIMATES: (2, "estimate_tolerance"),
    }
)
"""Which argument of a rule is the constant that it assumes, and which constant that is."""

QUANTITIES = frozenset(row.symbol for row in GLOSSARY.values())
"""The symbols of the glossary."""


@dataclass(frozen=True)
class Hypothesis(Step):
    """What a statement supposes, until a citation discharges it."""

    supposed: sp.Expr
    _method = "supposed"

    @property
    def hypotheses(self) -> frozenset[Step]:
        """The step itself, which is a hypothesis."""
        return frozenset({self})

    def _gap(self) -> sp.Expr:
        return self.supposed

    def _flaw(self) -> str | None:
        return None


@dataclass(frozen=True)
class Instance(Step):
    """A fact from the closed list, its formula built from the arguments."""

    rule: Rule
    arguments: tuple[sp.Expr, ...]

    @property
    def rules(self) -> frozenset[Rule]:
        """The one that it is an instance of, and those named beside it."""
        return super().rules | {self.rule}

    @property
    def _method(self) -> str:
        return f"relied on: {self.rule.statement}"

    @property
    def choices(self) -> frozenset[tuple[sp.Expr, sp.Expr]]:
        """What it takes for the least of several numbers, where that is another expression."""
        takes_least = self.rule in (Rule.BELOW_CHOICE, Rule.INVERSE_OF_LEAST)
        named = takes_least and self.arguments[0] != self.arguments[1]
        return super().choices | ({self.arguments[:2]} if named else set())

    def _gap(self) -> sp.Expr:
        return self.rule.formula(*self.arguments)

    def _flaw(self) -> str | None:
        place, name = CONSTANTS.get(self.rule, (0, None))
        if name is not None and self.arguments[place] != GLOSSARY[name].symbol:
            return f"{plain(self.arguments[place])} is not the constant that is assumed, {name}"
        return None


@dataclass(frozen=True)
class Definition(Step):
    """A new symbol for an expression."""

    symbol: sp.Symbol
    meaning: sp.Expr
    equation = True
    _method = "a new name"

    @property
    def defines(self) -> sp.Symbol:
        """The symbol that the step introduces."""
        return self.symbol

    def _gap(self) -> sp.Expr:
        return self.symbol - self.meaning

    def _flaw(self) -> str | None:
        used = sp.sympify(self.meaning).free_symbols
        if self.symbol in used:
            return "defined by itself"
        if not used <= QUANTITIES:
            return None  # what is named is as its name says
        if self.symbol in QUANTITIES:
            return f"{plain(self.symbol)} is given, not to be defined by what is given"
        if self.symbol.is_nonnegative and not nonnegative(sp.sympify(self.meaning)):
            return f"{plain(self.meaning)} is not certified nonnegative, as its name is"
        return None


@dataclass(frozen=True)
class Identity(Step):
    """Two expressions, or matrices, are the same."""

    left: sp.Basic
    right: sp.Basic
    equation = True
    _method = "the difference expands to 0"

    @property
    def formula(self) -> str:
        """The two sides; of matrices, their size."""
        if isinstance(self.left, sp.MatrixBase):
            return f"matrices of {self.left.rows} x {self.left.cols} are equal, entry by entry"
        return f"{plain(self.left)} = {plain(self.right)}"

    def _gap(self) -> sp.Expr:
        return self.left - self.right

    def _flaw(self) -> str | None:
        entries = self.gap if isinstance(self.gap, sp.MatrixBase) else (self.gap,)
        for entry in entries:
            if not vanishes(entry):
                return f"the difference is {plain(entry)}, not 0"
        return None


@dataclass(frozen=True)
class Square(Step):
    """An expression is a sum of squares with nonnegative coefficients."""

    expression: sp.Expr
    certificate: sp.Expr

    @property
    def _method(self) -> str:
        return f"it equals {plain(self.certificate)}, nonnegative by its form"

    def _gap(self) -> sp.Expr:
        return self.expression

    def _flaw(self) -> str | None:
        if not vanishes(self.expression - self.certificate):
            return f"{plain(self.expression)} is not {plain(self.certificate)}"
        if not manifest(self.certificate):
            return f"{plain(self.certificate)} is not nonnegative by its form"
        return None


@dataclass(frozen=True)
class Inequality(Step):
    """One expression is at most another, over the whole range of their symbols."""

    smaller: sp.Expr | int
    larger: sp.Expr | int
    _method = (
        "with each symbol written as a nonnegative slack from the end of its range, "
        "no monomial of the difference is negative"
    )

    @property
    def formula(self) -> str:
        """The inequality, as smaller <= larger."""
        return f"{plain(self.smaller)} <= {plain(self.larger)}"

    def _gap(self) -> sp.Expr:
        return sp.sympify(self.larger - self.smaller)

    def _flaw(self) -> str | None:
        return None if nonnegative(self.gap) else f"{plain(self.gap)} has a negative monomial"


@dataclass(frozen=True)
class Summation(Step):
    """A sum over start <= index < stop in closed form, by induction on stop."""

    total: sp.Symbol
    summand: sp.Expr
    index: sp.Symbol
    start: int
    stop: sp.Symbol
    closed: sp.Expr
    equation = True

    @property
    def defines(self) -> sp.Symbol:
        """The name of the sum."""
        return self.total

    @property
    def _method(self) -> str:
        stop = plain(self.stop)
        return f"the empty sum is 0, and {stop} + 1 for {stop} adds the next summand"

    def _gap(self) -> sp.Expr:
        return self.total - self.closed

    def _flaw(self) -> str | None:
        if self.stop in sp.sympify(self.summand).free_symbols:
            return (
                f"{plain(self.summand)} changes with {plain(self.stop)}, not only as more is added"
            )
        if not vanishes(self.closed.subs(self.stop, self.start)):
            return f"{plain(self.closed)} is not 0 at {plain(self.stop)} = {self.start}"
        growth = self.closed.subs(self.stop, self.stop + 1) - self.closed
        added = self.summand.subs(self.index, self.stop)
        if not vanishes(growth - added):
            return f"it grows by {plain(growth)}, not by {plain(added)}"
        return None
