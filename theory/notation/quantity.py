"""What the glossary says of one quantity: symbol, unit, range, meaning.

Units are powers of two dimensions: f, the unit of the objective, and x, that of the parameters.
"""

import math
import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import sympy as sp

from theory.notation.ranges import Range


class Unit(NamedTuple):
    """A unit: the powers of f (unit of the objective) and of x (unit of the parameters)."""

    objective: sp.Rational
    parameter: sp.Rational

    def __str__(self) -> str:
        """Such as f^2/x^2; 1 when dimensionless."""
        powers = [("f", self.objective), ("x", self.parameter)]
        above = [_factor(name, power) for name, power in powers if power > 0]
        below = [_factor(name, -power) for name, power in powers if power < 0]
        return "*".join(above or ["1"]) + "".join(f"/{factor}" for factor in below)

    @property
    def latex(self) -> str:
        """Such as f^{2}/x^{2}, for labels of axes."""
        return re.sub(r"\^\(?([^*/)]+)\)?", r"^{\1}", str(self)).replace("*", r"\,")


def _factor(name: str, power: sp.Rational) -> str:
    if power == 1:
        return name
    return f"{name}^{power}" if power.is_integer else f"{name}^({power})"


def unit(objective: int = 0, parameter: int = 0) -> Unit:
    """The unit f^objective x^parameter."""
    return Unit(sp.Rational(objective), sp.Rational(parameter))


@dataclass(frozen=True)
class Notation:
    """One row of the glossary.

    Attributes:
        name: the python name, also the name of the sympy symbol.
        latex: how papers write it.
        unit: its power of f and of x.
        meaning: what it is, in one line.
        low: least admissible value.
        high: greatest admissible value.
        open_low: whether low itself is excluded.
        open_high: whether high itself is excluded.
        integer: whether only whole numbers are admissible.
        aliases: other names met in papers and code.
    """

    name: str
    latex: str
    unit: Unit
    meaning: str
    low: float = 0.0
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    integer: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def symbol(self) -> sp.Symbol:
        """The sympy symbol, with the sign that its range implies."""
        sign = {"positive": True} if self.low > 0 or self.open_low else {"nonnegative": True}
        return sp.Symbol(
            self.name, real=True, **sign, **({"integer": True} if self.integer else {})
        )

    @property
    def range(self) -> Range:
        """The range of admissible values, as one object."""
        return Range(self.low, self.high, self.open_low, self.open_high, self.integer)

    @property
    def allowed(self) -> str:
        """The admissible range in words, as error messages print it."""
        return self.range.allowed

    def check(self, value: object) -> np.ndarray:
        """Returns the value as a float array.

        Raises:
            ValueError: not numeric, not finite, not whole or out of range; the message names the
                value and what is allowed.
        """
        return self.range.check(self.name, value)


def entry(
    name: str,
    latex: str,
    unit: Unit,
    meaning: str,
    low: float = 0.0,
    high: float = math.inf,
    *,
    ends: str = "[)",
    integer: bool = False,
    aliases: str = "",
) -> Notation:
    """One row; ends says which end of the range is admissible, as intervals are written."""
    return Notation(
        name=name,
        latex=latex,
        unit=unit,
        meaning=meaning,
        low=low,
        high=high,
        open_low=ends[0] == "(",
        open_high=ends[1] == ")",
        integer=integer,
        aliases=tuple(aliases.split()),
    )
