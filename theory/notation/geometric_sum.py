"""The sum of a geometric series as one symbol, exact and stable where its closed form is neither.

(1 - a^N) / (1 - a) is 0/0 at a = 1 and loses all its digits near it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp


class GeometricSum(sp.Function):  # type: ignore[misc]  # sympy ships no types
    """1 + a + ... + a^(N-1), for a ratio a in [0, 1] and a whole number N >= 0."""

    nargs = 2

    @classmethod
    def eval(cls, ratio: sp.Expr, count: sp.Expr) -> sp.Expr | None:
        """The value of the sum at numbers."""
        if count.is_Integer and ratio.is_Rational:
            return count if ratio == 1 else _exact(ratio, int(count))
        return None

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Returns the derivative, away from a = 1."""
        ratio, count = self.args
        a, n = sp.Dummy("a"), sp.Dummy("N")
        slope = sp.diff((1 - a**n) / (1 - a), (a, n)[argindex - 1])
        return slope.subs({a: ratio, n: count})

    def _eval_is_nonnegative(self) -> bool | None:
        ratio, _ = self.args
        return True if ratio.is_nonnegative else None

    def _latex(self, printer: Any, **_: Any) -> str:
        ratio, count = map(printer._print, self.args)
        return rf"\sum_{{n < {count}}} \left({ratio}\right)^{{n}}"

    @staticmethod
    def _imp_(ratio: np.ndarray, count: np.ndarray) -> np.ndarray:
        """Computes the sum numerically; lambdify calls it."""
        ratio, count = np.broadcast_arrays(np.asarray(ratio, float), np.asarray(count, float))
        inside = (ratio > 0) & (ratio < 1)
        safe = np.where(inside, ratio, 0.5)
        total = np.expm1(count * np.log(safe)) / (safe - 1)
        return np.where(inside, total, np.where(ratio == 0, np.minimum(count, 1), count))


def _exact(ratio: sp.Rational, count: int) -> sp.Rational:
    """The sum for a ratio p/q != 1, (q^N - p^N)/(q - p) over q^(N-1)."""
    p, q = int(ratio.p), int(ratio.q)
    if count == 0:
        return sp.Integer(0)
    return sp.Rational((q**count - p**count) // (q - p), q ** (count - 1))
