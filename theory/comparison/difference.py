"""Two theorems side by side: their assumptions, terms and measures, and which bound is less."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from theory.assumptions import Assumption, closure
from theory.bound import Bound, Constants, Term
from theory.comparison.conversions import implied, vanishing
from theory.comparison.random_points import admissible
from theory.notation import GLOSSARY
from theory.notation.powers import growth, shown
from theory.notation.substitution import substituted
from theory.proving.certificates import nonnegative
from theory.tuning.step_sizes import best_step_sizes

_POINTS = 1000
_LARGEST = 60
"""Ratios of more operations are not simplified; a certificate may have three times as many."""


@dataclass(frozen=True)
class Assumptions:
    """The assumptions of two theorems, sorted by which of the two makes them.

    Attributes:
        both: what one theorem assumes and the other assumes or implies.
        left: what only the left one assumes.
        right: what only the right one assumes.
        by_conversion: what one assumes and the other implies with another constant, and how.
    """

    both: frozenset[Assumption]
    left: frozenset[Assumption]
    right: frozenset[Assumption]
    by_conversion: Mapping[Assumption, str]


@dataclass(frozen=True)
class Aligned:
    """The terms of two theorems that grow with the same powers of all quantities.

    Attributes:
        powers: the power of each unbounded quantity; None for a term that has no powers.
        left: the names of these terms in the left theorem.
        right: the names of these terms in the right theorem.
        ratio: left over right; None if one side has no such term.
    """

    powers: Mapping[str, sp.Rational] | None
    left: tuple[str, ...]
    right: tuple[str, ...]
    ratio: sp.Expr | None


@dataclass(frozen=True)
class Numbers:
    """Two theorems compared at random points that meet the conditions of both.

    Attributes:
        points: the number of points.
        share: the share of points at which the left one is less; nan without points.
        ratios: the least, median and greatest of left over right.
        step_size: shared, best (each theorem that leaves it free has its own best) or none.
    """

    points: int
    share: float
    ratios: tuple[float, float, float]
    step_size: str


def assumptions(left: Bound, right: Bound) -> Assumptions:
    """Returns which assumptions are made by one of two theorems only, and which by both."""
    ours, theirs = left.assumptions, right.assumptions
    both = (ours & closure(theirs)) | (theirs & closure(ours))
    only_ours, only_theirs = ours - closure(theirs), theirs - closure(ours)
    how = _chains(only_ours, theirs) | _chains(only_theirs, ours)
    return Assumptions(both, only_ours, only_theirs, how)


def _chains(wanted: frozenset[Assumption], given: frozenset[Assumption]) -> dict[Assumption, str]:
    found = implied(given)
    return {item: ", ".join(map(str, found[item])) for item in wanted if item in found}


def aligned(left: Bound, right: Bound) -> list[Aligned]:
    """Returns the terms of two theorems in rows of equal powers; one without powers is alone."""
    rows = []
    ours, theirs = list(left.terms), list(right.terms)
    while ours or theirs:
        powers = growth((ours or theirs)[0].expression)
        if powers is None:
            mine, yours = (ours[:1], []) if ours else ([], theirs[:1])
        else:
            mine, yours = (
                [t for t in side if growth(t.expression) == powers] for side in (ours, theirs)
            )
        ours, theirs = (
            [t for t in side if t not in group] for side, group in ((ours, mine), (theirs, yours))
        )
        rows.append(Aligned(powers, _names(mine), _names(yours), _ratio(mine, yours)))
    return rows


def _names(terms: Sequence[Term]) -> tuple[str, ...]:
    return tuple(term.name for term in terms)


def _ratio(ours: Sequence[Term], theirs: Sequence[Term]) -> sp.Expr | None:
    if not ours or not theirs:
        return None
    top, bottom = (sp.Add(*(term.expression for term in side)) for side in (ours, theirs))
    ratio = top / bottom
    if bottom == 0 or ratio.count_ops() > _LARGEST:
        return ratio if bottom != 0 else None
    return sp.factor_terms(sp.simplify(ratio))


def certified(left: Bound, right: Bound) -> str | None:
    """Returns which bound is certified to be less wherever both hold: left, right or equal.

    The certificate is algebraic, over the ranges of the glossary and under the assumptions of
    both; conditions are not used. None means that none was found, not that there is none.
    """
    absent = {GLOSSARY[name].symbol: 0 for name in vanishing(left.assumptions | right.assumptions)}
    gap = substituted(right.expression - left.expression, absent)
    if gap.count_ops() > _LARGEST * 3 or left.measure.unit != right.measure.unit:
        return None
    less, more = nonnegative(gap), nonnegative(-gap)
    if less and more:
        return "equal"
    return "left" if less else "right" if more else None


def numbers(left: Bound, right: Bound, *, points: int = _POINTS, seed: int = 0) -> list[Numbers]:
    """Returns comparisons of two theorems at random points, with how often the left one is less.

    If the step size is free in both, one comparison has a shared step size and one the best of
    each; if it is free in one, that one has its best. The points meet the conditions of both, and
    their constants are possible for a problem that meets the assumptions of both.

    Args:
        left: one theorem.
        right: the other theorem.
        points: the greatest number of points.
        seed: the seed of the generator.

    Returns:
        The comparisons; an empty list if the measures have different units.
    """
    if left.measure.unit != right.measure.unit:
        return []
    free = [item for item in (left, right) if "step_size" in item.parameters]
    sampled = admissible((left, right), points, seed)
    found = [] if len(free) == 1 else [_numbers(left, right, sampled, "shared" if free else "none")]
    if free:
        sampled.pop("step_size")
        found.append(_numbers(left, right, sampled, "best"))
    return found


def _numbers(left: Bound, right: Bound, points: Mapping[str, np.ndarray], how: str) -> Numbers:
    with np.errstate(all="ignore"):
        ratios = _values(left, points) / _values(right, points)
    ratios = ratios[np.isfinite(ratios)]
    if not len(ratios):
        return Numbers(0, float("nan"), (float("nan"),) * 3, how)
    least, middle, greatest = np.quantile(ratios, (0, 0.5, 1))
    share = float(np.mean(ratios < 1 - _ROUNDING))
    return Numbers(len(ratios), share, (float(least), float(middle), float(greatest)), how)


_ROUNDING = 1e-12
"""Ratios within this of 1 count as equal."""


def _values(bound: Bound, points: Mapping[str, np.ndarray]) -> np.ndarray:
    """The values of a bound, at its best step size if it has a free one that is not given."""
    mine = {name: points[name] for name in bound.parameters if name in points}
    if len(mine) < len(bound.parameters):
        return best_step_sizes(bound, mine).value
    return bound.evaluate(**mine).value


def difference_as_json(left: Bound, right: Bound, *, seed: int = 0) -> dict[str, Any]:
    """Returns all comparisons of two theorems as plain data."""
    assumed = assumptions(left, right)
    return {
        "left": _side(left),
        "right": _side(right),
        "assumptions": {
            "both": _sorted(assumed.both),
            "left": _sorted(assumed.left),
            "right": _sorted(assumed.right),
            "by_conversion": {item.name: how for item, how in assumed.by_conversion.items()},
        },
        "aligned_terms": [
            {
                "powers": None if row.powers is None else shown(row.powers),
                "left": list(row.left),
                "right": list(row.right),
                "ratio": None if row.ratio is None else str(row.ratio),
            }
            for row in aligned(left, right)
        ],
        "certified_less": certified(left, right),
        "numbers": [_numbers_as_json(found) for found in numbers(left, right, seed=seed)],
        "caution": caution(left, right),
    }


def caution(left: Bound, right: Bound) -> list[str]:
    """Returns sentences on what makes a comparison of the two misleading; empty if nothing does."""
    said = []
    if left.measure.unit != right.measure.unit:
        said.append("the measures have different units")
    elif left.measure.quantity is not right.measure.quantity:
        said.append("the measures are different quantities")
    if left.measure.report_point is not right.measure.report_point:
        said.append("the report points differ")
    if left.side is not right.side:
        said.append(f"one is {left.side.value}, the other {right.side.value}")
    if Constants.ORDER in (left.constants, right.constants):
        said.append("constants are hidden: ratios mean nothing, powers do")
    said += [f"{item.key} is refuted" for item in (left, right) if item.refutation]
    return said


def pairs(left: Sequence[Bound], right: Sequence[Bound]) -> list[tuple[Bound, Bound]]:
    """Returns which bounds to compare: the only two, or else all pairs of one method and quantity.

    Where several bounds share no method, all pairs of one quantity are returned.

    Raises:
        ValueError: no two of them are on the same quantity.
    """
    if len(left) == len(right) == 1:
        return [(left[0], right[0])]

    def alike(*same: Callable[[Bound], object]) -> list[tuple[Bound, Bound]]:
        return [
            (ours, theirs)
            for ours in left
            for theirs in right
            if ours.key != theirs.key and all(one(ours) == one(theirs) for one in same)
        ]

    found = alike(_quantity, _algorithm) or alike(_quantity)
    if not found:
        raise ValueError("no two of these bounds speak of one quantity")
    return found


def _quantity(bound: Bound) -> object:
    return bound.measure.quantity


def _algorithm(bound: Bound) -> object:
    return bound.algorithm


def _side(bound: Bound) -> dict[str, Any]:
    return {
        "key": bound.key,
        "statement": str(bound.measure),
        "unit": str(bound.measure.unit),
        "side": bound.side.value,
        "constants": bound.constants.value,
        "standing": bound.standing.name,
        "source": f"{bound.source.key}, {bound.source.locator}",
        "conditions": [{"condition": str(relation)} for relation in bound.conditions],
    }


def _numbers_as_json(found: Numbers) -> dict[str, Any]:
    least, middle, greatest = found.ratios
    return {
        "points": found.points,
        "share_left_less": found.share,
        "ratios": {"least": least, "median": middle, "greatest": greatest},
        "step_sizes": found.step_size,
    }


def _sorted(items: frozenset[Assumption]) -> list[str]:
    return sorted(item.name for item in items)
