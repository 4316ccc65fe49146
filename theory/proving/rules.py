"""The closed list of facts that derivations rely on; everything else is checked."""

from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

import sympy as sp

from theory.assumptions import Assumption
from theory.proving.certificates import vanishes


def _smoothness(
    before: sp.Expr, after: sp.Expr, slope: sp.Expr, move: sp.Expr, smoothness: sp.Expr
) -> sp.Expr:
    return before + slope * move + smoothness * move**2 / 2 - after


def _lipschitz(difference: sp.Expr, displacement: sp.Expr, smoothness: sp.Expr) -> sp.Expr:
    return smoothness**2 * displacement**2 - difference**2


def _at_most_square(quantity: sp.Expr, root: sp.Expr) -> sp.Expr:
    return root**2 - quantity


def _above(value: sp.Expr, lowest: sp.Expr) -> sp.Expr:
    return value - lowest


def _steep(slope: sp.Expr, excess: sp.Expr, convexity: sp.Expr) -> sp.Expr:
    return slope**2 - 2 * convexity * excess


def _above_choice(greatest: sp.Max, choice: sp.Expr) -> sp.Expr:
    if choice not in greatest.args:
        raise ValueError(f"{choice} is no choice of {greatest}")
    return greatest - choice


def _below_choice(value: sp.Expr, least: sp.Min, choice: sp.Tuple) -> sp.Expr:
    _require_choices(least, (choice,))
    above, below, power = choice
    return above - below * value**power


def _inverse_of_least(value: sp.Expr, least: sp.Min, *choices: sp.Tuple) -> sp.Expr:
    _require_choices(least, choices)
    if len(choices) != len(least.args):
        raise ValueError(f"{least} has {len(least.args)} choices, not {len(choices)}")
    inverses = (sp.root(below, power) / sp.root(above, power) for above, below, power in choices)
    return sp.Add(*inverses) - 1 / value


def _require_choices(least: sp.Min, choices: tuple[sp.Tuple, ...]) -> None:
    for choice in choices:
        if not _is_choice(least, choice):
            above, below, power = choice
            raise ValueError(f"({above}/({below}))^(1/{power}) is no choice of {least}")


@lru_cache(maxsize=256)
def _is_choice(least: sp.Min, choice: sp.Tuple) -> bool:
    """Whether (A, C, q) stands for a choice (A/C)^(1/q) of the minimum."""
    above, below, power = choice
    return any(vanishes(known**power * below - above) for known in least.args)


class _Fact(NamedTuple):
    """A fact: its statement, the assumption that it spells out, and its formula, >= 0."""

    statement: str
    assumption: Assumption | None = None
    formula: Callable[..., sp.Expr] | None = None


class Rule(Enum):
    """A fact that is relied on and not derived.

    Those with a formula enter a derivation as an inequality, built from its arguments and never
    typed; those without say why a mean vanishes or how the iterates move.
    """

    SMOOTHNESS = _Fact(
        "F L-smooth: F(x + d) <= F(x) + <grad F(x), d> + (L/2)|d|^2",
        Assumption.SMOOTH,
        _smoothness,
    )
    LIPSCHITZ = _Fact(
        "f_m L-smooth: |grad f_m(x) - grad f_m(y)|^2 <= L^2 |x - y|^2",
        Assumption.WORKERS_SMOOTH,
        _lipschitz,
    )
    BELOW = _Fact("F(x) >= inf F for every x", Assumption.BOUNDED_BELOW, _above)
    VARIANCE = _Fact(
        "E|n_m|^2 <= sigma^2, given the past", Assumption.BOUNDED_VARIANCE, _at_most_square
    )
    HETEROGENEITY = _Fact(
        "mean_m |grad f_m - grad F|^2 <= zeta^2 at the report points, on average over time",
        Assumption.HETEROGENEITY_AT_REPORT_POINT,
        _at_most_square,
    )
    UNBIASED = _Fact(
        "E<a, n> = 0 for the noise n of a step and any a known before it", Assumption.UNBIASED
    )
    INDEPENDENT = _Fact(
        "E<n, n'> = 0 for the noises of two samples drawn given the same past",
        Assumption.INDEPENDENT_WORKERS,
    )
    ROUNDING = _Fact(
        "E<a, q> = 0 for the error q of a rounding and any a known before it: a coordinate that "
        "lies the share b of the way up to its upper level goes there with probability b",
        Assumption.UNBIASED_ROUNDING,
    )
    STEEP = _Fact(
        "F steep: |grad F(x)|^2 >= 2 mu (F(x) - inf F)", Assumption.POLYAK_LOJASIEWICZ, _steep
    )
    PLAIN_STEPS = _Fact("a local step is x_m <- x_m - eta g_m", Assumption.PLAIN_STEPS)
    UNIFORM_WEIGHTS = _Fact(
        "F = mean_m f_m, and a synchronisation takes the mean over all workers",
        Assumption.UNIFORM_WEIGHTS,
    )
    BELOW_CHOICE = _Fact(
        "b = min{(A_1/C_1)^(1/q_1), ...} gives C_j b^q_j <= A_j for each j", None, _below_choice
    )
    ABOVE_CHOICE = _Fact("max{a, b, ...} >= a", None, _above_choice)
    INVERSE_OF_LEAST = _Fact(
        "b = min{(A_1/C_1)^(1/q_1), ...} > 0 gives 1/b <= sum_j (C_j/A_j)^(1/q_j)",
        None,
        _inverse_of_least,
    )

    @property
    def statement(self) -> str:
        """The fact in words."""
        return self.value.statement

    @property
    def assumption(self) -> Assumption | None:
        """The assumption that the fact spells out; None for facts of plain arithmetic."""
        return self.value.assumption

    def formula(self, *arguments: sp.Expr) -> sp.Expr:
        """What the rule says is nonnegative, for these arguments.

        Raises:
            ValueError: the rule has no formula, or the arguments do not fit it.
        """
        if self.value.formula is None:
            raise ValueError(f"{self.name} has no formula; name it where a mean vanishes")
        return self.value.formula(*arguments)
