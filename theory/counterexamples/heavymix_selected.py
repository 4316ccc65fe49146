"""A flat vector, of which every coordinate passes for heavy.

v = (1, ..., 1) in R^10, k = 1, and errors of 9/10 of what is allowed: |v|^2 = 10 is estimated as
10 (1 - 9/20) = 11/2, and each v_i^2 = 1 as 1 + 10 (9/20) = 11/2.
"""

from fractions import Fraction

from theory.counterexamples.counterexample import Refutation

_KEPT, _TOLERANCE, _SQUARES = 1, Fraction(9, 10), (Fraction(1),) * 10


def _attained() -> float:
    """Coordinates whose estimate reaches that of |v|^2 over k."""
    norm = sum(_SQUARES)
    threshold = norm * (1 - _TOLERANCE / 2) / _KEPT
    estimates = [square + _TOLERANCE * norm / (2 * _KEPT) for square in _SQUARES]
    return float(sum(estimate >= threshold for estimate in estimates))


REFUTATION = Refutation(
    title="(1, ..., 1) in R^10 with k = 1 and estimates off by 9/10 of what is allowed",
    values={"kept": _KEPT, "estimate_tolerance": float(_TOLERANCE)},
    attained=_attained,
)
"""Both sides of the amended bound are 10."""
