"""Reductions: a theorem at special values is another theorem, or is at most it.

A reduction is a claim about two encoded statements; a wrong constant or power in either breaks it.
testing/relation_laws.py decides whether it holds.
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
    """How the first theorem stands to the second; the value says it."""

    EQUAL = "is"
    AT_MOST = "is at most"


@dataclass(frozen=True)
class Reduction:
    """A theorem at special values, held against another.

    Attributes:
        first: key of the theorem that is no worse.
        second: key of the other.
        because: what the special values mean.
        at: values of both, by name; an expression over the glossary may stand for one.
        first_at: further values of the first alone.
        second_at: further values of the second alone.
        relation: whether they are equal.
    """

    first: str
    second: str
    because: str
    at: tuple[tuple[str, sp.Expr], ...] = ()
    first_at: tuple[tuple[str, sp.Expr], ...] = ()
    second_at: tuple[tuple[str, sp.Expr], ...] = ()
    relation: Relation = Relation.EQUAL

    def __str__(self) -> str:
        """Such as: local_sgd.nonconvex is minibatch_sgd.nonconvex at local_steps=1."""
        values = ", ".join(f"{name}={value}" for name, value in self.at)
        return (
            f"{self.first} {self.relation.value} {self.second}{f' at {values}' if values else ''}"
        )


def at(**values: object) -> tuple[tuple[str, sp.Expr], ...]:
    """Special values by name, numbers or expressions over the glossary."""
    return tuple((name, sp.sympify(value)) for name, value in values.items())


def specialised(bound: Bound, at: Mapping[str, sp.Expr]) -> Bound:
    """A theorem with values put in; a condition that they decide is left out.

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
