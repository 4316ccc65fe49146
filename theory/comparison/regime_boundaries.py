"""The boundaries of a regime map: the lines on which two bounds are equal, with their formulas.

A regime map shows over two quantities x and y which of several bounds is least at each point.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from theory.bound import Bound, Term
from theory.comparison.comparison import TOLERANCE
from theory.comparison.crossover import TermCrossing, own_terms, term_crossing
from theory.notation import GLOSSARY, latex
from theory.notation.numeric import lambdified

if TYPE_CHECKING:
    from theory.comparison.comparison import Comparison

_LENGTH = 0.1
"""The share of a map's side that a boundary must extend over for its formula to be shown."""

Pair = tuple[int, int]
"""Two indices: those of two bounds, or those of a cell of the map."""

Place = tuple[np.ndarray, np.ndarray]
"""The coordinates x and y of the points of a line."""

Box = tuple[tuple[float, float], tuple[float, float]]
"""The least and greatest x, then the least and greatest y."""


def without_repeats(hidden: Mapping[str, Place], lines: Mapping[str, Place]) -> dict[str, Place]:
    """Returns the hidden lines whose formula is not also that of a line that is shown.

    Args:
        hidden: hidden lines by their text, a formula and after a colon the two methods.
        lines: lines that are shown, by formula.
    """
    return {text: place for text, place in hidden.items() if text.partition(":")[0] not in lines}


def crossing_lines(
    found: Comparison, names: tuple[str, str], *, hidden: bool = False
) -> dict[str, Place]:
    """Returns the lines on which formulas place the boundaries of a map.

    On a boundary the largest terms of its two bounds are equal, apart from terms that both share.
    It has a formula if both terms are powers of x or of y, and the formula is used if it holds
    within a factor of three in the middle of the boundary.

    Args:
        found: bounds at the points of a grid in two quantities.
        names: the names of the quantities x and y.
        hidden: whether to return, in place of the boundaries of the map, those between two bounds
            where a third bound is less.

    Returns:
        The points of each line by its LaTeX formula, followed for hidden lines by a colon and the
        two methods. A point that lies more than a factor of two outside the boundary has x = nan.
    """
    lines = {}
    for first, second, at, box in _boundaries(found, names, hidden=hidden):
        terms = _leading_own(first, second, at), _leading_own(second, first, at)
        if terms[0] is None or terms[1] is None:
            continue
        met = [term_crossing(terms[0], terms[1], name) for name in names]
        # Solved for x or for y, whichever needs fewer roots and so reads better.
        simple = sorted((item for item in met if item is not None), key=_roots_in)
        for item in simple[:1]:
            axis = names.index(item.name)
            other = np.unique(found.points[names[1 - axis]])
            solved = _along(item, {**at, names[1 - axis]: other})
            here = _along(item, at)
            if 1 / 3 < float(here) / at[item.name] < 3:
                text = f"${GLOSSARY[item.name].latex} = {latex(item.value)}$"
                text += f": {first.algorithm} = {second.algorithm}" if hidden else ""
                place = (solved, other) if axis == 0 else (other, solved)
                inside = [
                    (ends[0] / 2 <= part) & (part <= 2 * ends[1])
                    for part, ends in zip(place, box, strict=True)
                ]
                lines[text] = (np.where(inside[0] & inside[1], place[0], np.nan), place[1])
    return lines


def touching(best: np.ndarray) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Returns the pairs of regions with a common border, each with the cells just before it.

    Args:
        best: for each cell of a grid the index of its region; a negative one is no region.
    """
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for step in ((1, 0), (0, 1)):
        here = best[: best.shape[0] - step[0], : best.shape[1] - step[1]]
        there = best[step[0] :, step[1] :]
        for i, j in zip(*np.nonzero((here != there) & (here >= 0) & (there >= 0)), strict=True):
            one, other = sorted((int(here[i, j]), int(there[i, j])))
            found.setdefault((one, other), []).append((int(i), int(j)))
    return found


def _roots_in(crossing: TermCrossing) -> int:
    """The number of powers with an exponent that is not whole, in the formula of a crossing."""
    powers = crossing.value.atoms(sp.Pow)
    return sum(not item.exp.is_Integer for item in powers)


def _along(crossing: TermCrossing, values: Mapping[str, Any]) -> np.ndarray:
    """The values of a crossing's formula at numbers or at columns of them."""
    known = sorted(symbol.name for symbol in crossing.value.free_symbols)
    [value] = lambdified(tuple(known), (crossing.value,))(*(values[name] for name in known))
    shape = np.broadcast_shapes(*(np.shape(item) for item in values.values()))
    return np.broadcast_to(np.asarray(value, dtype=float), shape)


def _boundaries(
    found: Comparison, names: tuple[str, str], *, hidden: bool
) -> list[tuple[Bound, Bound, dict[str, float], Box]]:
    """Pairs of bounds whose regions touch, with a point in the middle of the boundary and its box.

    The box holds the cells along the boundary.
    """
    x, y = (np.unique(found.points[name]) for name in names)
    # Points sorted by x, then by y, so that reshaping makes a grid with x as the first axis.
    order = np.lexsort((found.points[names[1]], found.points[names[0]]))
    shortest = _LENGTH * max(len(x), len(y))
    pairs = _long(touching(found.least[order].reshape(len(x), len(y))), shortest)
    if hidden:
        regions = _lesser(found, order).items()
        apart = {pair: touching(item.reshape(len(x), len(y))) for pair, item in regions}
        below = {pair: at[0, 1] for pair, at in apart.items() if pair not in pairs and at}
        pairs = _long(below, shortest)
    rows = []
    for (one, other), places in sorted(pairs.items()):
        i, j = places[len(places) // 2]
        at = {name: float(column[0]) for name, column in found.points.items()}
        at |= {names[0]: float(x[i]), names[1]: float(y[j])}
        ends = np.array(places)
        across, up = x[ends[:, 0]], y[ends[:, 1]]
        box = ((across.min(), across.max()), (up.min(), up.max()))
        rows.append((found.promises[one], found.promises[other], at, box))
    return rows


def _long(pairs: Mapping[Pair, list[Pair]], shortest: float) -> dict[Pair, list[Pair]]:
    return {pair: places for pair, places in pairs.items() if len(places) >= shortest}


def _lesser(found: Comparison, order: np.ndarray) -> dict[Pair, np.ndarray]:
    """For each pair of bounds, 0 where the first is less, 1 where the second is, -1 where equal.

    Rates often share a branch of a minimum; where both take it, neither is less.
    """
    tables = [found.values[item.key][order] for item in found.promises]
    regions = {}
    for one, other in combinations(range(len(tables)), 2):
        apart = np.abs(tables[one] - tables[other]) > TOLERANCE * np.abs(tables[one])
        regions[one, other] = np.where(apart, (tables[one] > tables[other]).astype(int), -1)
    return regions


def _leading_own(bound: Bound, other: Bound, at: Mapping[str, float]) -> Term | None:
    """The largest term of a bound at a point, apart from terms that the other bound shares.

    None if there is no such term, or if the bound has a free step size and so no value of its own.
    """
    own = own_terms(bound, other, at)
    if "step_size" in bound.parameters or not own:
        return None
    numbers = {GLOSSARY[name].symbol: sp.Float(value) for name, value in at.items()}
    return max(own, key=lambda term: float(term.expression.xreplace(numbers)))
