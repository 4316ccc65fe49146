"""A vector of two coordinates, of which the small one alone passes for heavy.

v = (1, 3), k = 1, and errors of 9/10 of what is allowed: |v|^2 = 10 is estimated as 11/2, 1 as
1 + 9/2 = 11/2, which reaches it, and 9 as 9 - 9/2 = 9/2, which does not. So nothing is left to
chance: 1 is kept, and 9 of 10 are left out.
"""

from fractions import Fraction

from theory.counterexamples.counterexample import Refutation

_KEPT, _TOLERANCE, _SQUARES = 1, Fraction(9, 10), (Fraction(1), Fraction(9))


def _attained() -> float:
    """E|C(v) - v|^2/|v|^2: the heavy ones are kept, and what is missing drawn from the others."""
    norm = sum(_SQUARES)
    threshold = norm * (1 - _TOLERANCE / 2) / _KEPT
    error = _TOLERANCE * norm / (2 * _KEPT)
    estimates = (_SQUARES[0] + error, _SQUARES[1] - error)
    light = [
        square for square, estimate in zip(_SQUARES, estimates, strict=True) if estimate < threshold
    ]
    heavy = len(_SQUARES) - len(light)
    drawn = _KEPT - heavy
    assert drawn >= 0
    return float(sum(light) * (1 - Fraction(drawn, len(light))) / norm)


REFUTATION = Refutation(
    title="(1, 3) with k = 1 and estimates off by 9/10 of what is allowed",
    values={"kept": _KEPT, "dimension": len(_SQUARES), "estimate_tolerance": float(_TOLERANCE)},
    attained=_attained,
)
"""Both sides of the amended bound are 9/10."""
