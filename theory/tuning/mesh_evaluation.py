"""A bound at millions of points, in blocks that stay in the cache.

Over a mesh, a term that is a product of a part without the last axis and a part in that axis alone
costs one multiplication for each point: all such terms together are a product of two thin matrices.
Over flat columns, a term that is a product of powers costs one exponential, of a weighted sum of
logarithms that all terms share. Any other term is evaluated as it stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from theory.bound import Bound
from theory.notation import GLOSSARY, check_values
from theory.notation.numeric import lambdified

_BLOCK = 2**16
"""The number of points in a block of a mesh: half a megabyte, for the second level of cache."""

_SLACK = 16 * np.finfo(np.float64).eps
"""The relative amount by which a condition may fail, for rounding."""

_COLUMN_BLOCK = 2**14
"""The number of points in a block of flat columns, several of which are in use at a time."""

Block = tuple[slice, np.ndarray]
"""A slice of the flat points, and the bound there in a buffer that the next block overwrites."""


def values(bound: Bound, given: Mapping[str, object]) -> np.ndarray:
    """Returns a bound over flat columns of one length; nan where its conditions fail.

    Args:
        bound: the bound to evaluate.
        given: a number or a column for every parameter.

    Raises:
        ValueError: a parameter is missing, unknown or out of range, or columns differ in length.
    """
    columns = _named(bound, given)
    lengths = {column.size for column in columns.values() if column.size > 1}
    if len(lengths) > 1 or any(column.ndim > 1 for column in columns.values()):
        raise ValueError(f"{bound.key}: columns must be flat and of one length, not {lengths}")
    found = np.empty(max(lengths, default=1))
    for place, part in _flat_blocks(bound, columns, found.size):
        found[place] = part
    return found


def mesh(bound: Bound, given: Mapping[str, object]) -> np.ndarray:
    """Returns a bound over every combination of values, as an array.

    The array has an axis for each parameter with several values, in the order given.

    Args:
        bound: the bound to evaluate.
        given: a number or a flat array for every parameter.

    Raises:
        ValueError: a parameter is missing, unknown or out of range.

    Example:
        >>> from theory import lookup, mesh
        >>> bound = lookup("minibatch_sgd.nonconvex.tuned")
        >>> values = {"num_workers": 16, "local_steps": 8, "smoothness": 1, "initial_gap": 1}
        >>> axes = {"gradient_noise": [0.1, 1, 10], "num_rounds": range(1, 1001)}
        >>> mesh(bound, {**values, **axes}).shape
        (3, 1000)
    """
    checked = {name: np.ravel(np.asarray(value, dtype=float)) for name, value in given.items()}
    shape = tuple(axis.size for axis in checked.values() if axis.size > 1)
    found = np.empty(math.prod(shape))
    for place, part in mesh_blocks(bound, given):
        found[place] = part
    return found.reshape(shape)


def mesh_blocks(bound: Bound, given: Mapping[str, object]) -> Iterator[Block]:
    """Yields a mesh block by block, for meshes that do not fit into memory.

    Args:
        bound: the bound to evaluate.
        given: a number or a flat array for every parameter; the last axis varies fastest.

    Yields:
        A slice of the flat mesh with the values there, nan where conditions fail. The buffer of the
        values is used again for the next block, so copy or reduce what is to be kept.

    Raises:
        ValueError: a parameter is missing, unknown or out of range.
    """
    ordered = {name: np.ravel(column) for name, column in _named(bound, given).items()}
    axes = {name: axis for name, axis in ordered.items() if axis.size > 1}
    if len(axes) < 2:  # with a single axis there is nothing to separate
        yield from _flat_blocks(bound, ordered, math.prod(axis.size for axis in axes.values()))
        return
    fixed = {name: float(axis[0]) for name, axis in ordered.items() if axis.size == 1}
    for name, axis in axes.items():
        _check(name, axis)
    *slow, fast = axes
    plan = _separated(bound, fast)
    columns = _rows(lambdified((*fixed, fast), plan.fast)(*fixed.values(), axes[fast]), axes[fast])
    slow_parts = lambdified((*fixed, *slow), plan.slow)
    add_rest = _Rest(bound, plan.rest, (*fixed, *axes))
    shape = tuple(axes[name].size for name in slow)
    width, count = axes[fast].size, math.prod(shape)
    height = min(count, max(1, _BLOCK // width))
    buffer = np.empty((height, width))
    for start in range(0, count, height):
        stop = min(start + height, count)
        places = np.unravel_index(np.arange(start, stop), shape)
        rows = [axes[name][place] for name, place in zip(slow, places, strict=True)]
        here = buffer[: stop - start]
        np.matmul(_rows(slow_parts(*fixed.values(), *rows), rows[0]).T, columns, out=here)
        add_rest((*fixed.values(), *(row[:, None] for row in rows), axes[fast]), here)
        yield slice(start * width, stop * width), here.reshape(-1)


def _named(bound: Bound, given: Mapping[str, object]) -> dict[str, np.ndarray]:
    """Returns the given values as arrays, with names and first values checked.

    Whole columns are checked later, block by block, so that each is read while it is in the cache.
    """
    try:
        arrays = {name: np.asarray(value, dtype=float) for name, value in given.items()}
    except (TypeError, ValueError):
        arrays = check_values(given, bound.parameters, asker=bound.key)
    firsts = {name: array.flat[0] for name, array in arrays.items()}
    check_values(firsts, bound.parameters, asker=bound.key)
    return arrays


def _check(name: str, column: np.ndarray) -> None:
    """Raises ValueError for values out of range, or not whole where they must be."""
    row = GLOSSARY[name]
    row.check([column.min(), column.max()])
    if row.integer and not (column == np.floor(column)).all():
        row.check(column)


def _rows(found: Sequence[Any], like: np.ndarray) -> np.ndarray:
    """Returns parts as the rows of a table, (parts, points)."""
    rows = [np.broadcast_to(np.asarray(row, dtype=float), like.shape) for row in found]
    return np.array(rows).reshape(len(rows), len(like))


class _Rest:
    """The terms without a cheaper form and the conditions of a bound, compiled once."""

    def __init__(self, bound: Bound, terms: tuple[sp.Expr, ...], names: tuple[str, ...]):
        """Compiles terms and conditions as functions of values in the order of names."""
        sides = [side for item in bound.conditions for side in (item.lts, item.gts)]
        self.terms = lambdified(names, terms)
        self.sides = lambdified(names, tuple(sides))

    def __call__(self, numbers: Sequence[Any], into: np.ndarray) -> None:
        """Adds the terms to an array, and sets it to nan where a condition fails."""
        with np.errstate(all="ignore"):
            for part in self.terms(*numbers):
                into += part
            sides = self.sides(*numbers)
            for left, right in zip(sides[::2], sides[1::2], strict=True):
                slack = _SLACK * np.maximum(np.abs(left), np.abs(right))
                into[np.broadcast_to(left > right + slack, into.shape)] = np.nan


@dataclass(frozen=True)
class _Separated:
    """The terms of a bound as products of a part without the last axis and a part in it alone.

    Attributes:
        slow: the parts without the last axis.
        fast: the parts in the last axis alone, in the same order.
        rest: the terms that are not such a product.
    """

    slow: tuple[sp.Expr, ...]
    fast: tuple[sp.Expr, ...]
    rest: tuple[sp.Expr, ...]


def _separated(bound: Bound, fast: str) -> _Separated:
    symbol = GLOSSARY[fast].symbol
    slow, columns, rest = [], [], []
    for term in bound.terms:
        free, moving = term.expression.as_independent(symbol, as_Add=False)
        if moving.free_symbols <= {symbol}:
            slow.append(free)
            columns.append(moving)
        else:
            rest.append(term.expression)
    return _Separated(tuple(slow), tuple(columns), tuple(rest))


def _flat_blocks(bound: Bound, columns: Mapping[str, np.ndarray], size: int) -> Iterator[Block]:
    moving = [name for name, column in columns.items() if column.size > 1]
    fixed = {name: float(np.ravel(c)[0]) for name, c in columns.items() if name not in moving}
    powers, rest = _powers(bound, moving)
    # A coefficient 0 has logarithm -inf, so that its term is exp(-inf) = 0.
    with np.errstate(divide="ignore"):
        found = lambdified(tuple(fixed), tuple(c for c, _ in powers))(*fixed.values())
        offsets = np.log(np.asarray(found, dtype=float))
    used = [name for name in moving if any(name in row for _, row in powers)]
    add_rest = _Rest(bound, rest, (*fixed, *moving))
    buffers = np.empty((3, min(size, _COLUMN_BLOCK)))
    for start in range(0, size, _COLUMN_BLOCK):
        place = slice(start, min(start + _COLUMN_BLOCK, size))
        block = {name: columns[name][place] for name in moving}
        for name, column in block.items():
            _check(name, column)
        here, part, scaled = buffers[:, : place.stop - start]
        here[...] = 0
        with np.errstate(divide="ignore"):
            logs = {name: np.log(block[name]) for name in used}
        for offset, (_, row) in zip(offsets, powers, strict=True):
            part[...] = offset
            for name, power in row.items():
                part += np.multiply(logs[name], power, out=scaled)
            here += np.exp(part, out=part)
        add_rest((*fixed.values(), *block.values()), here)
        yield place, here


def _powers(
    bound: Bound, moving: list[str]
) -> tuple[list[tuple[sp.Expr, dict[str, float]]], tuple[sp.Expr, ...]]:
    """Returns the terms that are products of powers of varying parameters, and the other terms.

    A term of the first kind is given as its coefficient and the power of each parameter by name.
    """
    symbols = [GLOSSARY[name].symbol for name in moving]
    found, rest = [], []
    for term in bound.terms:
        coefficient, product = term.expression.as_independent(*symbols, as_Add=False)
        powers = {} if product == 1 else product.as_powers_dict()
        if all(base in symbols and power.is_Rational for base, power in powers.items()):
            found.append((coefficient, {b.name: float(p) for b, p in powers.items()}))
        else:
            rest.append(term.expression)
    return found, tuple(rest)
