"""Polynomials modulo the prime 2^61 - 1: a hash with exactly independent values.

A polynomial with n coefficients drawn uniformly takes independent uniform values at any n different
points below the modulus. Products are split so that every intermediate number has at most 63 bits:
plain 64-bit products would wrap around, and the values would no longer be independent.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

MODULUS = 2**61 - 1
"""The modulus, a prime that is easy to reduce by: 2^61 is 1 modulo it."""

_HALF = 31
"""Bits of the lower half of a factor; the upper half has 30."""


def polynomial(coefficients: Sequence[int], points: Tensor) -> Tensor:
    """Returns the value of a polynomial at each point, modulo 2^61 - 1, by Horner's rule.

    Args:
        coefficients: the highest power first, each in [0, 2^61 - 1).
        points: whole numbers in [0, 2^61 - 1), int64, of any shape.
    """
    value = torch.full_like(points, coefficients[0])
    for coefficient in coefficients[1:]:
        value = _reduced(_product(value, points) + coefficient)
    return value


def _product(left: Tensor, right: Tensor) -> Tensor:
    """Returns the product of numbers in [0, 2^61 - 1), modulo 2^61 - 1.

    With left = a 2^31 + b and right = c 2^31 + d it is 2 a c + (a d + b c) 2^31 + b d, and the
    middle term m 2^31 is (m >> 30) + (m mod 2^30) 2^31. The sum is below 2^63.
    """
    low, middle = (1 << _HALF) - 1, (1 << (_HALF - 1)) - 1
    a, b, c, d = left >> _HALF, left & low, right >> _HALF, right & low
    cross = a * d + b * c
    return _reduced(2 * a * c + (cross >> (_HALF - 1)) + ((cross & middle) << _HALF) + b * d)


def _reduced(number: Tensor) -> Tensor:
    """Returns a number in [0, 2^63) modulo 2^61 - 1."""
    folded = (number >> 61) + (number & MODULUS)
    return folded.where(folded < MODULUS, folded - MODULUS)
