"""How theorems follow from one another: one at special values is another, or no worse than it.

A reduction is a claim about two encoded statements; a wrong constant or power in either breaks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
import sympy as sp

from theory.bound import Bound, Constants, Term, lambdified
from theory.comparison.random_points import admissible
from theory.notation import GLOSSARY
from theory.notation.substitution import substituted
from theory.proving.certificates import nonnegative, vanishes

_POINTS = 200
_LARGEST = 200
"""Operations in a difference up to which a certificate is looked for."""

_ROUNDING = 1e-10


class Relation(Enum):
    """How the first theorem stands to the second; the value says it."""

    EQUAL = "is"
    AT_MOST = "is at most"


class Evidence(Enum):
    """How a reduction was decided."""

    SYMBOLIC = "certified for all values"
    NUMERIC = "held at random values"


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


def a_reduction_holds(reduction: Reduction, first: Bound, second: Bound) -> Evidence:
    """The first theorem is, or is at most, the second at the special values.

    Raises:
        AssertionError: it fails somewhere, or no values meet the conditions of both.
        ValueError: the special values are outside a theorem.
    """
    ours = specialised(first, dict(reduction.at + reduction.first_at))
    theirs = specialised(second, dict(reduction.at + reduction.second_at))
    assert ours.measure.unit == theirs.measure.unit, f"{reduction}: the measures differ"
    gap = theirs.expression - ours.expression
    decide = vanishes if reduction.relation is Relation.EQUAL else nonnegative
    if gap == 0 or (gap.count_ops() <= _LARGEST and decide(gap)):
        return Evidence.SYMBOLIC
    points = admissible((ours, theirs), _POINTS, seed=0)
    values = [
        one.evaluate(**{n: points[n] for n in one.parameters}).value for one in (ours, theirs)
    ]
    slack = _ROUNDING * np.abs(values[1])
    assert len(slack), f"{reduction}: no values meet the conditions of both"
    worse = values[0] > values[1] + slack
    if reduction.relation is Relation.EQUAL:
        worse |= values[0] < values[1] - slack
    where = {name: float(column[worse][0]) for name, column in points.items() if worse.any()}
    assert not worse.any(), f"{reduction} fails at {where}"
    return Evidence.NUMERIC


def theorem_of(corollary: Bound, bounds: Mapping[str, Bound]) -> Bound | None:
    """The theorem of which a bound is the corollary for one step size, by their keys.

    None where it is no such corollary, or its constants are hidden.
    """
    if corollary.step_size is None or corollary.constants is Constants.ORDER:
        return None
    names = (corollary.key.removesuffix("_linear_speedup"), corollary.key.rpartition(".")[0])
    found = [bounds[name] for name in names if name in bounds and name != corollary.key]
    return found[0] if found and "step_size" in found[0].parameters else None


def a_corollary_follows(theorem: Bound, corollary: Bound) -> None:
    """A corollary's step size meets its theorem's conditions, and it promises no more.

    Raises:
        AssertionError: somewhere within the corollary's conditions it does not.
    """
    assert corollary.step_size is not None, f"{corollary.key} leaves the step size free"
    unlimited = replace(theorem, conditions=())
    points = admissible((corollary, unlimited), _POINTS, seed=0)
    assert len(points["step_size"]), f"no values meet the conditions of {corollary.key}"
    names = tuple(sorted(symbol.name for symbol in corollary.step_size.free_symbols))
    with np.errstate(divide="ignore"):  # a term that is absent does not limit the step size
        [step] = lambdified(names, (corollary.step_size,))(*(points[name] for name in names))
    points["step_size"] = np.broadcast_to(step, points["step_size"].shape)
    ours = theorem.evaluate(**{name: points[name] for name in theorem.parameters})
    theirs = corollary.evaluate(**{name: points[name] for name in corollary.parameters})
    assert ours.holds.all(), f"{corollary.key}: its step size is not admissible in {theorem.key}"
    good = ours.value <= theirs.value * (1 + _ROUNDING)
    assert good.all(), f"{corollary.key} promises more than {theorem.key}"
