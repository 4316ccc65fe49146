"""Frames: vectors as rows over a basis that is known only through its inner products.

The full frame gives every gradient of every worker its own basis vector. The symmetric frame uses
that the workers are exchangeable: a vector of worker m is its mean over the workers plus a
deviation, the two are orthogonal on average, and one representative stands for all, however many
they are.

Source: colla2024exploiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag

from empirical.readings.linear.linear_form import NotExchangeable
from empirical.readings.performance_estimation.iterate_coefficients import Trace
from empirical.readings.performance_estimation.semidefinite import packed_size, triangle

_SYMMETRIC = 1e-9
"""Relative difference of coefficients above which workers are not exchangeable."""


@dataclass(frozen=True, eq=False)
class Frame:
    """The representatives' functions where they were evaluated, in rows over n basis vectors.

    Basis vectors lie in blocks, orthogonal to each other. With an optimum, x* = 0 is the last
    evaluation and x_0 the first basis vector; without one, x_0 = 0.

    Attributes:
        sizes: number of basis vectors of each block; they add up to n.
        deviations: whether a block holds deviations, whose mean over the workers is 0.
        points: (functions, evaluations, n).
        gradients: (functions, evaluations, n).
        common: which evaluations all workers make at one point, (evaluations,).
        optimum: whether the last evaluation is the optimum.
    """

    sizes: tuple[int, ...]
    deviations: tuple[bool, ...]
    points: np.ndarray
    gradients: np.ndarray
    common: np.ndarray
    optimum: bool

    @property
    def packed_size(self) -> int:
        """Length of the rows that inner gives."""
        return packed_size(self.sizes)

    def mean(self, vectors: np.ndarray) -> np.ndarray:
        """Over all workers, of one vector a representative: (functions, *, n) -> (*, n)."""
        return np.asarray(vectors.mean(0) * ~self._deviates)

    def inner(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Inner products as linear forms of the packed Gram matrices, (*, n) -> (*, packed)."""
        ends = np.cumsum(self.sizes)[:-1]
        halves = zip(np.split(left, ends, -1), np.split(right, ends, -1), strict=True)
        outer = [u[..., :, None] * v[..., None, :] for u, v in halves]
        return np.concatenate([triangle((o + o.swapaxes(-1, -2)) / 2) for o in outer], axis=-1)

    def spread(self, vectors: np.ndarray) -> np.ndarray:
        """mean_m |v_m - mean v|^2 as a linear form, (functions, n) -> (packed,)."""
        apart = vectors - self.mean(vectors)
        return np.asarray(self.inner(apart, apart).mean(0))

    def squared_mean(self, vectors: np.ndarray) -> np.ndarray:
        """|mean_m v_m|^2 as a linear form, of a row for each worker: (M, n) -> (packed,).

        Unlike a representative's, the deviations of such rows need not cancel.
        """
        mean = self.mean(vectors)
        left = simplex(len(vectors)).T @ vectors / len(vectors) * self._deviates
        return np.asarray(self.inner(mean, mean) + self.inner(left, left).sum(0))

    @property
    def _deviates(self) -> np.ndarray:
        return np.repeat(self.deviations, self.sizes)

    def workers(self, factors: Sequence[np.ndarray], num_workers: int) -> np.ndarray:
        """The basis in the eyes of each worker, (M, n, d), given factors (size, rank) of blocks.

        Deviations of the M workers lie along the vertices of a regular simplex.
        """
        pairs = list(zip(factors, self.deviations, strict=True))
        bases = []
        for vertex in simplex(num_workers):
            blocks = [np.kron(one, vertex[None]) if apart else one for one, apart in pairs]
            bases.append(block_diag(*blocks))
        return np.stack(bases)


def simplex(count: int) -> np.ndarray:
    """Unit vertices of a regular simplex around the origin, (count, count - 1)."""
    centred = np.eye(count) - 1 / count
    corners = np.linalg.svd(centred)[0][:, : count - 1]
    return np.asarray(corners * np.sqrt(count / max(count - 1, 1)))


def full_frame(
    trace: Trace, *, smoothness: float, optimum: bool, merged: bool, agreed: bool
) -> Frame:
    """Every worker for itself.

    Args:
        trace: of M workers.
        smoothness: L; the unit of gradients is L times that of points.
        optimum: whether there is an x*.
        merged: whether all workers have the same gradient wherever they meet.
        agreed: whether they have at the optimum.
    """
    coefficients = smoothness * trace.coefficients()
    num_workers = trace.num_workers
    meets = _meets(coefficients)
    own, one = np.eye(num_workers), np.ones((num_workers, 1))
    blocks = [one if merged and meet else own for meet in meets]
    if optimum:  # the last gradient is minus the sum of the others
        last = np.vstack([own[:-1, :-1], -np.ones((1, num_workers - 1))])
        blocks.append(last[:, :0] if agreed else last)
    gradients = _rows(blocks, optimum)
    points = np.einsum("mekw,wkn->men", coefficients, gradients[:, : len(meets)])
    return _frame((gradients.shape[-1],), (False,), points, gradients, meets, optimum)


def symmetric_frame(
    traces: Sequence[Trace], *, smoothness: float, optimum: bool, merged: bool, agreed: bool
) -> Frame:
    """One representative for any number of workers; see full_frame for the arguments.

    Args:
        traces: of several numbers of workers, which must have the same coefficients once they
            are written for the worker's own gradient and for the mean gradient.

    Raises:
        NotExchangeable: they have not, so that what is true for M workers is not for others.
    """
    mean, deviation = _exchangeable(traces)
    mean, deviation = smoothness * mean, smoothness * deviation
    meets = _meets(traces[0].coefficients())
    one, none = np.ones((1, 1)), np.ones((1, 0))
    apart = [none if merged and meet else one for meet in meets]
    star = ([none], [none if agreed else one]) if optimum else ([], [])
    blocks = _rows([one] * len(meets) + star[0], optimum), _rows(apart + star[1], False)
    tables = (mean, deviation)
    points = [table @ rows[:, : len(meets)] for table, rows in zip(tables, blocks, strict=True)]
    sizes = tuple(rows.shape[-1] for rows in blocks)
    both = np.concatenate(points, -1), np.concatenate(blocks, -1)
    return _frame(sizes, (False, True), *both, meets, optimum)


def _frame(
    sizes: tuple[int, ...],
    deviations: tuple[bool, ...],
    points: np.ndarray,
    gradients: np.ndarray,
    meets: np.ndarray,
    optimum: bool,
) -> Frame:
    """With x_0 in every point, and the optimum at the origin."""
    if optimum:
        points[..., 0] += 1
        points = np.concatenate([points, np.zeros_like(points[:, :1])], axis=1)
        meets = np.append(meets, True)
    return Frame(sizes, deviations, points, gradients, meets, optimum)


def _rows(blocks: Sequence[np.ndarray], start: bool) -> np.ndarray:
    """The gradient of each function at each evaluation, (functions, evaluations, basis).

    Each evaluation brings its own basis vectors, in which the functions have the given rows
    (functions, width); the first of all is x_0 if there is a start.
    """
    offset = int(start)
    n = offset + sum(block.shape[1] for block in blocks)
    rows = np.zeros((len(blocks[0]), len(blocks), n))
    for index, block in enumerate(blocks):
        rows[:, index, offset : offset + block.shape[1]] = block
        offset += block.shape[1]
    return rows


def _meets(coefficients: np.ndarray) -> np.ndarray:
    """Which evaluations all workers make at one point, (evaluations,)."""
    apart = np.abs(coefficients - coefficients[:1]).max((0, 2, 3))
    return np.asarray(apart <= 1e-12 * np.abs(coefficients).max((0, 2, 3)))


def _exchangeable(traces: Sequence[Trace]) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of the mean gradients and of the worker's own deviation, for every M alike."""
    first = None
    for trace in traces:
        table, num_workers = trace.coefficients(), trace.num_workers
        own, other = table[0, ..., 0], table[0, ..., 1]
        mean, deviation = own + (num_workers - 1) * other, own - other
        first = first or (mean, deviation)
        mask = np.eye(num_workers)[:, None, None, :]
        expected = other[None, ..., None] + deviation[None, ..., None] * mask
        _agree(expected, table, f"the {num_workers} workers do not all do the same")
        reason = f"{num_workers} workers do otherwise than {traces[0].num_workers}"
        _agree(first[0], mean, reason)
        _agree(first[1], deviation, reason)
    assert first is not None
    return first


def _agree(left: np.ndarray, right: np.ndarray, reason: str) -> None:
    size = max(np.abs(left).max(), np.abs(right).max())
    if left.shape != right.shape or np.abs(left - right).max() > _SYMMETRIC * size:
        raise NotExchangeable(f"no worst case for every M: {reason}; give num_workers")
