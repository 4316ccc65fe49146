"""Reductions: a theorem at special values is another theorem, or is at most it.

A reduction is a claim about two encoded statements, so it fails if either has a wrong constant or
power. testing/relation_laws.py checks whether it holds; reduction_table.py lists the reductions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

import sympy as sp

from theory.bound import Bound, Term
from theory.notation import GLOSSARY
from theory.notation.substitution import substituted


class Relation(Enum):
    """The relation of the first theorem of a reduction to the second; its value is the words."""

    EQUAL = "is"
    AT_MOST = "is at most"


@dataclass(frozen=True)
class Reduction:
    """The claim that a theorem at special values equals another, or is at most it.

    Attributes:
        first: the key of the theorem that is equal or less.
        second: the key of the other theorem.
        because: what the special values mean, or why the first is less.
        at: pairs of a quantity and its value in both theorems; the value may be an expression in
            symbols of the glossary.
        first_at: further values in the first theorem alone.
        second_at: further values in the second theorem alone.
        relation: whether the two are equal or the first is at most the second.
    """

    first: str
    second: str
    because: str
    at: tuple[tuple[str, sp.Expr], ...] = ()
    first_at: tuple[tuple[str, sp.Expr], ...] = ()
    second_at: tuple[tuple[str, sp.Expr], ...] = ()
    relation: Relation = Relation.EQUAL

    def __str__(self) -> str:
        """Returns such as local_sgd.nonconvex is minibatch_sgd.nonconvex at local_steps=1.

        Values that only one of the two has are not part of the text.
        """
        values = ", ".join(f"{name}={value}" for name, value in self.at)
        return (
            f"{self.first} {self.relation.value} {self.second}{f' at {values}' if values else ''}"
        )


def at(**values: object) -> tuple[tuple[str, sp.Expr], ...]:
    """Returns special values, given by name as numbers or as expressions, in the form of `at`."""
    return tuple((name, sp.sympify(value)) for name, value in values.items())


def specialised(bound: Bound, at: Mapping[str, sp.Expr]) -> Bound:
    """Returns a theorem with values substituted; conditions that become true are left out.

    Args:
        bound: the theorem.
        at: values by name, numbers or expressions.

    Raises:
        ValueError: a value makes a condition false.
    """
    values = {GLOSSARY[name].symbol: value for name, value in at.items()}
    conditions = [substituted(item, values) for item in bound.conditions]
    if sp.false in conditions:
        raise ValueError(f"{bound.key} does not hold at {dict(at)}")
    return replace(
        bound,
        terms=tuple(Term(term.name, substituted(term.expression, values)) for term in bound.terms),
        conditions=tuple(item for item in conditions if item != sp.true),
    )
