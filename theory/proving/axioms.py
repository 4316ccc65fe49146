"""The closed list of facts that derivations rely on without proof; everything else is checked.

Each Rule states one fact, names the assumption that it spells out and, where the fact is an
inequality, builds the expression that is nonnegative. A vector's square v**2 stands for |v|^2.
"""

from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

import sympy as sp

from theory.assumptions import Assumption
from theory.proving.certificates import nonnegative, vanishes


def _smoothness(
    before: sp.Expr, after: sp.Expr, slope: sp.Expr, move: sp.Expr, smoothness: sp.Expr
) -> sp.Expr:
    return before + slope * move + smoothness * move**2 / 2 - after


def _lipschitz(difference: sp.Expr, displacement: sp.Expr, smoothness: sp.Expr) -> sp.Expr:
    return smoothness**2 * displacement**2 - difference**2


def _lipschitz_on_average(
    mean_square: sp.Expr, displacement: sp.Expr, smoothness: sp.Expr
) -> sp.Expr:
    return smoothness**2 * displacement**2 - mean_square


def _compressed(vector: sp.Expr, squared_error: sp.Expr, variance: sp.Expr) -> sp.Expr:
    return variance * vector**2 - squared_error


def _contracted(vector: sp.Expr, squared_error: sp.Expr, contraction: sp.Expr) -> sp.Expr:
    return (1 - contraction) * vector**2 - squared_error


def _estimated(
    lower: sp.Expr, upper: sp.Expr, tolerance: sp.Expr, square: sp.Expr, kept: sp.Expr
) -> sp.Expr:
    return upper + tolerance * square / (2 * kept) - lower


def _reaches(estimate: sp.Expr, estimated_square: sp.Expr, kept: sp.Expr) -> sp.Expr:
    return estimate - estimated_square / kept


def _no_longer(before: sp.Expr, after: sp.Expr) -> sp.Expr:
    return before**2 - after**2


def _at_most_square(quantity: sp.Expr, root: sp.Expr) -> sp.Expr:
    return root**2 - quantity


def _above(value: sp.Expr, lowest: sp.Expr) -> sp.Expr:
    return value - lowest


def _steep(slope: sp.Expr, excess: sp.Expr, convexity: sp.Expr) -> sp.Expr:
    return slope**2 - 2 * convexity * excess


def _above_tangent(
    value: sp.Expr, known: sp.Expr, slope: sp.Expr, move: sp.Expr, convexity: sp.Expr | int = 0
) -> sp.Expr:
    return value - known - slope * move - convexity * move**2 / 2


def _above_tangent_by_slopes(
    value: sp.Expr,
    known: sp.Expr,
    slope: sp.Expr,
    move: sp.Expr,
    difference: sp.Expr,
    smoothness: sp.Expr,
) -> sp.Expr:
    return value - known - slope * move - difference**2 / (2 * smoothness)


def _above_choice(greatest: sp.Max, choice: sp.Expr) -> sp.Expr:
    if not isinstance(greatest, sp.Max) or choice not in greatest.args:
        raise ValueError(f"{choice} is no choice of {greatest}")
    return greatest - choice


def _below_choice(value: sp.Expr, least: sp.Min, choice: sp.Tuple) -> sp.Expr:
    _require_choices(least, (choice,))
    above, below, power = choice
    return above - below * value**power


def _inverse_of_least(value: sp.Expr, least: sp.Min, *choices: sp.Tuple) -> sp.Expr:
    _require_choices(least, choices)
    if len(choices) != len(least.args) or len({_chosen(least, i) for i in choices}) < len(choices):
        raise ValueError(f"{least} has {len(least.args)} choices, and needs each of them once")
    inverses = (sp.root(below, power) / sp.root(above, power) for above, below, power in choices)
    return sp.Add(*inverses) - 1 / value


def _require_choices(least: sp.Min, choices: tuple[sp.Tuple, ...]) -> None:
    for choice in choices:
        if _chosen(least, choice) is None:
            above, below, power = choice
            raise ValueError(f"({above}/({below}))^(1/{power}) is no choice of {least}")


@lru_cache(maxsize=256)
def _chosen(least: sp.Min, choice: sp.Tuple) -> sp.Expr | None:
    """The argument (A/C)^(1/q), C >= 0, of a minimum; None if it has no such argument."""
    above, below, power = choice
    if not (isinstance(least, sp.Min) and power.is_Integer and power > 0 and nonnegative(below)):
        return None
    # Roots of that order come first, since a power of any other argument is slow to expand.
    likely = sorted(least.args, key=lambda known: not _is_root(known, power))
    return next((known for known in likely if vanishes(known**power * below - above)), None)


def _is_root(expression: sp.Expr, power: int) -> bool:
    """Whether some factor of an expression is written as a root of that order."""
    exponents = (factor.as_base_exp()[1] for factor in sp.Mul.make_args(expression))
    return any(abs(exponent) == sp.Rational(1, power) for exponent in exponents if exponent != 1)


class _Fact(NamedTuple):
    """A fact: its statement, its assumption, and a function that builds what is nonnegative."""

    statement: str
    assumption: Assumption | None = None
    formula: Callable[..., sp.Expr] | None = None


class Rule(Enum):
    """A fact that derivations rely on and do not derive.

    A rule with a formula enters a derivation as an inequality, which the rule builds from the
    arguments, so that no derivation types it. A rule without one says why a mean vanishes or how
    the iterates move; a step names it in its field `by`.
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
    GRADIENT_BOUND = _Fact(
        "E|g_m|^2 <= G^2, given the past", Assumption.BOUNDED_GRADIENTS, _at_most_square
    )
    NOISELESS = _Fact("g_m = grad f_m(x)", Assumption.NOISELESS)
    GRADIENT_LIPSCHITZ = _Fact(
        "F L-smooth: |grad F(x) - grad F(y)|^2 <= L^2 |x - y|^2", Assumption.SMOOTH, _lipschitz
    )
    LIPSCHITZ_ON_AVERAGE = _Fact(
        "mean_m |grad f_m(x) - grad f_m(y)|^2 <= L~^2 |x - y|^2",
        Assumption.SMOOTH_ON_AVERAGE,
        _lipschitz_on_average,
    )
    COMPRESSION = _Fact(
        "E e = 0 for the error e = C(v) - v of a compression, whatever is known before it, and "
        "E|e|^2 <= omega |v|^2; errors of two workers are uncorrelated",
        Assumption.UNBIASED_COMPRESSION,
        _compressed,
    )
    COMPRESSION_DOWN = _Fact(
        "the same for the error of what is sent back, with omega_down",
        Assumption.UNBIASED_COMPRESSION_DOWN,
        _compressed,
    )
    CONTRACTION = _Fact("E|C(v) - v|^2 <= (1 - delta) |v|^2", Assumption.CONTRACTION, _contracted)
    ESTIMATES = _Fact(
        "a square and its estimate are within q |v|^2/(2k) of each other, q the tolerance; so are "
        "|v|^2 and its estimate, with k = 1",
        Assumption.HEAVIEST_FIRST,
        _estimated,
    )
    MINIMISER = _Fact("grad F(x*) = 0 and F(x*) = inf F", Assumption.MINIMISER)
    CONVEX = _Fact("F convex: F(x + d) >= F(x) + <grad F(x), d>", Assumption.CONVEX, _above_tangent)
    WORKERS_CONVEX = _Fact(
        "f_m convex: f_m(x + d) >= f_m(x) + <grad f_m(x), d>",
        Assumption.WORKERS_CONVEX,
        _above_tangent,
    )
    STRONGLY_CONVEX = _Fact(
        "F mu-strongly convex: F(x + d) >= F(x) + <grad F(x), d> + (mu/2)|d|^2",
        Assumption.STRONGLY_CONVEX,
        _above_tangent,
    )
    WORKERS_SMOOTHNESS = _Fact(
        "f_m L-smooth: f_m(x + d) <= f_m(x) + <grad f_m(x), d> + (L/2)|d|^2",
        Assumption.WORKERS_SMOOTH,
        _smoothness,
    )
    SAMPLES_CONVEX_SMOOTH = _Fact(
        "the loss f of a sample convex and L-smooth: "
        "f(x + d) >= f(x) + <grad f(x), d> + |grad f(x + d) - grad f(x)|^2/(2L)",
        Assumption.SAMPLES_CONVEX_SMOOTH,
        _above_tangent_by_slopes,
    )
    VARIANCE_AT_OPTIMUM = _Fact(
        "E|n_m|^2 <= sigma_*^2 at x*", Assumption.VARIANCE_AT_OPTIMUM, _at_most_square
    )
    GREATEST_HETEROGENEITY = _Fact(
        "|grad f_m(x) - grad F(x)|^2 <= zeta_max^2",
        Assumption.GREATEST_HETEROGENEITY,
        _at_most_square,
    )
    HETEROGENEITY_AT_OPTIMUM = _Fact(
        "mean_m |grad f_m(x*)|^2 <= zeta_*^2", Assumption.HETEROGENEITY_AT_OPTIMUM, _at_most_square
    )
    HOMOGENEOUS = _Fact("f_m = F", Assumption.HOMOGENEOUS)
    QUADRATIC = _Fact(
        "gradients affine with one Hessian: mean_m grad f_m(x_m) = grad F(mean_m x_m)",
        Assumption.QUADRATIC,
    )
    ACCELERATED_STEPS = _Fact(
        "step t = 1, 2, ... is md = (1 - a) ag + a w, w <- w - (t eta/2) g(md), "
        "ag <- (1 - a) ag + a w, a = 2/(t + 1)",
        Assumption.ACCELERATED_STEPS,
    )
    HEAVY = _Fact(
        "heavy are the coordinates whose estimate of v_i^2 reaches that of |v|^2 over k",
        None,
        _reaches,
    )
    PLAIN_STEPS = _Fact("a local step is x_m <- x_m - eta g_m", Assumption.PLAIN_STEPS)
    UNIFORM_WEIGHTS = _Fact(
        "F = mean_m f_m, and a mean that a synchronisation takes is over all workers",
        Assumption.UNIFORM_WEIGHTS,
    )
    MIXING = _Fact(
        "W leaves the mean over workers where it is, and W^n a = zeta_W^n u with |u| <= |a| for "
        "deviations a from the mean, n >= 0, u again deviations from a mean",
        Assumption.SYMMETRIC_MIXING,
        _no_longer,
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
        """The statement of the fact in words."""
        return self.value.statement

    @property
    def assumption(self) -> Assumption | None:
        """The assumption that the fact spells out; None if it needs none, as in arithmetic."""
        return self.value.assumption

    def formula(self, *arguments: sp.Expr) -> sp.Expr:
        """Returns the expression that the rule says is nonnegative, for these arguments.

        Raises:
            ValueError: the rule has no formula, or the arguments do not fit it.
        """
        if self.value.formula is None:
            raise ValueError(f"{self.name} has no formula; name it where a mean vanishes")
        return self.value.formula(*arguments)
