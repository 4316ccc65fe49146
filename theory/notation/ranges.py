"""The range of admissible values of a quantity or a field: an interval, its text and its check."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Range:
    """An interval of real numbers, or of the whole numbers in it.

    Attributes:
        low: least admissible value.
        high: greatest admissible value; infinity itself is never admissible.
        open_low: whether low itself is excluded.
        open_high: whether high itself is excluded.
        integer: whether only whole numbers are admissible.
    """

    low: float = 0.0
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    integer: bool = False

    @classmethod
    def of(cls, interval: str, *, integer: bool = False) -> Range:
        """Returns the range written as an interval, such as "[0, 1)" or "(0, inf)".

        Raises:
            ValueError: the text is not of that form.
        """
        found = re.fullmatch(r"([\[(])(\S+), (\S+)([\])])", interval)
        if found is None:
            raise ValueError(f"interval={interval!r} must be such as '[0, 1)' or '(0, inf)'")
        left, low, high, right = found.groups()
        return cls(float(low), float(high), left == "(", right == ")", integer)

    @property
    def allowed(self) -> str:
        """The range in words, such as "a number in [0, 1)", as error messages print it."""
        kind = "a whole number" if self.integer else "a number"
        left, right = "(" if self.open_low else "[", ")" if self.open_high else "]"
        if math.isinf(self.high):
            return f"{kind} {'>' if self.open_low else '>='} {self.low:g}"
        return f"{kind} in {left}{self.low:g}, {self.high:g}{right}"

    def check(self, name: str, value: object) -> np.ndarray:
        """Checks a number or an array against the range and returns it as a float array.

        Args:
            name: the name of the quantity, for the message.
            value: a number or an array of numbers.

        Raises:
            ValueError: a value is not numeric, not finite, not whole or out of range; the message
                names the value and what is allowed.
        """
        try:
            if value is None or isinstance(value, str):  # NumPy would turn these into numbers
                raise TypeError
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"{name}={value} must be {self.allowed}") from None
        below = array <= self.low if self.open_low else array < self.low
        above = array >= self.high if self.open_high else array > self.high
        fraction = (array != np.floor(array)) if self.integer else np.zeros_like(array, dtype=bool)
        bad = below | above | fraction | ~np.isfinite(array)
        if bad.any():
            raise ValueError(f"{name}={array[bad].flat[0]:g} must be {self.allowed}")
        return array
