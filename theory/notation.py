"""The one glossary: python name, symbol, unit, range and meaning of every quantity.

Every bound, algorithm and command speaks in these names; nothing else defines a symbol.
Units are powers of two dimensions: f, the unit of the objective, and x, that of the parameters.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import sympy as sp


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
    def allowed(self) -> str:
        """The admissible range in words, as error messages print it."""
        kind = "a whole number" if self.integer else "a number"
        left, right = "(" if self.open_low else "[", ")" if self.open_high else "]"
        if math.isinf(self.high):
            return f"{kind} {'>' if self.open_low else '>='} {self.low:g}"
        return f"{kind} in {left}{self.low:g}, {self.high:g}{right}"

    def check(self, value: object) -> np.ndarray:
        """Returns the value as a float array.

        Raises:
            ValueError: not numeric, not finite, not whole or out of range; the message names the
                value and what is allowed.
        """
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"{self.name}={value} must be {self.allowed}") from None
        below = array <= self.low if self.open_low else array < self.low
        above = array >= self.high if self.open_high else array > self.high
        fraction = (array != np.floor(array)) if self.integer else np.zeros_like(array, dtype=bool)
        bad = below | above | fraction | ~np.isfinite(array)
        if bad.any():
            raise ValueError(f"{self.name}={array[bad].flat[0]:g} must be {self.allowed}")
        return array


def _row(
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


_NONE = unit()
_ROWS = (
    _row("num_workers", "M", _NONE, "workers", 1, integer=True, aliases="m n N P size world_size"),
    _row(
        "local_steps",
        "K",
        _NONE,
        "gradient steps per worker per round",
        1,
        integer=True,
        aliases="tau H E I cp sync_every",
    ),
    _row("num_rounds", "R", _NONE, "communication rounds", 1, integer=True, aliases="T/tau"),
    _row(
        "num_steps",
        "T",
        _NONE,
        "steps per worker, K R",
        1,
        integer=True,
        aliases="K (Wang's papers)",
    ),
    _row(
        "comm_delay",
        "d_c",
        _NONE,
        "local steps from posting a message to absorbing its mean",
        0,
        integer=True,
        aliases="staleness fragment_sync_delay",
    ),
    _row("batch_size", "b", _NONE, "samples per local gradient", 1, integer=True, aliases="B"),
    _row("step_size", r"\eta", unit(-1, 2), "local step size", ends="()", aliases="gamma lr alpha"),
    _row(
        "pullback",
        r"\alpha",
        _NONE,
        "weight of the anchor in the pull-back",
        0,
        1,
        ends="()",
        aliases="rho alpha",
    ),
    _row(
        "anchor_momentum",
        r"\beta",
        _NONE,
        "momentum of the anchor",
        0,
        1,
        ends="[)",
        aliases="gmf beta",
    ),
    _row(
        "slow_step_size",
        r"\alpha",
        _NONE,
        "step size of SlowMo's outer step, over the local one",
        ends="()",
        aliases="slow_lr",
    ),
    _row("slow_momentum", r"\beta", _NONE, "momentum of SlowMo's outer step", 0, 1, aliases="beta"),
    _row(
        "outer_step_size",
        r"\lambda",
        _NONE,
        "step size of the outer step on z - mean x",
        ends="()",
        aliases="outer_lr server_lr l beta",
    ),
    _row("outer_momentum", r"\beta", _NONE, "momentum of the outer step", 0, 1, aliases="beta"),
    _row(
        "smoothness", "L", unit(1, -2), "Lipschitz constant of every worker's gradient", ends="()"
    ),
    _row(
        "gradient_noise",
        r"\sigma",
        unit(1, -1),
        "square root of the bound on E|g - grad f_m|^2, total over coordinates",
        aliases="V",
    ),
    _row(
        "heterogeneity",
        r"\zeta",
        unit(1, -1),
        "square root of the bound on mean_m |grad f_m - grad f|^2, at every x",
        aliases="kappa G delta",
    ),
    _row(
        "heterogeneity_at_optimum",
        r"\zeta_*",
        unit(1, -1),
        "square root of the bound on mean_m |grad f_m(x*)|^2",
        aliases="sigma_dif zeta",
    ),
    _row(
        "strong_convexity",
        r"\mu",
        unit(1, -2),
        "least curvature of every worker's function",
        ends="()",
        aliases="lambda",
    ),
    _row("initial_gap", r"\Delta", unit(1), "f(x_0) - inf f", aliases="F0"),
    _row("dimension", "d", _NONE, "coordinates of the parameters", 1, integer=True, aliases="n"),
    _row(
        "level_spacing",
        "h",
        unit(1, -1),
        "distance between a quantiser's levels, |g|_p / s: root of the mean square over workers "
        "and rounds, these weighted as the bound weights them",
        aliases="sqrt(V)",
    ),
    _row("initial_distance", "B", unit(0, 1), "|x_0 - x*|", ends="()", aliases="D R"),
)

GLOSSARY: Mapping[str, Notation] = MappingProxyType({row.name: row for row in _ROWS})
"""Every notation by its python name."""


def symbols(*names: str) -> tuple[sp.Symbol, ...]:
    """The sympy symbols of the named quantities, in order.

    Raises:
        KeyError: a name that the glossary does not hold.
    """
    return tuple(GLOSSARY[name].symbol for name in names)


def latex(expression: sp.Basic) -> str:
    """The LaTeX of an expression over glossary symbols, as papers write it."""
    names = {row.symbol: row.latex for row in _ROWS}
    return str(sp.latex(expression, symbol_names=names))


def check_values(
    values: Mapping[str, object], wanted: Iterable[str], *, asker: str
) -> dict[str, np.ndarray]:
    """Validates values for the wanted names against the glossary.

    Args:
        values: numbers or arrays by python name.
        wanted: the names that the asker uses.
        asker: who asks, for messages.

    Raises:
        ValueError: a wanted name is missing, a name is not used here, or a value is out of range.
    """
    wanted = tuple(wanted)
    for name in values:
        if name not in wanted:
            known = "is not used by" if name in GLOSSARY else "is unknown to"
            raise ValueError(f"{name} {known} {asker}; it takes {', '.join(wanted)}")
    missing = [name for name in wanted if name not in values]
    if missing:
        raise ValueError(f"{asker} needs {', '.join(missing)}; give {missing[0]}=VALUE")
    return {name: GLOSSARY[name].check(values[name]) for name in wanted}
