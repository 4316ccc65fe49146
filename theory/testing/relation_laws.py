"""Laws of relations between theorems: reductions hold, and corollaries follow from theorems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

import numpy as np

from theory.bound import Bound, Constants
from theory.comparison.random_points import admissible
from theory.comparison.reductions import Reduction, Relation, specialised
from theory.notation.numeric import lambdified
from theory.proving.certificates import nonnegative, vanishes
from theory.testing.requirement import require

_POINTS = 200
"""The number of random points at which a claim is checked if no certificate is found."""

_LARGEST = 200
"""The number of operations in a difference beyond which no certificate is tried: it takes long."""

_ROUNDING = 1e-10
"""The relative rounding error that is allowed in a value of a bound."""


class ReductionEvidence(Enum):
    """The kind of evidence by which a reduction was found to hold."""

    SYMBOLIC = "certified for all values"
    NUMERIC = "held at random values"


def a_reduction_holds(reduction: Reduction, first: Bound, second: Bound) -> ReductionEvidence:
    """Checks that a first theorem equals, or is at most, a second one at the special values.

    Args:
        reduction: the claim.
        first: the bound whose key is reduction.first.
        second: the bound whose key is reduction.second.

    Returns:
        Whether the claim was certified or checked at random points.

    Raises:
        AssertionError: it fails somewhere, or no values meet the conditions of both.
        ValueError: the special values contradict a condition of one theorem.
    """
    ours = specialised(first, dict(reduction.at + reduction.first_at))
    theirs = specialised(second, dict(reduction.at + reduction.second_at))
    require(ours.measure.unit == theirs.measure.unit, f"{reduction}: the measures differ")
    gap = theirs.expression - ours.expression
    decide = vanishes if reduction.relation is Relation.EQUAL else nonnegative
    if gap == 0 or (gap.count_ops() <= _LARGEST and decide(gap)):
        return ReductionEvidence.SYMBOLIC
    points = admissible((ours, theirs), _POINTS, seed=0)
    values = [
        one.evaluate(**{n: points[n] for n in one.parameters}).value for one in (ours, theirs)
    ]
    slack = _ROUNDING * np.abs(values[1])
    require(len(slack), f"{reduction}: no values meet the conditions of both")
    worse = values[0] > values[1] + slack
    if reduction.relation is Relation.EQUAL:
        worse |= values[0] < values[1] - slack
    where = {name: float(column[worse][0]) for name, column in points.items() if worse.any()}
    require(not worse.any(), f"{reduction} fails at {where}")
    return ReductionEvidence.NUMERIC


def theorem_of(corollary: Bound, bounds: Mapping[str, Bound]) -> Bound | None:
    """Returns the theorem of which a bound is the corollary for one step size.

    The theorem is found by its key, which is that of the corollary without the suffix
    _linear_speedup or without its last part. None if there is no such theorem with a free step
    size, or if the constants of the bound are hidden.

    Args:
        corollary: the bound.
        bounds: all bounds, by key.
    """
    if corollary.step_size is None or corollary.constants is Constants.ORDER:
        return None
    names = (corollary.key.removesuffix("_linear_speedup"), corollary.key.rpartition(".")[0])
    found = [bounds[name] for name in names if name in bounds and name != corollary.key]
    return found[0] if found and "step_size" in found[0].parameters else None


def a_corollary_follows(theorem: Bound, corollary: Bound) -> None:
    """Checks that a corollary follows from its theorem.

    Its step size must meet the conditions of the theorem, and its bound must be at least that of
    the theorem at this step size, wherever the conditions of the corollary hold.

    Raises:
        AssertionError: one of the two fails at a random point.
    """
    if corollary.step_size is None:
        raise AssertionError(f"{corollary.key} leaves the step size free")
    unlimited = replace(theorem, conditions=())
    points = admissible((corollary, unlimited), _POINTS, seed=0)
    require(len(points["step_size"]), f"no values meet the conditions of {corollary.key}")
    names = tuple(sorted(symbol.name for symbol in corollary.step_size.free_symbols))
    with np.errstate(divide="ignore"):  # a term that is absent does not limit the step size
        [step] = lambdified(names, (corollary.step_size,))(*(points[name] for name in names))
    points["step_size"] = np.broadcast_to(step, points["step_size"].shape)
    ours = theorem.evaluate(**{name: points[name] for name in theorem.parameters})
    theirs = corollary.evaluate(**{name: points[name] for name in corollary.parameters})
    require(ours.holds.all(), f"{corollary.key}: its step size is not admissible in {theorem.key}")
    good = ours.value <= theirs.value * (1 + _ROUNDING)
    require(good.all(), f"{corollary.key} promises more than {theorem.key}")
