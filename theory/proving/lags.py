"""Parts that derivations for one method share: what their weights on earlier rounds add up to."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from theory.notation import symbols
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination, Pairs
from theory.proving.proof import Step
from theory.proving.quantities import (
    DIRECTION,
    DISPERSION,
    ENERGY,
    GENERIC,
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

(_RATE,) = symbols("mixing_rate")


@dataclass(frozen=True)
class Later:
    """Weights c_1, c_2, ... that act one, two, ... rounds later.

    Attributes:
        partial: c_1 + ... + c_r, or more.
        limit: at least that for every r.
        squares: c_1^2 + ... + c_r^2, or more.
        squares_limit: at least that for every r.
        steps: why; the last two say what the limits say.
        no_longer: why |u| <= |a| where a weight takes a to c_n u; None where weights are numbers.
    """

    partial: sp.Expr
    limit: sp.Expr
    squares: sp.Expr
    squares_limit: sp.Expr
    steps: tuple[Step, ...]
    no_longer: Step | None = None


def geometric(name: str, rate: sp.Expr, first: sp.Expr, no_longer: Step | None = None) -> Later:
    """Weights c_n = first rate^(n-1), with a rate in [0, 1)."""
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
    """C_w and N_w of weights 1 within a round and those on earlier rounds."""
    energies = ((ENERGY, DISPERSION), (MIXED_ENERGY, MIXED_DISPERSION))
    return _facts(name, ("C_w", "N_w"), later, sp.Integer(1), energies, ())


def lag_facts(name: str, later: Later, lost: sp.Expr) -> tuple[Step, Step]:
    """C_m and N_m of lag weights of modulus lost within a round and those on earlier rounds."""
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


def outer_momentum(name: str, lost: sp.Expr, later: Later) -> tuple[Step, ...]:
    """The facts of Theorem G for an outer step with momentum, whose workers meet every round.

    Returns:
        Steps, of which the last four are C_w, N_w, C_m and N_m.
    """
    energies = ((ENERGY, DISPERSION), (MIXED_ENERGY, MIXED_DISPERSION))
    norm = Lemma(f"C_w of {name}", "weights 1 within a round", "within_rounds", energies, of="norm")
    squares = Lemma(f"N_w of {name}", "and their squares", "within_rounds", of="squares")
    return (*later.steps, norm, squares, *lag_facts(name, later, lost))


def below_the_lagging_cap(
    below: Step, effective: sp.Expr, lost: sp.Expr, later: Later, least: tuple[Step, ...]
) -> tuple[Step, ...]:
    """Both conditions of Theorem G up to the step size of theory/proofs/lagging_cap.py.

    Args:
        below: eta is at most the cap.
        effective: eta_hat / eta.
        lost: the lag weight within a round.
        later: those on earlier rounds.
        least: steps, of which the last says lost >= 1 - effective.
    """
    values = ((GENERIC.effective_step, effective), (LOST, lost), (LATER_LIMIT, later.limit))
    first = Lemma(
        "drift up to the cap",
        "condition (i)",
        "lagging_cap",
        values,
        (below, least[-1]),
        of="condition i",
    )
    second = Lemma(
        "descent up to the cap",
        "condition (ii)",
        "lagging_cap",
        values,
        (below,),
        of="condition ii",
    )
    return (*least, first, second)
