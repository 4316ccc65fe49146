"""The sum of a geometric series as one sympy function, which is accurate for ratios near 1.

The closed form (1 - a^N) / (1 - a) is 0/0 at a = 1 and loses all its digits near it.
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
        """Returns the exact value for a rational ratio and a whole count, else None."""
        if count.is_Integer and ratio.is_Rational:
            return count if ratio == 1 else _exact(ratio, int(count))
        return None

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Returns the derivative in the ratio (1) or in the count (2), valid for a != 1."""
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
        """Computes the sum at arrays of numbers; sympy's lambdify looks for this name."""
        ratio, count = np.broadcast_arrays(np.asarray(ratio, float), np.asarray(count, float))
        inside = (ratio > 0) & (ratio < 1)
        safe = np.where(inside, ratio, 0.5)
        # a^N - 1 by expm1, since for a near 1 the difference of two numbers near 1 has no digits.
        total = np.expm1(count * np.log(safe)) / (safe - 1)
        return np.where(inside, total, np.where(ratio == 0, np.minimum(count, 1), count))


def _exact(ratio: sp.Rational, count: int) -> sp.Rational:
    """Returns the sum for a ratio p/q != 1, which is (q^N - p^N)/(q - p) over q^(N-1)."""
    p, q = int(ratio.p), int(ratio.q)
    if count == 0:
        return sp.Integer(0)
    # The floor division leaves no remainder, since q - p divides q^N - p^N.
    return sp.Rational((q**count - p**count) // (q - p), q ** (count - 1))
