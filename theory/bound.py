"""A theorem as one frozen value: terms, conditions, assumptions, source, standing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property, lru_cache

import numpy as np
import sympy as sp
from sympy.core.relational import Relational

from theory.assumptions import Assumption
from theory.measures import Measure
from theory.notation import GLOSSARY, check_values, latex
from theory.notation.exponents import exponent
from theory.notation.substitution import substituted

_ROUNDING = 16 * np.finfo(np.float64).eps
"""Relative slack of a condition, so that a step size put exactly on its limit is admissible."""


class Side(Enum):
    """Which side of the measure the bound stands on."""

    UPPER = "upper"
    LOWER = "lower"
    EXACT = "exact"


class Constants(Enum):
    """Whether the constants are stated, or hidden in an order."""

    EXPLICIT = "explicit"
    ORDER = "order"


class Provenance(Enum):
    """How the statement is known; the value is what may be said of it."""

    READ = "read in the source"
    RESTATED = "read in another work that restates it"
    RECALLED = "recalled, not read"
    DERIVED = "derived here"


class Standing(Enum):
    """What this project has established of the statement."""

    PROVED = "its derivation replays step by step"
    TRANSCRIBED = "encoded as it was found, not proved here"
    REFUTED = "a stored counterexample re-runs"


@dataclass(frozen=True)
class Source:
    """Where a statement comes from.

    Attributes:
        key: entry of references.bib.
        locator: theorem, equation or section.
        provenance: how it is known.
        note: every change of notation or constant.
    """

    key: str
    locator: str
    provenance: Provenance
    note: str = ""


@dataclass(frozen=True)
class Term:
    """One named summand of a bound, over glossary symbols."""

    name: str
    expression: sp.Expr


class ConditionError(ValueError):
    """Numbers violate a condition of the theorem."""


@dataclass(frozen=True)
class Condition:
    """A condition of a theorem at given numbers: left <= right, elementwise."""

    relation: Relational
    left: np.ndarray
    right: np.ndarray

    @property
    def holds(self) -> np.ndarray:
        """Where it holds, up to rounding."""
        slack = _ROUNDING * np.maximum(np.abs(self.left), np.abs(self.right))
        return np.asarray(self.left <= self.right + slack)

    def __str__(self) -> str:
        """The condition with the numbers of the first place where it fails."""
        if self.holds.all():
            return str(self.relation)
        left, right = np.broadcast_arrays(self.left, self.right)
        worst = np.argmax(left - right)
        return f"{self.relation} fails: {left.flat[worst]:g} > {right.flat[worst]:g}"


@dataclass(frozen=True)
class Evaluation:
    """A bound at given numbers, all arrays of one broadcast shape.

    Attributes:
        terms: value of each term by name.
        conditions: each condition with its two sides.
    """

    terms: Mapping[str, np.ndarray]
    conditions: tuple[Condition, ...]

    @property
    def value(self) -> np.ndarray:
        """The bound: the sum of its terms."""
        return np.asarray(sum(self.terms.values()))

    @property
    def holds(self) -> np.ndarray:
        """Where every condition holds."""
        everywhere = np.ones(self.value.shape, dtype=bool)
        each = [everywhere, *(item.holds for item in self.conditions)]
        return np.asarray(np.logical_and.reduce(each))

    @property
    def leading_term(self) -> np.ndarray:
        """Name of the largest term, elementwise."""
        names = np.array(list(self.terms))
        return np.asarray(names[np.argmax(np.stack(list(self.terms.values())), axis=0)])


@dataclass(frozen=True)
class Bound:
    """A convergence theorem as one frozen value: terms, conditions, assumptions, measure, source.

    Attributes:
        key: <algorithm>.<setting>, a variant as third part.
        title: what it says, in one line.
        algorithm: file name of the algorithm it speaks of.
        terms: the bound is their sum.
        conditions: relations left <= right that numbers must meet.
        assumptions: what is assumed of problem, oracle and schedule.
        measure: what is bounded, of which iterate.
        source: where it comes from and how it is known.
        standing: what is established of it here.
        side: UPPER, LOWER or EXACT.
        constants: EXPLICIT bounds are judged by level; ORDER bounds by exponent only.
        fixes: fields of the algorithm that the theorem holds at one value.
        step_size: the step size that a corollary has put in; None where it is free.
        proof: file name of the derivation in theory.proofs, where there is one.
        refutation: file name of the counterexample in theory.counterexamples, where it is REFUTED.
        amended: key of what stands in its place, where it is REFUTED.
        increasing: symbols in which the bound does not decrease.
        decreasing: symbols in which the bound does not increase.

    Example:
        >>> from theory import lookup
        >>> [str(term.expression) for term in lookup("minibatch_sgd.nonconvex").terms][0]
        '2*initial_gap/(num_rounds*step_size)'
    """

    key: str
    title: str
    algorithm: str
    terms: tuple[Term, ...]
    conditions: tuple[Relational, ...]
    assumptions: frozenset[Assumption]
    measure: Measure
    source: Source
    standing: Standing
    side: Side = Side.UPPER
    constants: Constants = Constants.EXPLICIT
    fixes: tuple[tuple[str, object], ...] = ()
    step_size: sp.Expr | None = None
    proof: str | None = None
    refutation: str | None = None
    amended: str | None = None
    increasing: tuple[str, ...] = ("smoothness", "gradient_noise", "heterogeneity", "initial_gap")
    decreasing: tuple[str, ...] = ("num_rounds",)

    @cached_property
    def expression(self) -> sp.Expr:
        """The whole bound as one expression."""
        return sp.Add(*(term.expression for term in self.terms))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of the symbols that must be given, sorted."""
        parts = [term.expression for term in self.terms] + list(self.conditions)
        found = set().union(*(part.free_symbols for part in parts))
        return tuple(sorted(symbol.name for symbol in found))

    @property
    def kind(self) -> str:
        """The side of the bound, and whether constants are hidden: upper, or upper, order."""
        hidden = ", order" if self.constants is Constants.ORDER else ""
        return f"{self.side.value}{hidden}"

    @property
    def latex(self) -> str:
        """The statement: measure <= sum of terms."""
        relation = {Side.UPPER: r"\le", Side.LOWER: r"\ge", Side.EXACT: "="}[self.side]
        return rf"{relation} {' + '.join(latex(term.expression) for term in self.terms)}"

    def evaluate(self, **values: object) -> Evaluation:
        """Terms and conditions at numbers or broadcastable arrays, conditions not enforced.

        Raises:
            ValueError: a parameter is missing, unknown, or outside its range.
        """
        names = self.parameters
        checked = check_values(values, names, asker=self.key)
        arrays = [checked[name] for name in names]
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # what is beyond floats shows as inf, nan
            outputs = compiled(self)(*arrays)
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        full = [np.broadcast_to(np.asarray(output, dtype=np.float64), shape) for output in outputs]
        count = len(self.terms)
        sides = full[count:]
        return Evaluation(
            terms={term.name: array for term, array in zip(self.terms, full, strict=False)},
            conditions=tuple(
                Condition(relation, left, right)
                for relation, left, right in zip(
                    self.conditions, sides[::2], sides[1::2], strict=True
                )
            ),
        )

    def value(self, **values: object) -> np.ndarray:
        """The bound at numbers or broadcastable arrays that meet its conditions.

        Raises:
            ConditionError: a condition fails somewhere; the message prints its two sides.
            ValueError: a parameter is missing, unknown, or outside its range.
        """
        evaluation = self.evaluate(**values)
        for condition in evaluation.conditions:
            if not condition.holds.all():
                raise ConditionError(f"{self.key}: condition {condition}")
        return evaluation.value

    def elasticity(self, name: str, **values: object) -> np.ndarray:
        """The local exponent d log bound / d log name; 0 in what the bound does not use."""
        checked = check_values(values, self.parameters, asker=self.key)
        symbol = GLOSSARY[name].symbol
        slope = sp.diff(self.expression, symbol) * symbol / self.expression
        function = lambdified(tuple(self.parameters), (slope,))
        return np.asarray(function(*(checked[item] for item in self.parameters))[0])

    def exponents(self, name: str) -> dict[str, sp.Expr | None]:
        """For each term, its asymptotic exponent in one quantity, as that quantity grows.

        -oo where it falls faster than every power; None where none is known.
        """
        symbol = GLOSSARY[name].symbol
        return {term.name: exponent(term.expression, symbol) for term in self.terms}

    def at(self, key: str, title: str, *, step_size: sp.Expr) -> Bound:
        """The corollary for one choice of step size, put into every term and condition."""
        eta = GLOSSARY["step_size"].symbol
        return replace(
            self,
            key=key,
            title=title,
            step_size=step_size,
            terms=tuple(
                Term(t.name, substituted(t.expression, {eta: step_size})) for t in self.terms
            ),
            conditions=tuple(substituted(item, {eta: step_size}) for item in self.conditions),
        )


def compiled(bound: Bound) -> Callable[..., list[np.ndarray]]:
    """Terms, then left and right of each condition, as a function of checked parameters."""
    sides = [side for relation in bound.conditions for side in (relation.lts, relation.gts)]
    terms = [term.expression for term in bound.terms]
    return lambdified(bound.parameters, tuple(terms + sides))


@lru_cache(maxsize=1024)
def lambdified(
    names: tuple[str, ...], expressions: tuple[sp.Expr, ...]
) -> Callable[..., list[np.ndarray]]:
    """Expressions as one numpy function of named glossary symbols."""
    found = {symbol.name: symbol for item in expressions for symbol in item.free_symbols}
    arguments = [found.get(name, sp.Symbol(name)) for name in names]
    function: Callable[..., list[np.ndarray]] = sp.lambdify(
        arguments, list(expressions), modules="numpy", cse=True
    )
    return function
