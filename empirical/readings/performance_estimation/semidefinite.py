"""Linear programs over positive semidefinite matrices, solved by Clarabel and doubted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from theory.discovery import extra

_LOOSE, _MIDDLE, _TIGHT = 1e-6, 1e-7, 1e-9
"""Relative tolerances of the solves that must agree."""

_AGREEMENT = 1e-4
"""Relative difference of the two values above which neither is reported."""

_SMALL = 1e-9
"""Values that are taken for zero, in units of the bounds."""

_TRACES = (1e4, 1e6)
"""Bounds on the sum of all squared lengths, in units of the start, where a solve has failed."""

_GROWTH = 3.0
"""Ratio of the maxima under these bounds above which there is none without a bound."""

_LARGE = 250
"""Number of constraints above which a supernodal factorisation is faster."""


class Unbounded(ValueError):
    """The maximum is infinite, or too large to be distinguished from infinity."""


class Unreliable(ValueError):
    """The solver's answers contradict each other; the message says how."""


@dataclass(frozen=True, eq=False)
class Program:
    """Maximise <objective, z> subject to rows @ z <= bounds.

    z packs positive semidefinite matrices, one a block, and then free scalars.

    Attributes:
        sizes: of the matrices.
        objective: (packed + scalars,).
        rows: (constraints, packed + scalars).
        bounds: (constraints,).
    """

    sizes: tuple[int, ...]
    objective: np.ndarray
    rows: np.ndarray
    bounds: np.ndarray

    @property
    def packed_size(self) -> int:
        """How much of z is matrices."""
        return packed_size(self.sizes)

    def with_constraints(self, rows: np.ndarray, bounds: np.ndarray) -> Program:
        """Returns this program with more constraints."""
        return replace(
            self,
            rows=np.concatenate([self.rows, rows]),
            bounds=np.concatenate([self.bounds, bounds]),
        )


@dataclass(frozen=True, eq=False)
class Optimum:
    """The solution of a semidefinite program, with its dual.

    Attributes:
        value: what the matrices and scalars attain.
        upper: what the multipliers prove, up to the tolerance of the solver.
        status: in Clarabel's words.
        matrices: one a block, (size, size).
        scalars: (scalars,).
    """

    value: float
    upper: float
    status: str
    matrices: tuple[np.ndarray, ...]
    scalars: np.ndarray


def maximise(program: Program) -> Optimum:
    """The maximum, if two tolerances agree on it.

    Raises:
        ImportError: Clarabel is not installed; the message says how to get it.
        Unbounded: there is no maximum, as far as a bound on the matrices that is lifted can tell.
        Unreliable: the two solves, or the two sides of one, differ by more than 1e-4.
    """
    try:
        return _agreed(program)
    except Unreliable:
        _check_bounded(program)
        raise


def _agreed(program: Program) -> Optimum:
    """Solves twice; the second time the objective is divided by the root of the first value.

    Clarabel's tolerances are absolute for values below 1, and half of the scale is left to the
    matrices. Where the first solve was too rough for a small value, a third one is the witness.
    """
    witness = _solve(program, _LOOSE, 1.0)
    scale = math.sqrt(max(abs(witness.value), _SMALL))
    fine = _solve(program, _TIGHT, scale)
    if not _close(fine.value, witness.value):
        witness = _solve(program, _MIDDLE, scale)
    if not _close(fine.value, witness.value):
        raise Unreliable(
            f"two tolerances disagree: {witness.value:.8g} at {_MIDDLE:g}, {fine.value:.8g} at "
            f"{_TIGHT:g}"
        )
    if not _close(fine.value, fine.upper):
        raise Unreliable(f"attained {fine.value:.8g}, but proved {fine.upper:.8g} only")
    return fine


def _close(left: float, right: float) -> bool:
    return abs(left - right) <= max(_AGREEMENT * abs(left), _AGREEMENT * _SMALL)


def _check_bounded(program: Program) -> None:
    """Raises Unbounded if the maximum grows with a bound on the traces.

    A maximum may be infinite without a ray along which it is, so that no solver can prove it.
    """
    traces = np.zeros((1, len(program.objective)))
    traces[0, : program.packed_size] = np.concatenate(
        [triangle(np.eye(size)) for size in program.sizes]
    )
    low, high = (
        _solve(program.with_constraints(traces, np.array([bound])), _LOOSE, 1.0).value
        for bound in _TRACES
    )
    if high > _GROWTH * low:
        raise Unbounded(
            f"no finite maximum found: it grows from {low:.3g} to {high:.3g} as vectors may be "
            f"{math.sqrt(_TRACES[1] / _TRACES[0]):g} times as long"
        )


def packed_size(sizes: Iterable[int]) -> int:
    """Length of square matrices of some sizes, packed one after the other as by triangle."""
    return sum(size * (size + 1) // 2 for size in sizes)


def triangle(matrices: np.ndarray) -> np.ndarray:
    """Symmetric matrices as Clarabel packs them: (*, n, n) -> (*, n (n + 1) / 2).

    Column by column of the upper triangle; what is off the diagonal is scaled by sqrt(2), so that
    the inner product of two packed matrices is that of the matrices.
    """
    columns, rows = np.tril_indices(matrices.shape[-1])
    return np.asarray(matrices[..., rows, columns] * np.where(rows == columns, 1, math.sqrt(2)))


def square(packed: np.ndarray) -> np.ndarray:
    """The symmetric matrix (n, n) from its packed form."""
    size = math.isqrt(2 * len(packed))
    columns, rows = np.tril_indices(size)
    full = np.zeros((size, size))
    full[rows, columns] = packed / np.where(rows == columns, 1, math.sqrt(2))
    full[columns, rows] = full[rows, columns]
    return full


def _solve(program: Program, tolerance: float, scale: float) -> Optimum:
    """Solves for the multipliers: the matrices are those of the linear matrix inequalities.

    The other form, matrices as unknowns, is as fast but ends in AlmostSolved at 1e-8.
    """
    clarabel = _clarabel()
    packed, count = program.packed_size, len(program.bounds)
    objective, transposed = program.objective / scale, program.rows.T
    matrix = np.concatenate([transposed[packed:], -np.eye(count), -transposed[:packed]])
    right = np.concatenate([objective[packed:], np.zeros(count), -objective[:packed]])
    cones = [clarabel.ZeroConeT(len(objective) - packed), clarabel.NonnegativeConeT(count)]
    cones += [clarabel.PSDTriangleConeT(size) for size in program.sizes]
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix((count, count)),
        program.bounds,
        sparse.csc_matrix(matrix),
        right,
        cones,
        _settings(clarabel, tolerance, count),
    )
    return _read(solver.solve(), program, scale)


def _settings(clarabel: Any, tolerance: float, count: int) -> Any:
    settings = clarabel.DefaultSettings()
    settings.verbose, settings.max_threads = False, 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = tolerance
    settings.direct_solve_method = "faer" if count > _LARGE else "qdldl"
    return settings


def _read(solution: Any, program: Program, scale: float) -> Optimum:
    status = str(solution.status)
    if "PrimalInfeasible" in status:
        raise Unbounded("no finite maximum: the multipliers have no solution")
    if status not in ("Solved", "AlmostSolved"):
        raise Unreliable(f"the solver ended with {status}")
    free = len(program.objective) - program.packed_size
    dual = np.asarray(solution.z)
    packed = dual[free + len(program.bounds) :]
    parts = np.split(packed, np.cumsum([n * (n + 1) // 2 for n in program.sizes])[:-1])
    return Optimum(
        value=scale * solution.obj_val_dual,
        upper=scale * solution.obj_val,
        status=status,
        matrices=tuple(square(part) for part in parts),
        scalars=-dual[:free],
    )


def _clarabel() -> Any:
    with extra("certify"):
        import clarabel
    return clarabel
