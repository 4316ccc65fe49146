"""A row of the glossary, which describes one quantity: its symbol, unit, range and meaning.

Units are powers of two dimensions: f, the unit of the objective, and x, that of the parameters. A
gradient has unit f/x, a smoothness constant f/x^2, a step size x^2/f.
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
        """Returns the unit as text such as f^2/x^2; 1 where it is dimensionless."""
        powers = [("f", self.objective), ("x", self.parameter)]
        above = [_factor(name, power) for name, power in powers if power > 0]
        below = [_factor(name, -power) for name, power in powers if power < 0]
        return "*".join(above or ["1"]) + "".join(f"/{factor}" for factor in below)

    @property
    def latex(self) -> str:
        """The unit in LaTeX, such as f^{2}/x^{2}, for the labels of axes."""
        return re.sub(r"\^\(?([^*/)]+)\)?", r"^{\1}", str(self)).replace("*", r"\,")


def _factor(name: str, power: sp.Rational) -> str:
    if power == 1:
        return name
    return f"{name}^{power}" if power.is_integer else f"{name}^({power})"


def unit(objective: int = 0, parameter: int = 0) -> Unit:
    """Returns the unit f^objective x^parameter; dimensionless without arguments."""
    return Unit(sp.Rational(objective), sp.Rational(parameter))


@dataclass(frozen=True)
class Notation:
    """One row of the glossary: the notation of a single quantity.

    Attributes:
        name: the python name, also the name of the sympy symbol.
        latex: the letter in LaTeX, as papers write it.
        unit: its powers of f and of x.
        meaning: what the quantity is, in one line.
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
        """The sympy symbol, real, with the sign and integrality that the range implies."""
        # With the sign sympy can simplify roots: sqrt(x^2) is x for x >= 0 only.
        sign = {"positive": True} if self.low > 0 or self.open_low else {"nonnegative": True}
        return sp.Symbol(
            self.name, real=True, **sign, **({"integer": True} if self.integer else {})
        )

    @property
    def range(self) -> Range:
        """The range of admissible values, with its ends and whether they are excluded."""
        return Range(self.low, self.high, self.open_low, self.open_high, self.integer)

    @property
    def allowed(self) -> str:
        """The admissible range in words, such as "a number > 0", as error messages print it."""
        return self.range.allowed

    def check(self, value: object) -> np.ndarray:
        """Checks a number or an array against the range and returns it as a float array.

        Raises:
            ValueError: a value is not numeric, not finite, not whole or out of range; the message
                names the value and what is allowed.
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
    """Returns a row of the glossary from arguments in the order in which a table lists them.

    Args:
        name: the python name.
        latex: the letter in LaTeX.
        unit: its powers of f and of x.
        meaning: what the quantity is, in one line.
        low: least admissible value.
        high: greatest admissible value.
        ends: the brackets of the interval: "[)" includes low and excludes high.
        integer: whether only whole numbers are admissible.
        aliases: other names, separated by blanks.
    """
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
