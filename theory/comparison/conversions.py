r"""How the measures of heterogeneity, noise and curvature bound one another, with exact factors.

Papers assume different constants of the same workers. Where one constant bounds another, a theorem
that needs the second can be given the first, times a factor; theory/assumptions.py holds the
implications that leave a constant unchanged. Each factor is the least that holds for every
instance. A direction that is not listed is false in general: gradients may differ where Hessians
agree, and the other way round.

Second derivatives are assumed to exist where a constant of Hessians is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from theory.assumptions import Assumption, closure
from theory.notation import GLOSSARY, symbols

DEFINES: Mapping[str, Assumption] = {
    "gradient_bound": Assumption.BOUNDED_GRADIENTS,
    "gradient_noise": Assumption.BOUNDED_VARIANCE,
    "noise_at_optimum": Assumption.VARIANCE_AT_OPTIMUM,
    "heterogeneity": Assumption.BOUNDED_HETEROGENEITY,
    "greatest_heterogeneity": Assumption.GREATEST_HETEROGENEITY,
    "heterogeneity_at_optimum": Assumption.HETEROGENEITY_AT_OPTIMUM,
    "heterogeneity_of_optima": Assumption.HETEROGENEITY_OF_OPTIMA,
    "dissimilarity": Assumption.BOUNDED_DISSIMILARITY,
    "hessian_heterogeneity": Assumption.HESSIAN_HETEROGENEITY,
    "hessian_spread": Assumption.HESSIAN_SPREAD,
    "smoothness": Assumption.WORKERS_SMOOTH,
    "mean_squared_smoothness": Assumption.MEAN_SQUARED_SMOOTH,
    "strong_convexity": Assumption.WORKERS_STRONGLY_CONVEX,
}
"""For each constant the assumption that it belongs to."""


@dataclass(frozen=True)
class Conversion:
    """An inequality: one constant is at most an expression in others.

    Attributes:
        gives: the name of the constant that is bounded.
        expression: its upper bound, in symbols of the glossary.
        because: why the inequality holds, in one sentence.
        side: assumptions needed beside those that the constants in the expression belong to.
        sets: pairs of a constant that goes with the bounded one and the value that it takes then.
        where: pairs of a constant and the value that it must have.
    """

    gives: str
    expression: sp.Expr
    because: str
    side: frozenset[Assumption] = frozenset()
    sets: tuple[tuple[str, float], ...] = ()
    where: tuple[tuple[str, float], ...] = ()

    @property
    def takes(self) -> tuple[str, ...]:
        """The names of the constants in the expression, sorted."""
        return tuple(sorted(symbol.name for symbol in self.expression.free_symbols))

    @property
    def assumes(self) -> frozenset[Assumption]:
        """All assumptions under which the inequality holds."""
        return self.side | {DEFINES[name] for name in self.takes if name in DEFINES}

    def __str__(self) -> str:
        """Returns the inequality, such as heterogeneity <= greatest_heterogeneity."""
        return f"{self.gives} <= {self.expression}"

    def at(self, values: Mapping[str, Any]) -> np.ndarray:
        """Returns the upper bound of the constant at the given values, numbers or arrays."""
        return np.asarray(_compiled(self)(*(values[name] for name in self.takes)))


_M, _L, _mu, _G, _G_hat = symbols(
    "num_workers", "smoothness", "strong_convexity", "gradient_bound", "dissimilarity"
)
_zeta, _zeta_max, _zeta_optima, _zeta_star = symbols(
    "heterogeneity",
    "greatest_heterogeneity",
    "heterogeneity_of_optima",
    "heterogeneity_at_optimum",
)
_delta, _tau, _sigma, _L_bar = symbols(
    "hessian_heterogeneity", "hessian_spread", "gradient_noise", "mean_squared_smoothness"
)
_ONE = ("dissimilarity_factor", 1.0)
_NOTHING = sp.Integer(0)


def _under(*assumptions: Assumption) -> frozenset[Assumption]:
    return frozenset(assumptions)


CONVERSIONS = (
    Conversion("heterogeneity", _zeta_max, "a mean of squares is at most the greatest"),
    Conversion(
        "greatest_heterogeneity",
        sp.sqrt(_M - 1) * _zeta,
        "the deviations add up to zero, so that one of them is minus the sum of M - 1 others",
    ),
    Conversion(
        "dissimilarity",
        _zeta,
        "mean |grad f_m|^2 = |grad F|^2 + mean |grad f_m - grad F|^2",
        sets=(_ONE,),
    ),
    Conversion(
        "heterogeneity",
        _G_hat,
        "mean |grad f_m|^2 = |grad F|^2 + mean |grad f_m - grad F|^2",
        where=(_ONE,),
    ),
    Conversion("dissimilarity", _G, "|grad f_m|^2 is at most the mean of |g_m|^2", sets=(_ONE,)),
    Conversion(
        "greatest_heterogeneity",
        2 * (1 - 1 / _M) * _G,
        "grad f_m - grad F has weight 1 - 1/M on f_m and as much on all others together",
    ),
    Conversion("heterogeneity", _G, "|grad f_m|^2 is at most the mean of |g_m|^2"),
    Conversion("gradient_noise", _G, "a variance is at most the mean square"),
    Conversion("noise_at_optimum", _sigma, "x* is one of the points x"),
    Conversion("heterogeneity_at_optimum", _zeta, "grad F(x*) = 0, and x* is one of the points x"),
    Conversion(
        "heterogeneity_at_optimum", _G_hat, "grad F(x*) = 0, whatever the factor of |grad F|^2"
    ),
    Conversion(
        "heterogeneity_at_optimum",
        _zeta_optima,
        "|grad f_m(x*)| = |grad f_m(x*) - grad f_m(x*_m)| <= L |x* - x*_m|",
        side=_under(Assumption.WORKERS_SMOOTH),
    ),
    Conversion(
        "heterogeneity_of_optima",
        _L / _mu * _zeta_star,
        "mu |x* - x*_m| <= |grad f_m(x*)|",
    ),
    Conversion("hessian_heterogeneity", _tau, "a mean of differences is at most the greatest"),
    Conversion("hessian_heterogeneity", (1 - 1 / _M) * _tau, "one of the M differences is none"),
    Conversion("hessian_spread", 2 * _delta, "the way from one to the other leads over the mean"),
    Conversion("hessian_spread", 2 * _L, "the norm of every Hessian is at most L"),
    Conversion(
        "hessian_spread",
        _L,
        "all eigenvalues of every Hessian are in [0, L]",
        side=_under(Assumption.WORKERS_CONVEX),
    ),
    Conversion("smoothness", _L_bar, "the length of a mean is at most the root mean square"),
    Conversion(
        "greatest_heterogeneity",
        _NOTHING,
        "all f_m are F",
        side=_under(Assumption.HOMOGENEOUS),
    ),
    Conversion(
        "heterogeneity_of_optima",
        _NOTHING,
        "all f_m are F",
        side=_under(Assumption.HOMOGENEOUS),
    ),
    Conversion("hessian_spread", _NOTHING, "all f_m are F", side=_under(Assumption.HOMOGENEOUS)),
    Conversion(
        "hessian_spread", _NOTHING, "all Hessians are one", side=_under(Assumption.QUADRATIC)
    ),
    Conversion("gradient_noise", _NOTHING, "there is none", side=_under(Assumption.NOISELESS)),
)
"""All conversions; the functions below also follow chains of them."""


def convert(
    values: Mapping[str, Any], assuming: Set[Assumption] = frozenset()
) -> dict[str, np.ndarray]:
    """Returns the given constants and all that they imply, each at the least that any chain gives.

    Args:
        values: the given constants by name, numbers or arrays; they are never changed.
        assuming: what is assumed beside; a conversion is used only if this implies its `side`.
    """
    known = closure(frozenset(assuming))
    found = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    # Values only decrease, and no chain is longer than the list: the loop ends at the fixed point.
    for _ in CONVERSIONS:
        before = dict(found)
        for item in CONVERSIONS:
            if item.gives not in values and _applies(item, found, known):
                least = np.minimum(found.get(item.gives, np.inf), item.at(found))
                found[item.gives] = np.asarray(least)
                found |= {name: np.asarray(one) for name, one in item.sets if name not in values}
        if before.keys() == found.keys() and all(
            np.array_equal(before[name], found[name]) for name in found
        ):
            break
    return found


def coherent(
    values: Mapping[str, np.ndarray], assuming: Set[Assumption] = frozenset()
) -> dict[str, np.ndarray]:
    """Returns constants that one problem may have: each lowered to what the others allow.

    Args:
        values: arrays by name.
        assuming: what is assumed beside; a conversion is used only if this implies its `side`.
    """
    known = closure(frozenset(assuming))
    found = {name: np.asarray(np.inf) for name in DEFINES}  # a constant not given has no limit
    found |= {name: np.asarray(value, dtype=float) for name, value in values.items()}
    usable = [one for one in CONVERSIONS if not one.where and _applies(one, found, known)]
    for _ in CONVERSIONS:
        before = dict(found)
        with np.errstate(invalid="ignore"):
            for item in usable:
                found[item.gives] = np.fmin(found[item.gives], item.at(found))
        if all(np.array_equal(before[name], found[name]) for name in found):
            break
    return {name: np.broadcast_to(found[name], np.shape(values[name])) for name in values}


def vanishing(assuming: Set[Assumption]) -> frozenset[str]:
    """Returns the names of the constants that are zero under some assumptions."""
    return frozenset(name for name, value in convert({}, assuming).items() if value == 0)


def implied(assumptions: Set[Assumption]) -> dict[Assumption, tuple[Conversion, ...]]:
    """Returns the assumptions that follow with another constant, each with its conversions.

    The conversions of an assumption form a chain that leads to it; of several, the shortest.
    """
    known = closure(frozenset(assumptions))
    chains: dict[Assumption, tuple[Conversion, ...]] = {}
    while True:
        reached, found = known | chains.keys(), dict(chains)
        for item in CONVERSIONS:  # the shortest chains first: none uses what this pass has found
            gives = closure(frozenset({DEFINES[item.gives]})) - reached
            if item.where or not item.assumes <= reached:
                continue
            links = [chains[one] for one in sorted(item.assumes, key=_name) if one in chains]
            chain = (*dict.fromkeys(link for part in links for link in part), item)
            found = dict.fromkeys(gives, chain) | found
        if found.keys() == chains.keys():
            return chains
        chains = found


def _name(item: Assumption) -> str:
    return item.name


def _applies(item: Conversion, values: Mapping[str, Any], known: Set[Assumption]) -> bool:
    at_value = all(name in values and np.all(values[name] == one) for name, one in item.where)
    return at_value and item.side <= known and set(item.takes) <= values.keys()


@cache
def _compiled(item: Conversion) -> Any:
    arguments = [GLOSSARY[name].symbol for name in item.takes]
    return sp.lambdify(arguments, item.expression, modules="numpy")
