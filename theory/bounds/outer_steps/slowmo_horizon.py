r"""SlowMo on smooth non-convex functions: the bounds of the paper that introduced it.

Setting: every f_m L-smooth, F bounded below; unbiased gradients with variance sigma^2, independent;
    mean_m |grad f_m - grad F|^2 <= zeta^2 in the bound for many workers with many local steps.
Method: slowmo over local_sgd with plain steps: x_m <- x_m - eta g_m K times, then
    u <- beta u + (z - x̄)/eta, z <- z - alpha eta u, x_m <- z.
Bounds: upper; the mean over all steps of E |grad F(x̄_t)|^2 at the mean iterate, from x_0, whereas
    slowmo.nonconvex bounds it at another point. Explicit, except that of BMUF, which is an order.
Source: wang2020slowmo, Theorem 1 and Corollaries 1 and 2, in a conversion that may have lost an
    exponent or a bar; its tau, T and gamma are K, R and eta here. Theorem 1 adds the mean of
    E|grad F(x̄_t) - E d_t|^2, with d_t the mean direction of the base method. For Local SGD that
    term is 0 where M = 1 or K = 1 and is not bounded in the theorem elsewhere; hence the condition
    min(M, K) <= 1 here. The theorem has V = sigma^2/M, and substitutes the effective step size
    alpha gamma/(1-beta) = sqrt(M/T), which has no unit; since f may be measured in any unit, that
    means every step size, and it is left free here. The horizon as read,
    T >= M L^2 (1 + sqrt(3) max{3K(1-beta-alpha)/alpha, ...}), then becomes a condition on the step
    size. That version is refuted: the inner loop may diverge. With the bracket squared, which the
    argument requires, and |1-beta-alpha| in it, no run that was tried violates the bound.
Limits: K = 1, alpha = 1 is Minibatch SGD with heavy ball; beta = 0 then leaves the two terms of
    SGD.
"""

from dataclasses import replace

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Constants, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, K, L, M, R, T, eta, sigma, zeta
from theory.notation.substitution import substituted

alpha, beta = symbols("slow_step_size", "slow_momentum")

effective = alpha / (1 - beta) * eta
one_of_each = sp.Min(M, K)
"""Where this is 1, the bias term of the base method, which is not bounded, is 0."""

step_noise = effective**2 * L**2 * sigma**2 / M


def _bracket(off_balance: sp.Expr) -> sp.Expr:
    """Returns the bracket of the horizon, 1 + sqrt(3) max{...}.

    Args:
        off_balance: 1 - beta - alpha as read, or its absolute value as amended.
    """
    lag = sp.Max(3 * K * off_balance / alpha, 4 * K * beta / (1 - beta), 1)
    return 1 + sp.sqrt(3) * lag


def _source(locator: str, note: str) -> Source:
    return Source(key="wang2020slowmo", locator=locator, provenance=Provenance.READ, note=note)


AMENDED = Bound(
    key="slowmo.nonconvex.amended",
    title="SlowMo on one worker or with one local step, smooth non-convex, horizon amended",
    algorithm="slowmo",
    terms=(
        Term("optimisation", 2 * Delta / (effective * T)),
        Term("statistical", effective * L * sigma**2 / M),
        Term("outer step", 4 * step_noise * (K - 1) * ((1 - beta) / alpha - 1) ** 2),
        Term("slow momentum", 8 * step_noise * K * beta**2 / (1 - beta**2)),
    ),
    conditions=(one_of_each <= 1, effective * L * _bracket(sp.Abs(1 - beta - alpha)) <= 1),
    assumptions=STOCHASTIC | {Assumption.WORKERS_SMOOTH},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE),
    source=_source(
        "Theorem 1, amended",
        "bracket of the horizon squared, |1-beta-alpha| in it; the step size left free; the term "
        "in the base's bias is 0 where M = 1 or K = 1",
    ),
    standing=Standing.TRANSCRIBED,
    increasing=("smoothness", "gradient_noise", "initial_gap"),
)

AS_READ = replace(
    AMENDED,
    key="slowmo.nonconvex.as_read",
    title="SlowMo on one worker or with one local step, smooth non-convex, as read",
    # T >= M L^2 (...) with sqrt(M/T) as the effective step size: step^2 L^2 (...) <= 1.
    conditions=(one_of_each <= 1, (effective * L) ** 2 * _bracket(1 - beta - alpha) <= 1),
    source=_source(
        "Theorem 1",
        "horizon without square and bar, as a conversion gave it, for alpha eta/(1-beta) = "
        "sqrt(M/T) in whatever unit; the term in the base's bias is 0 where M = 1 or K = 1",
    ),
    standing=Standing.REFUTED,
    refutation="slowmo_nonconvex",
    amended="slowmo.nonconvex.amended",
)


def _at(part: sp.Basic, **values: object) -> sp.Basic:
    """Returns an expression or a condition with the given values substituted, by name."""
    return substituted(part, {symbols(name)[0]: value for name, value in values.items()})


LOOKAHEAD = replace(
    AMENDED,
    key="slowmo.nonconvex.wang2020_lookahead",
    title="Lookahead: SlowMo without slow momentum, smooth non-convex",
    terms=tuple(
        Term(term.name, _at(term.expression, slow_momentum=0)) for term in AMENDED.terms[:3]
    ),
    conditions=(
        alpha <= 1,
        *(_at(relation, slow_momentum=0) for relation in AMENDED.conditions),
    ),
    source=_source(
        "Corollary 2, amended",
        "M = 1 there; horizon of Theorem 1 amended, since as read its counterexample is one here",
    ),
    fixes=(("slow_momentum", 0.0),),
)

_unit_step = (1 - beta) * sp.sqrt(M / T) / L

BMUF = replace(
    AMENDED,
    key="slowmo.nonconvex.wang2020_bmuf",
    title="BMUF: SlowMo with outer step 1, smooth non-convex, heterogeneous, up to constants",
    terms=(
        Term("optimisation", L * Delta / sp.sqrt(M * T)),
        Term("statistical", sigma**2 / sp.sqrt(M * T)),
        Term("drift", M * K * (sigma**2 + zeta**2) / R),
    ),
    conditions=(_at(AMENDED.conditions[1], slow_step_size=1, step_size=_unit_step),),
    assumptions=AMENDED.assumptions | {Assumption.BOUNDED_HETEROGENEITY},
    source=_source(
        "Corollary 1",
        "as read O(1/sqrt(M T)) + O(M K/R), all else constant; L Delta, sigma and zeta put back by "
        "units, what beta adds is hidden; horizon of Theorem 1 amended",
    ),
    constants=Constants.ORDER,
    step_size=_unit_step,
    fixes=(("slow_step_size", 1.0),),
    increasing=("smoothness", "gradient_noise", "heterogeneity", "initial_gap"),
)

BOUNDS = (AS_READ, AMENDED, LOOKAHEAD, BMUF)
