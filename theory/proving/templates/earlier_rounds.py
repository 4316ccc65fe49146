"""Sums of a method's weights on gradients of earlier rounds, for use with Theorem G.

The functions return the steps that show the four numbers of a method: C_w and N_w of the deviations
from the mean iterate, C_m and N_m of the lag behind the virtual sequence.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from theory.bounds.mixing_methods import WITHIN, MixingMethod
from theory.notation import symbols
from theory.notation.letters import L, eta
from theory.notation.plain_formula import plain
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination, Pairs, Root
from theory.proving.proof import Step
from theory.proving.quantities import (
    DIRECTION,
    DISPERSION,
    ENERGY,
    LATER,
    LATER_LIMIT,
    LATER_SQUARES,
    LATER_SQUARES_LIMIT,
    LOST,
    MIXED_DIRECTION,
    MIXED_DISPERSION,
    MIXED_ENERGY,
    MIXED_STEP,
    POWERS,
    SQUARED_LAG_WEIGHTS,
    SQUARED_POWERS,
    SQUARED_WEIGHTS,
    WEIGHED,
)
from theory.proving.steps import Inequality

(_RATE,) = symbols("mixing_rate")


@dataclass(frozen=True)
class Later:
    """Weights c_1, c_2, ... with which a gradient acts one, two, ... rounds later.

    Attributes:
        partial: an upper bound of c_1 + ... + c_r.
        limit: an upper bound of `partial` for every r.
        squares: an upper bound of c_1^2 + ... + c_r^2.
        squares_limit: an upper bound of `squares` for every r.
        steps: the steps that show this; the last two show the two limits.
        no_longer: the step that shows |u| <= |a| where a weight is a matrix that takes a to c_n u;
            None where the weights are numbers.
    """

    partial: sp.Expr
    limit: sp.Expr
    squares: sp.Expr
    squares_limit: sp.Expr
    steps: tuple[Step, ...]
    no_longer: Step | None = None


_ZERO = sp.Integer(0)
NONE_LATER = Later(
    partial=_ZERO,
    limit=_ZERO,
    squares=_ZERO,
    squares_limit=_ZERO,
    steps=(
        Inequality("total of no weights", "it is 0", _ZERO, _ZERO),
        Inequality("squares in total of no weights", "so is that of their squares", _ZERO, _ZERO),
    ),
)
"""The weights of a method in which gradients of earlier rounds have no effect."""


def geometric(name: str, rate: sp.Expr, first: sp.Expr, no_longer: Step | None = None) -> Later:
    """Returns the weights c_n = first rate^(n-1), with a rate in [0, 1).

    Args:
        name: the name of the method, for the labels of the steps.
        rate: the factor from one round to the next.
        first: c_1, nonnegative.
        no_longer: as in Later.
    """
    powers = 1 / (1 - rate) - POWERS
    squares = 1 / ((1 - rate) * (1 + rate)) - SQUARED_POWERS
    at = () if rate == _RATE else ((_RATE, rate),)
    one = Lemma(f"powers of {name}", "their sum", "geometric_sums", at, of="powers")
    two = Lemma(f"squares of {name}", "of squares", "geometric_sums", at, of="squared powers")
    total = Combination(
        f"total of {name}",
        "the weights on earlier rounds add up to at most this",
        first * powers,
        ((first, one),),
    )
    total_of_squares = Combination(
        f"squares in total of {name}",
        "and so do their squares",
        first**2 * squares,
        ((first**2, two),),
    )
    return Later(
        partial=first * POWERS,
        limit=first / (1 - rate),
        squares=first**2 * SQUARED_POWERS,
        squares_limit=first**2 / ((1 - rate) * (1 + rate)),
        steps=(one, two, total, total_of_squares),
        no_longer=no_longer,
    )


def deviation_facts(name: str, later: Later) -> tuple[Step, Step]:
    """Returns the steps that show C_w and N_w.

    The weights are 1 within a round and those of `later` on earlier rounds.
    """
    energies = ((ENERGY, DISPERSION), (MIXED_ENERGY, MIXED_DISPERSION))
    return _facts(name, ("C_w", "N_w"), later, sp.Integer(1), energies, ())


def lag_facts(name: str, later: Later, lost: sp.Expr) -> tuple[Step, Step]:
    """Returns the steps that show C_m and N_m.

    The lag weights have modulus `lost` within a round, and are those of `later` on earlier rounds.
    """
    energies = ((ENERGY, DIRECTION), (MIXED_ENERGY, MIXED_DIRECTION))
    squared = ((SQUARED_WEIGHTS, SQUARED_LAG_WEIGHTS),)
    return _facts(name, ("C_m", "N_m"), later, lost, energies, squared)


def _facts(
    name: str,
    labels: tuple[str, str],
    later: Later,
    lost: sp.Expr,
    energies: Pairs,
    squared: Pairs,
) -> tuple[Step, Step]:
    total, total_of_squares = later.steps[-2:]
    numbers = () if later.no_longer else ((MIXED_STEP, WEIGHED),)
    norm = Lemma(
        f"{labels[0]} of {name}",
        "the norm of these weights",
        "lagged_weights",
        ((LOST, lost), (LATER, later.partial), (LATER_LIMIT, later.limit), *energies, *numbers),
        (total, *([later.no_longer] if later.no_longer else [])),
        of="norm",
    )
    squares = Lemma(
        f"{labels[1]} of {name}",
        "the mean of their squares",
        "lagged_weights",
        (
            (LOST, lost),
            (LATER_SQUARES, later.squares),
            (LATER_SQUARES_LIMIT, later.squares_limit),
            *squared,
        ),
        (total_of_squares,),
        of="squares",
    )
    return norm, squares


def within_a_round(name: str) -> tuple[Step, Step]:
    """Returns the steps that show C_w and N_w where all weights are 1, within a round alone."""
    energies = ((ENERGY, DISPERSION), (MIXED_ENERGY, MIXED_DISPERSION))
    norm = Lemma(f"C_w of {name}", "weights 1 within a round", "within_rounds", energies, of="norm")
    return norm, Lemma(f"N_w of {name}", "and their squares", "within_rounds", of="squares")


def below_the_norm_cap(
    below: Step, row: MixingMethod, within: sp.Expr, across: sp.Expr
) -> tuple[Step, ...]:
    """Returns the steps that show both conditions of Theorem G where the mean iterate has no lag.

    Args:
        below: the step that shows that eta is at most the cap of the row.
        row: the method's row of the table, with C_w = (F + across)^2, F = sqrt(K(K-1)/2).
        within: an upper bound of F.
        across: what the weights on earlier rounds add to F.
    """
    cap, largest = row.cap, within + across
    # A certificate takes a root for a symbol of its own, so F is compared by its square.
    squared = Inequality("F squared", f"K(K-1)/2 <= ({plain(within)})^2", WITHIN**2, within**2)
    root = Root("F", f"sqrt(K(K-1)/2) <= {plain(within)}", squared, WITHIN, within, 2)
    weights = Combination(
        "norm of all weights",
        f"so C_w <= ({plain(largest)})^2",
        largest**2 - row.numbers.C_w,
        ((largest + across + WITHIN, root),),
    )
    drift = Combination(
        "drift up to the cap",
        "8 eta^2 L^2 C_w <= 1",
        1 - 8 * eta**2 * L**2 * row.numbers.C_w,
        ((8 * eta**2 * L**2, weights), (8 * L**2 * largest**2 * (cap + eta), below)),
    )
    descent = Combination("descent up to the cap", "eta L <= 1", 1 - eta * L, ((L, below),))
    return (squared, root, weights, drift, descent)
