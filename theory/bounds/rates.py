"""What convex rates share: terms without their constants, assumptions, one constructor.

A rate is a bound up to an absolute constant factor, so its terms carry none. Where the literature
hides logarithms as well, the source's note says so.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp
from sympy.core.relational import Relational

from theory.assumptions import Assumption
from theory.bound import Bound, Constants, Side, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import B, K, L, M, R, T, mu, sigma

THIRD = sp.Rational(1, 3)

statistical = sigma * B / sp.sqrt(M * T)
"""What no method with M T gradients avoids."""
one_worker = sigma * B / sp.sqrt(T)
"""The statistical term of one worker's T gradients."""
noise_drift = (L * sigma**2 * B**4 / (K * R**2)) ** THIRD
"""What noise costs where workers wander apart in a round."""

statistical_curved = sigma**2 / (mu * M * T)
"""The statistical term under mu-strong convexity."""
one_worker_curved = sigma**2 / (mu * T)
"""The statistical term of one worker's T gradients."""
noise_drift_curved = L * sigma**2 / (mu**2 * K * R**2)
"""The drift of noise under mu-strong convexity."""


def zeta_drift(zeta: sp.Expr) -> sp.Expr:
    """What heterogeneity costs where workers wander apart in a round; zeta has unit f/x."""
    return (L * zeta**2 * B**4 / R**2) ** THIRD


def zeta_drift_curved(zeta: sp.Expr) -> sp.Expr:
    """Returns the drift term under mu-strong convexity."""
    return L * zeta**2 / (mu**2 * R**2)


ORACLE = frozenset(
    {
        Assumption.UNBIASED,
        Assumption.BOUNDED_VARIANCE,
        Assumption.INDEPENDENT_WORKERS,
        Assumption.UNIFORM_WEIGHTS,
    }
)
"""Gradients as every convex rate has them; that F has a minimiser x* goes without saying."""
MEAN_CONVEX = ORACLE | {Assumption.CONVEX, Assumption.SMOOTH}
"""Enough for methods that use nothing but the mean gradient at one point."""
ALL_CONVEX = ORACLE | {Assumption.WORKERS_CONVEX, Assumption.WORKERS_SMOOTH}
"""Every worker's function is convex and smooth, as methods with local steps need it."""
PLAIN_CONVEX = ALL_CONVEX | {Assumption.PLAIN_STEPS}
"""The assumptions of the convex case with plain local steps of one size: Local SGD."""

_INCREASING = (
    "smoothness",
    "gradient_noise",
    "noise_at_optimum",
    "gradient_bound",
    "greatest_heterogeneity",
    "heterogeneity_at_optimum",
    "heterogeneity_of_optima",
    "hessian_spread",
    "hessian_smoothness",
    "path_radius",
    "initial_gap",
    "initial_distance",
)
_DECREASING = ("num_workers", "local_steps", "num_rounds", "num_steps", "strong_convexity")


def rate(
    key: str,
    title: str,
    terms: Mapping[str, sp.Expr],
    *,
    assumptions: frozenset[Assumption],
    at: ReportPoint,
    source: Source,
    quantity: Quantity = Quantity.SUBOPTIMALITY,
    side: Side = Side.UPPER,
    constants: Constants = Constants.ORDER,
    conditions: tuple[Relational, ...] = (),
    step_size: sp.Expr | None = None,
    unordered: tuple[str, ...] = (),
) -> Bound:
    """A convex bound of the literature, transcribed.

    It is taken to grow with every constant of the problem but the strong convexity, and to fall
    with that and with every budget.

    Args:
        key: of the bound; its first part is the algorithm.
        title: what it says.
        terms: summands by name.
        assumptions: of problem, oracle and schedule.
        at: the iterate it speaks of.
        source: where it comes from.
        quantity: what is bounded of that iterate.
        side: which side the bound stands on.
        constants: ORDER where factors are hidden.
        conditions: relations left <= right.
        step_size: the step size that the source puts in.
        unordered: symbols in which it is not monotone like that.
    """
    return Bound(
        key=key,
        title=title,
        algorithm=key.partition(".")[0],
        terms=tuple(Term(name, expression) for name, expression in terms.items()),
        conditions=conditions,
        assumptions=assumptions,
        measure=Measure(quantity, at),
        source=source,
        standing=Standing.TRANSCRIBED,
        side=side,
        constants=constants,
        step_size=step_size,
        increasing=tuple(name for name in _INCREASING if name not in unordered),
        decreasing=tuple(name for name in _DECREASING if name not in unordered),
    )
