"""What the convex rates have in common: terms, sets of assumptions, and a constructor.

A rate is a bound up to an absolute constant factor, so its terms carry none. Where the literature
hides logarithms as well, the note of the source says so. Names that end in _curved are the terms
under mu-strong convexity.
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
"""The statistical term, which no method with M T stochastic gradients avoids."""
one_worker = sigma * B / sp.sqrt(T)
"""The statistical term of a single worker, from its T gradients."""
noise_drift = (L * sigma**2 * B**4 / (K * R**2)) ** THIRD
"""The cost of workers that drift apart within a round because of their gradient noise."""

statistical_curved = sigma**2 / (mu * M * T)
"""The statistical term under mu-strong convexity."""
one_worker_curved = sigma**2 / (mu * T)
"""The statistical term of a single worker under mu-strong convexity."""
noise_drift_curved = L * sigma**2 / (mu**2 * K * R**2)
"""The cost of drift by gradient noise under mu-strong convexity."""


def zeta_drift(zeta: sp.Expr) -> sp.Expr:
    """Returns the cost of workers that drift apart within a round because of heterogeneity.

    Args:
        zeta: a measure of heterogeneity of unit f/x, such as zeta_max or zeta_*.
    """
    return (L * zeta**2 * B**4 / R**2) ** THIRD


def zeta_drift_curved(zeta: sp.Expr) -> sp.Expr:
    """Returns the cost of drift by heterogeneity under mu-strong convexity; zeta has unit f/x."""
    return L * zeta**2 / (mu**2 * R**2)


ORACLE = frozenset(
    {
        Assumption.UNBIASED,
        Assumption.BOUNDED_VARIANCE,
        Assumption.INDEPENDENT_WORKERS,
        Assumption.UNIFORM_WEIGHTS,
    }
)
"""The stochastic gradients of every convex rate. That F has a minimiser x* is always assumed."""
MEAN_CONVEX = ORACLE | {Assumption.CONVEX, Assumption.SMOOTH}
"""Assumptions that suffice for methods that use only the mean gradient at a common point."""
ALL_CONVEX = ORACLE | {Assumption.WORKERS_CONVEX, Assumption.WORKERS_SMOOTH}
"""Assumptions of methods with local steps: the function of every worker is convex and smooth."""
PLAIN_CONVEX = ALL_CONVEX | {Assumption.PLAIN_STEPS}
"""Assumptions of Local SGD: the above, with plain local steps of one constant size."""

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
    """Returns a bound on convex functions, transcribed from the literature.

    The bound is declared to increase in every constant of the problem except the strong convexity,
    and to decrease in that, in the number of workers and in all counts of steps and rounds.

    Args:
        key: the key of the bound; its first part is the algorithm.
        title: what the bound says, in one line.
        terms: the summands by name.
        assumptions: assumptions about the problem, the gradients and the schedule.
        at: the iterate at which the quantity is bounded.
        source: where the bound comes from.
        quantity: the quantity that is bounded there.
        side: UPPER, LOWER or EXACT.
        constants: ORDER where constant factors are hidden.
        conditions: relations left <= right.
        step_size: the step size that the source substitutes; None where it is free.
        unordered: names of quantities in which the bound is not monotone in that way.
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
