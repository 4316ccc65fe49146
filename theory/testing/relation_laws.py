"""Laws of theorems and their relatives: reductions hold, and corollaries follow from theorems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

import numpy as np

from theory.bound import Bound, Constants, lambdified
from theory.comparison.random_points import admissible
from theory.comparison.reductions import Reduction, Relation, specialised
from theory.proving.certificates import nonnegative, vanishes

_POINTS = 200
"""Random values at which a claim is tried."""

_LARGEST = 200
"""Operations in a difference up to which a certificate is looked for."""

_ROUNDING = 1e-10
"""Relative error of a value, in float64."""


class ReductionEvidence(Enum):
    """How a reduction was decided."""

    SYMBOLIC = "certified for all values"
    NUMERIC = "held at random values"


def a_reduction_holds(reduction: Reduction, first: Bound, second: Bound) -> ReductionEvidence:
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
        return ReductionEvidence.SYMBOLIC
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
    return ReductionEvidence.NUMERIC


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
