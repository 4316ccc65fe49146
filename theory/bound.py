"""A convergence theorem as a value: its terms, conditions, assumptions, source and standing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

import numpy as np
import sympy as sp
from sympy.core.relational import Relational

from theory.assumptions import Assumption
from theory.measures import Measure
from theory.notation import GLOSSARY, check_values, latex
from theory.notation.exponents import exponent
from theory.notation.numeric import lambdified
from theory.notation.plain_formula import legend, plain
from theory.notation.substitution import substituted

_ROUNDING = 16 * np.finfo(np.float64).eps
"""Relative slack of a condition: a step size that lies exactly on its limit is admissible."""


class Side(Enum):
    """Whether a bound limits its measure from above, from below, or gives it exactly."""

    UPPER = "upper"
    LOWER = "lower"
    EXACT = "exact"


class Constants(Enum):
    """Whether the numerical factors of a bound are stated, or hidden in an order O(...)."""

    EXPLICIT = "explicit"
    ORDER = "order"


class Provenance(Enum):
    """How the statement of a theorem is known; the value says it in words."""

    READ = "read in the source"
    RESTATED = "read in another work that restates it"
    RECALLED = "recalled, not read"
    DERIVED = "derived here"


class Standing(Enum):
    """What this project has established about the statement of a theorem."""

    PROVED = "its derivation replays step by step"
    TRANSCRIBED = "encoded as it was found, not proved here"
    REFUTED = "a stored counterexample re-runs"


@dataclass(frozen=True)
class Source:
    """The place in the literature from which a statement is taken.

    Attributes:
        key: the entry of references.bib.
        locator: the theorem, equation or section there.
        provenance: how the statement is known.
        note: every change of notation or constant against the source.
    """

    key: str
    locator: str
    provenance: Provenance
    note: str = ""


@dataclass(frozen=True)
class Term:
    """A named summand of a bound, an expression over symbols of the glossary."""

    name: str
    expression: sp.Expr


class ConditionError(ValueError):
    """Raised where the numbers given violate a condition of the theorem."""


@dataclass(frozen=True)
class Condition:
    """A condition of a theorem at given numbers: left <= right, elementwise on arrays."""

    relation: Relational
    left: np.ndarray
    right: np.ndarray

    @property
    def holds(self) -> np.ndarray:
        """A boolean array, True where the condition holds up to rounding."""
        slack = _ROUNDING * np.maximum(np.abs(self.left), np.abs(self.right))
        return np.asarray(self.left <= self.right + slack)

    def __str__(self) -> str:
        """Returns the condition, with both sides where it fails by most if it fails anywhere."""
        formula = plain(self.relation)
        if self.holds.all():
            return formula
        left, right = np.broadcast_arrays(self.left, self.right)
        worst = np.argmax(left - right)
        sides = f"{left.flat[worst]:g} > {right.flat[worst]:g}"
        return f"{formula} fails: {sides} ({legend(self.relation.free_symbols)})"


@dataclass(frozen=True)
class Evaluation:
    """The value of a bound at given numbers; all arrays have one broadcast shape.

    Attributes:
        terms: the value of each term, by its name.
        conditions: each condition with the values of its two sides.
    """

    terms: Mapping[str, np.ndarray]
    conditions: tuple[Condition, ...]

    @property
    def value(self) -> np.ndarray:
        """The value of the bound, which is the sum of its terms."""
        return np.asarray(sum(self.terms.values()))

    @property
    def holds(self) -> np.ndarray:
        """A boolean array, True where every condition holds."""
        everywhere = np.ones(self.value.shape, dtype=bool)
        each = [everywhere, *(item.holds for item in self.conditions)]
        return np.asarray(np.logical_and.reduce(each))

    @property
    def leading_term(self) -> np.ndarray:
        """The name of the largest term, elementwise."""
        names = np.array(list(self.terms))
        return np.asarray(names[np.argmax(np.stack(list(self.terms.values())), axis=0)])


@dataclass(frozen=True)
class Bound:
    """A convergence theorem as one frozen value: terms, conditions, assumptions, measure, source.

    Attributes:
        key: its name, <algorithm>.<setting>, with a variant as third part.
        title: what the theorem says, in one line.
        algorithm: file name of the algorithm whose convergence it describes.
        terms: the summands of the bound.
        conditions: relations left <= right that the numbers must satisfy.
        assumptions: what is assumed of the problem, the gradients and the schedule.
        measure: the quantity that is bounded, and the iterate at which.
        source: where it comes from and how it is known.
        standing: what this project has established about it.
        side: UPPER, LOWER or EXACT.
        constants: EXPLICIT bounds are judged by level; ORDER bounds by exponent only.
        fixes: fields of the algorithm that the theorem holds at one value, as (name, value).
        step_size: the step size that a corollary substitutes; None where it is free.
        proof: file name of the derivation in theory.proofs; None where there is none.
        refutation: file name of the counterexample in theory.counterexamples, where it is REFUTED.
        amended: key of the bound that replaces it, where it is REFUTED.
        increasing: names of quantities in which the bound does not decrease.
        decreasing: names of quantities in which the bound does not increase.

    Example:
        >>> from theory import lookup
        >>> bound = lookup("minibatch_sgd.nonconvex")
        >>> bound.terms[0].expression, bound.conditions[0]
        (2*initial_gap/(num_rounds*step_size), smoothness*step_size <= 1)
        >>> run = {"num_workers": 4, "local_steps": 10, "num_rounds": 100, "step_size": 0.05}
        >>> bound.value(**run, smoothness=2, gradient_noise=1, initial_gap=1).item()
        0.4025
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
        """The whole bound as one expression, the sum of its terms."""
        return sp.Add(*(term.expression for term in self.terms))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of the quantities that terms and conditions use, sorted."""
        parts = [term.expression for term in self.terms] + list(self.conditions)
        found = set().union(*(part.free_symbols for part in parts))
        return tuple(sorted(symbol.name for symbol in found))

    @property
    def kind(self) -> str:
        """The side of the bound, then whether factors are hidden: "upper" or "upper, order"."""
        hidden = ", order" if self.constants is Constants.ORDER else ""
        return f"{self.side.value}{hidden}"

    @property
    def latex(self) -> str:
        """The LaTeX of the relation sign and of the sum of the terms, without the measure."""
        relation = {Side.UPPER: r"\le", Side.LOWER: r"\ge", Side.EXACT: "="}[self.side]
        return rf"{relation} {' + '.join(latex(term.expression) for term in self.terms)}"

    def evaluate(self, **values: object) -> Evaluation:
        """Returns terms and conditions at numbers or broadcastable arrays; conditions may fail.

        Raises:
            ValueError: a parameter is missing, unknown, or outside its range.
        """
        names = self.parameters
        checked = check_values(values, names, asker=self.key)
        arrays = [checked[name] for name in names]
        with np.errstate(over="ignore", invalid="ignore"):  # overflow shows in the result: inf, nan
            outputs = compiled(self)(*arrays)
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        full = [np.broadcast_to(np.asarray(output, dtype=np.float64), shape) for output in outputs]
        count = len(self.terms)  # compiled() puts the terms first, then the sides of conditions
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
        """Returns the bound at numbers or broadcastable arrays, which must meet its conditions.

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
        """Returns d log bound / d log name at given numbers; 0 in a quantity it does not use."""
        checked = check_values(values, self.parameters, asker=self.key)
        symbol = GLOSSARY[name].symbol
        slope = sp.diff(self.expression, symbol) * symbol / self.expression
        function = lambdified(tuple(self.parameters), (slope,))
        return np.asarray(function(*(checked[item] for item in self.parameters))[0])

    def exponents(self, name: str) -> dict[str, sp.Expr | None]:
        """Returns each term's asymptotic exponent in a quantity, -oo and None as in exponent()."""
        symbol = GLOSSARY[name].symbol
        return {term.name: exponent(term.expression, symbol) for term in self.terms}

    def at(self, key: str, title: str, *, step_size: sp.Expr) -> Bound:
        """Returns the corollary for one step size, substituted in every term and condition."""
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
    """Returns a function of the parameters: the terms, then both sides of each condition."""
    # lts is the side that must be the smaller one, whether the relation is written <= or >=.
    sides = [side for relation in bound.conditions for side in (relation.lts, relation.gts)]
    terms = [term.expression for term in bound.terms]
    return lambdified(bound.parameters, tuple(terms + sides))
