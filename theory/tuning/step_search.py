"""Certified search for the best step size, where a bound is not a sum of powers of it.

Intervals of log eta are halved. An interval is given up once its enclosure (tuning/intervals.py)
shows that it has no better or no admissible step size. The enclosures of what is left at the end
limit how much better the true optimum may be. Neither the bound nor its conditions need be monotone
or convex, and the admissible set need not be an interval. All points are searched at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import sympy as sp

from theory.bound import Bound, compiled
from theory.notation import GLOSSARY
from theory.notation.numeric import lambdified
from theory.tuning.intervals import Pair, enclose

_ETA = GLOSSARY["step_size"].symbol
_FIRST = 32
"""The number of intervals at the start; over 200 decades of eta each has some six."""

_NARROWEST = 1e-14
"""The width in log eta below which an interval is not halved."""

_CELLS, _EACH = 4096, 64
"""The search ends once more intervals are open than the larger of 4096 and 64 for each point.

The certificate is coarse then.
"""

_SLACK = 16 * np.finfo(np.float64).eps
"""The relative amount by which a condition may fail, for rounding."""


@dataclass(frozen=True)
class Found:
    """The best step sizes of a search, one for each point.

    Attributes:
        step_size: the best step size that was found; nan where none is admissible.
        value: the bound there; infinite where none is admissible.
        floor: a lower bound of the value at every admissible step size of the range.
    """

    step_size: np.ndarray
    value: np.ndarray
    floor: np.ndarray


class StepSearch:
    """The search for the best step sizes of one bound at many points, with its state."""

    def __init__(self, bound: Bound, points: Mapping[str, np.ndarray], *, largest: bool = False):
        """Prepares a search for the least bound or, if `largest`, for the largest step size.

        Args:
            bound: a bound with a free step size.
            points: columns of checked values of its other parameters.
            largest: whether the largest admissible step size is wanted, not the best one.
        """
        self.bound = bound
        self.points = points
        self.objective = 1 / _ETA if largest else bound.expression
        self.slope = _ETA * sp.diff(self.objective, _ETA)
        self.count = len(next(iter(points.values())))
        sides = [side for item in bound.conditions for side in (item.lts, item.gts)]
        hoisted = _Hoisted(points)
        self.forms = [hoisted.form(item) for item in (self.objective, self.slope, *sides)]
        self.constants = hoisted.numbers()
        self.step = np.full(self.count, np.nan)
        self.value = np.full(self.count, np.inf)
        self.floor = np.full(self.count, np.inf)

    def run(self, low: np.ndarray, high: np.ndarray, gap: float) -> Found:
        """Searches low <= log eta <= high until no interval can hold less than value (1 - gap).

        Args:
            low: the lower ends, (points,).
            high: the upper ends, (points,).
            gap: the relative error at which the search stops.
        """
        every = np.arange(self.count)
        for end in (high, low):
            self.offer(every, np.exp(end))
        shares = np.linspace(0, 1, _FIRST + 1)
        grid = low[:, None] + (high - low)[:, None] * shares
        index = np.repeat(every, _FIRST)
        left, right = grid[:, :-1].ravel(), grid[:, 1:].ravel()
        while len(index):
            middle = (left + right) / 2
            self.offer(index, np.exp(middle))
            least, possible = self._enclosures(index, left, middle, right)
            index, left, right, middle, least = (
                item[possible] for item in (index, left, right, middle, least)
            )
            better = least < self.value[index] * (1 - gap)
            open_ = better & (right - left > _NARROWEST)
            if open_.sum() > max(_CELLS, _EACH * self.count):
                open_[:] = False
            np.minimum.at(self.floor, index[~open_], least[~open_])
            index, left, right, middle = (item[open_] for item in (index, left, right, middle))
            left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
            index = np.concatenate([index, index])
        return Found(self.step, self.value, np.minimum(self.floor, self.value))

    def offer(self, index: np.ndarray, step: np.ndarray) -> None:
        """Keeps for each point the best admissible one of its known and these step sizes.

        Args:
            index: the index of the point of each step size.
            step: the step sizes.
        """
        columns = {name: column[index] for name, column in self.points.items()}
        value, holds = at(self.bound, columns, step)
        value = value if self.objective is self.bound.expression else 1 / step
        value = np.where(holds & np.isfinite(value), value, np.inf)
        # Sorted by point, then by value: the first of each point is its best.
        order = np.lexsort((value, index))
        first = order[np.r_[True, np.diff(index[order]) > 0]] if len(order) else order
        better = first[value[first] < self.value[index[first]]]
        self.step[index[better]] = step[better]
        self.value[index[better]] = value[better]

    def _enclosures(
        self, index: np.ndarray, left: np.ndarray, middle: np.ndarray, right: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns lower ends of the objective on intervals, and where one may be admissible."""
        objective, slope, *sides = self.forms
        ends: dict[sp.Symbol, Pair] = {
            symbol: (column[index],) * 2 for symbol, column in self.constants.items()
        }
        centre = enclose(objective, {**ends, _ETA: (np.exp(middle),) * 2})[0]
        ends[_ETA] = (np.exp(left), np.exp(right))
        least = enclose(objective, ends)[0]
        with np.errstate(all="ignore"):
            # The mean value form is tighter on short intervals: its error falls with the square.
            steepest = np.maximum(*map(np.abs, enclose(slope, ends)))
            centred = centre - (right - left) / 2 * steepest
        least = np.maximum(least, np.where(np.isnan(centred), -np.inf, centred))
        possible = np.ones(len(index), dtype=bool)
        for small_side, large_side in zip(sides[::2], sides[1::2], strict=True):
            small, large = enclose(small_side, ends)[0], enclose(large_side, ends)[1]
            possible &= ~(small > large + _SLACK * np.maximum(np.abs(small), np.abs(large)))
        return np.broadcast_to(least, index.shape), possible


class _Hoisted:
    """Expressions in which every part without the step size is replaced by a symbol.

    Enclosures then evaluate such a part once for each point, not once for each interval.
    """

    def __init__(self, points: Mapping[str, np.ndarray]):
        self.points = points
        self.parts: dict[sp.Expr, sp.Symbol] = {}

    def form(self, node: sp.Expr) -> sp.Expr:
        """Returns an expression in the step size and symbols for the parts without it."""
        if node == _ETA or node.is_number:
            return node
        if not node.has(_ETA):
            return self.parts.setdefault(node, sp.Dummy(real=True))
        parts = list(node.args)
        if isinstance(node, sp.Add | sp.Mul):
            free, moving = node.as_independent(_ETA, as_Add=isinstance(node, sp.Add))
            parts = [free, *type(node).make_args(moving)]
            parts = [part for part in parts if part != node.identity]
        return node.func(*map(self.form, parts), evaluate=False)

    def numbers(self) -> dict[sp.Symbol, np.ndarray]:
        """Returns the values of these symbols at every point."""
        count = len(next(iter(self.points.values())))
        with np.errstate(all="ignore"):
            found = lambdified(tuple(self.points), tuple(self.parts))(*self.points.values())
        return {
            symbol: np.broadcast_to(np.asarray(value, dtype=float), (count,))
            for symbol, value in zip(self.parts.values(), found, strict=True)
        }


def at(
    bound: Bound, columns: Mapping[str, np.ndarray], step: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns a bound at checked values and step sizes, and whether its conditions hold there.

    Args:
        bound: the bound to evaluate.
        columns: columns of checked values of its other parameters.
        step: the step sizes.
    """
    arrays = [step if name == "step_size" else columns[name] for name in bound.parameters]
    with np.errstate(all="ignore"):
        outputs = compiled(bound)(*arrays)
        terms, sides = outputs[: len(bound.terms)], outputs[len(bound.terms) :]
        value = np.broadcast_to(sum(terms), step.shape)
        holds = np.ones(step.shape, dtype=bool)
        for left, right in zip(sides[::2], sides[1::2], strict=True):
            holds &= left <= right + _SLACK * np.maximum(np.abs(left), np.abs(right))
    return value, holds
