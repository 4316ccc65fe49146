"""The kinds of steps without premises: hypotheses, facts, definitions, identities, inequalities.

Steps that infer something from earlier ones are in inferences.py, least_and_greatest.py,
induction.py and citations.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import sympy as sp

from theory.notation import GLOSSARY
from theory.notation.plain_formula import plain
from theory.proving.axioms import Rule
from theory.proving.certificates import manifest, nonnegative, vanishes
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
"""For a rule that assumes a constant: the position of that argument, and its name in the glossary.

An Instance of the rule must have the glossary's symbol there. With any other number the fact would
be a stronger assumption than the one that the bound states.
"""

QUANTITIES = frozenset(row.symbol for row in GLOSSARY.values())
"""All symbols of the glossary; their meanings are fixed, and no step may define them otherwise."""


@dataclass(frozen=True)
class Hypothesis(Step):
    """An inequality that a statement supposes, until a citation discharges it.

    Attributes:
        supposed: the expression that is supposed to be nonnegative.
    """

    supposed: sp.Expr
    _method = "supposed"

    @property
    def hypotheses(self) -> frozenset[Step]:
        """The set that holds this step alone."""
        return frozenset({self})

    def _gap(self) -> sp.Expr:
        return self.supposed

    def _flaw(self) -> str | None:
        return None


@dataclass(frozen=True)
class Instance(Step):
    """A fact of the closed list of axioms.py, applied to given arguments.

    Attributes:
        rule: the fact, one that has a formula.
        arguments: the arguments of the rule's formula.
    """

    rule: Rule
    arguments: tuple[sp.Expr, ...]

    @property
    def rules(self) -> frozenset[Rule]:
        """The rule that the step is an instance of, and the rules listed in `by`."""
        return super().rules | {self.rule}

    @property
    def _method(self) -> str:
        return f"relied on: {self.rule.statement}"

    @property
    def choices(self) -> frozenset[tuple[sp.Expr, sp.Expr]]:
        """The pair (number, minimum), if the rule says that the number is that minimum.

        The pair is absent where the number is the minimum itself, since nothing is chosen then.
        """
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
    """The introduction of a new symbol for an expression.

    Attributes:
        symbol: the new symbol.
        meaning: the expression that it stands for.
    """

    symbol: sp.Symbol
    meaning: sp.Expr
    equation = True
    _method = "a new name"

    @property
    def defines(self) -> sp.Symbol:
        """The new symbol, which may not occur in anything shown before."""
        return self.symbol

    def _gap(self) -> sp.Expr:
        return self.symbol - self.meaning

    def _flaw(self) -> str | None:
        used = sp.sympify(self.meaning).free_symbols
        if self.symbol in used:
            return "defined by itself"
        if not used <= QUANTITIES:
            # Quantities beyond the glossary have their meaning from their names alone, so there is
            # nothing to check; module proof says that this is left to the reader.
            return None
        if self.symbol in QUANTITIES:
            return f"{plain(self.symbol)} is given, not to be defined by what is given"
        if self.symbol.is_nonnegative and not nonnegative(sp.sympify(self.meaning)):
            return f"{plain(self.meaning)} is not certified nonnegative, as its name is"
        return None


@dataclass(frozen=True)
class Identity(Step):
    """Two expressions, or two matrices entry by entry, are equal.

    Attributes:
        left: the left side.
        right: the right side.
    """

    left: sp.Basic
    right: sp.Basic
    equation = True
    _method = "the difference expands to 0"

    @property
    def formula(self) -> str:
        """The equation of the two sides; for matrices, a sentence that states their size."""
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
    """An expression is nonnegative since it equals a sum of squares.

    Attributes:
        expression: the expression that is shown to be nonnegative.
        certificate: an equal expression that is nonnegative by its form; see certificates.manifest.
    """

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
    """One expression is at most another, over the whole range of their symbols.

    Attributes:
        smaller: the smaller side.
        larger: the larger side.
    """

    smaller: sp.Expr | int
    larger: sp.Expr | int
    _method = (
        "with each symbol written as a nonnegative slack from the end of its range, "
        "no monomial of the difference is negative"
    )

    @property
    def formula(self) -> str:
        """The inequality in the form smaller <= larger."""
        return f"{plain(self.smaller)} <= {plain(self.larger)}"

    def _gap(self) -> sp.Expr:
        return sp.sympify(self.larger - self.smaller)

    def _flaw(self) -> str | None:
        return None if nonnegative(self.gap) else f"{plain(self.gap)} has a negative monomial"


@dataclass(frozen=True)
class Summation(Step):
    """A sum over start <= index < stop in closed form, by induction on stop.

    Attributes:
        total: the name of the sum.
        summand: what is added for each value of the index.
        index: the index of summation.
        start: the first value of the index.
        stop: one more than the last value of the index.
        closed: the closed form.
    """

    total: sp.Symbol
    summand: sp.Expr
    index: sp.Symbol
    start: int
    stop: sp.Symbol
    closed: sp.Expr
    equation = True

    @property
    def defines(self) -> sp.Symbol:
        """The symbol that names the sum."""
        return self.total

    @property
    def _method(self) -> str:
        stop = plain(self.stop)
        return f"the empty sum is 0, and {stop} + 1 for {stop} adds the next summand"

    def _gap(self) -> sp.Expr:
        return self.total - self.closed

    def _flaw(self) -> str | None:
        # The induction adds one summand and keeps the earlier ones, so these may not change.
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
