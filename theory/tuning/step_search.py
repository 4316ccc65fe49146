"""Certified search for the best step size, where a bound is no sum of powers of it.

Intervals of log eta are halved; one is given up when its enclosure (tuning/intervals.py)
shows that it holds nothing better than what is found, or nothing admissible. What remains open at
the end says how much better the true optimum may be. Neither the bound nor its conditions need be
monotone or convex, and the admissible set need not be an interval. All points are searched at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import sympy as sp

from theory.bound import Bound, compiled, lambdified
from theory.notation import GLOSSARY
from theory.tuning.intervals import Pair, enclose

_ETA = GLOSSARY["step_size"].symbol
_FIRST = 32
"""Intervals at the start, of some ten decades each."""

_NARROWEST = 1e-14
"""Width in log eta below which an interval is not halved."""

_CELLS, _EACH = 4096, 64
"""Most open intervals in all, and for each point; beyond them the certificate stays coarse."""

_SLACK = 16 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class Found:
    """The best step sizes of a search, one a point.

    Attributes:
        step_size: nan where none is admissible.
        value: of the bound there; infinite where none is admissible.
        floor: no admissible step size of the range gives less.
    """

    step_size: np.ndarray
    value: np.ndarray
    floor: np.ndarray


class StepSearch:
    """One bound at many points, and what is known of its best step sizes."""

    def __init__(self, bound: Bound, points: Mapping[str, np.ndarray], *, largest: bool = False):
        """Searches for the least bound, or with largest for the largest admissible step size."""
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
        """Searches low <= log eta <= high until no better than value (1 - gap) can be open."""
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
        """Keeps the best admissible of these step sizes for each point."""
        columns = {name: column[index] for name, column in self.points.items()}
        value, holds = at(self.bound, columns, step)
        value = value if self.objective is self.bound.expression else 1 / step
        value = np.where(holds & np.isfinite(value), value, np.inf)
        order = np.lexsort((value, index))
        first = order[np.r_[True, np.diff(index[order]) > 0]] if len(order) else order
        better = first[value[first] < self.value[index[first]]]
        self.step[index[better]] = step[better]
        self.value[index[better]] = value[better]

    def _enclosures(
        self, index: np.ndarray, left: np.ndarray, middle: np.ndarray, right: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Lower ends of the objective on intervals, and where something may be admissible."""
        objective, slope, *sides = self.forms
        ends: dict[sp.Symbol, Pair] = {
            symbol: (column[index],) * 2 for symbol, column in self.constants.items()
        }
        centre = enclose(objective, {**ends, _ETA: (np.exp(middle),) * 2})[0]
        ends[_ETA] = (np.exp(left), np.exp(right))
        least = enclose(objective, ends)[0]
        with np.errstate(all="ignore"):
            steepest = np.maximum(*map(np.abs, enclose(slope, ends)))
            centred = centre - (right - left) / 2 * steepest
        least = np.maximum(least, np.where(np.isnan(centred), -np.inf, centred))
        possible = np.ones(len(index), dtype=bool)
        for small_side, large_side in zip(sides[::2], sides[1::2], strict=True):
            small, large = enclose(small_side, ends)[0], enclose(large_side, ends)[1]
            possible &= ~(small > large + _SLACK * np.maximum(np.abs(small), np.abs(large)))
        return np.broadcast_to(least, index.shape), possible


class _Hoisted:
    """Expressions with every part that is free of the step size put into one symbol."""

    def __init__(self, points: Mapping[str, np.ndarray]):
        self.points = points
        self.parts: dict[sp.Expr, sp.Symbol] = {}

    def form(self, node: sp.Expr) -> sp.Expr:
        """The expression in the step size and such symbols."""
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
        """The values of the symbols at every point."""
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
    """The bound at checked numbers and step sizes, and whether its conditions hold there."""
    arrays = [step if name == "step_size" else columns[name] for name in bound.parameters]
    with np.errstate(all="ignore"):
        outputs = compiled(bound)(*arrays)
        terms, sides = outputs[: len(bound.terms)], outputs[len(bound.terms) :]
        value = np.broadcast_to(sum(terms), step.shape)
        holds = np.ones(step.shape, dtype=bool)
        for left, right in zip(sides[::2], sides[1::2], strict=True):
            holds &= left <= right + _SLACK * np.maximum(np.abs(left), np.abs(right))
    return value, holds
