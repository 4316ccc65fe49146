r"""Local SGD on convex functions where the Hessians of workers differ by at most tau.

Setting: every f_m convex and L-smooth, mu-strongly convex where a bound has mu; the Hessians of any
    two workers differ by at most tau and are Q-Lipschitz where a bound has Q; unbiased gradients
    with variance sigma^2, independent. Gradients of workers differ from grad F by at most zeta_max,
    or by zeta_* at x* while iterates stay within D of it; or the minimisers of the f_m have root
    mean square distance zeta'/L from x*.
Method: local_sgd with plain steps; the last two bounds hold for local gradient descent.
Bounds: upper, from x_0. The rates, up to constants and logarithms, bound E F - inf F at the mean of
    all iterates, or with mu at a weighted mean. On quadratics without noise |x_R - x*|^2 after the
    last round is bounded, with constants or as an order.
Source: patel2024limits, Theorems 15, 22 and 27, Propositions 19 and 21.
Limits: tau = Q = 0 leaves Local SGD on quadratics with one Hessian. As R grows the distance tends
    to that between x* and the fixed point of local gradient descent; as K grows this fixed point
    tends to the mean of the workers' minimisers.
"""

import sympy as sp

from theory.assumptions import Assumption
from theory.bound import Constants, Provenance, Source
from theory.bounds.rates import (
    ALL_CONVEX,
    PLAIN_CONVEX,
    THIRD,
    rate,
    statistical,
    statistical_curved,
)
from theory.measures import Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.geometric_sum import GeometricSum
from theory.notation.letters import B, K, L, R, T, eta, mu, sigma, zeta_star

zeta_max, zeta_prime, tau, Q, D = symbols(
    "greatest_heterogeneity",
    "heterogeneity_of_optima",
    "hessian_spread",
    "hessian_smoothness",
    "path_radius",
)

_SPREAD = frozenset({Assumption.HESSIAN_SPREAD, Assumption.HESSIAN_LIPSCHITZ})
_EVERYWHERE = PLAIN_CONVEX | _SPREAD | {Assumption.GREATEST_HETEROGENEITY}
_IN_A_BALL = PLAIN_CONVEX | _SPREAD | {Assumption.HETEROGENEITY_AT_OPTIMUM, Assumption.BOUNDED_PATH}
_HIDDEN = "logarithms are hidden"


def _theorem(locator: str, note: str, provenance: Provenance = Provenance.READ) -> Source:
    return Source("patel2024limits", locator, provenance, note)


def zeta_terms(zeta: sp.Expr) -> sp.Expr:
    """Returns the cost of heterogeneity: by tau, the spread of Hessians, and by Q, their change."""
    return sp.sqrt(tau * zeta * B**3 / R) + (Q * zeta**2 * B**5 / R**2) ** THIRD


at_optimum = zeta_terms(zeta_star) + zeta_terms(tau * D)
"""The cost if gradients differ by zeta_* at x*, and so by at most tau D more within D of it."""

_terms = {
    "optimisation": L * B**2 / T,
    "statistical": statistical,
    "noise drift": sp.sqrt(tau * sigma * B**3) / (K * R**2) ** sp.Rational(1, 4),
    "third order drift": (Q * sigma**2 * B**5 / (K * R**2)) ** THIRD,
}

CONVEX = rate(
    "local_sgd.convex_second_order.order",
    "Local SGD, convex, Hessians that are close and Lipschitz, rate",
    {**_terms, "heterogeneity drift": sp.Min(zeta_terms(zeta_max), at_optimum)},
    assumptions=_EVERYWHERE | _IN_A_BALL,
    at=ReportPoint.AVERAGE_ITERATE,
    source=_theorem("Theorem 15", f"{_HIDDEN}; steps of 1/(2 L) at most"),
)

AT_OPTIMUM = rate(
    "local_sgd.convex_second_order.at_optimum",
    "Local SGD, convex, Hessians that are close and Lipschitz, heterogeneous at x*, rate",
    {**_terms, "heterogeneity drift": at_optimum},
    assumptions=_IN_A_BALL,
    at=ReportPoint.AVERAGE_ITERATE,
    source=_theorem(
        "Theorem 15", f"its second branch alone, for zeta_max unknown; {_HIDDEN}; steps as there"
    ),
)

STRONGLY_CONVEX = rate(
    "local_sgd.strongly_convex_second_order.order",
    "Local SGD, strongly convex, Hessians that are close and Lipschitz, rate",
    {
        "optimisation": L * B**2 * sp.exp(-mu * T / (4 * L)),
        "statistical": statistical_curved,
        "noise drift": tau**2 * sigma**2 / (mu**3 * K * R**2),
        "heterogeneity drift": tau**2 * zeta_max**2 / (mu**3 * R**2),
        "third order noise drift": Q**2 * sigma**4 / (mu**5 * K**2 * R**4),
        "third order heterogeneity drift": Q**2 * zeta_max**4 / (mu**5 * R**4),
    },
    assumptions=_EVERYWHERE | {Assumption.STRONGLY_CONVEX},
    at=ReportPoint.WEIGHTED_AVERAGE,
    source=_theorem(
        "Theorem 27",
        f"{_HIDDEN}; as read the first term has exp(-mu K R/L), its proof gives exp(-mu T/(4 L))",
    ),
)

_QUADRATICS = ALL_CONVEX | {
    Assumption.PLAIN_STEPS,
    Assumption.NOISELESS,
    Assumption.WORKERS_QUADRATIC,
    Assumption.WORKERS_STRONGLY_CONVEX,
    Assumption.HESSIAN_SPREAD,
    Assumption.HETEROGENEITY_OF_OPTIMA,
}

q = sp.Max(0, 1 - eta * mu)
"""The factor by which a local step of one worker contracts distances, kept at 0 or above."""
apart = zeta_prime * tau / (L * mu)
"""A bound on the distance from x* to the mean of the workers' minimisers."""
rest = apart * (1 + K * q ** (K - 1) / GeometricSum(q, K))
"""A bound on the distance from x* to the fixed point of a round of local gradient descent."""
left = q**T * (B + rest)
"""A bound on the distance from x_R to that fixed point."""

FIXED_POINT = rate(
    "local_sgd.heterogeneous_quadratics.fixed_point",
    "Local gradient descent, strongly convex quadratics, distance after the last round",
    # (left + rest)^2, with what vanishes as R grows in the first term.
    {"optimisation": left * (left + 2 * rest), "bias": rest**2},
    conditions=(eta * L <= 1,),
    assumptions=_QUADRATICS,
    at=ReportPoint.LAST_ROUND,
    quantity=Quantity.SQUARED_DISTANCE,
    constants=Constants.EXPLICIT,
    source=_theorem(
        "Propositions 19 and 21",
        "the source bounds |x* - mean x*_m| and |x_inf - mean x*_m|; they are added here, and so "
        "is the way from x_0, which shrinks by (1 - eta mu)^K a round",
        Provenance.DERIVED,
    ),
    unordered=("smoothness", "local_steps", "strong_convexity"),
)

FIXED_POINT_ORDER = rate(
    "local_sgd.heterogeneous_quadratics.order",
    "Local gradient descent, strongly convex quadratics, steps 1/(2 L), rate",
    {"optimisation": B**2 * sp.exp(-2 * mu * T / L), "bias": apart**2},
    assumptions=_QUADRATICS,
    at=ReportPoint.LAST_ROUND,
    quantity=Quantity.SQUARED_DISTANCE,
    step_size=1 / (2 * L),
    source=_theorem(
        "Theorem 22",
        "as read the distance is at most exp(-K R mu/L) B + zeta' tau/(L mu) up to factors that "
        "are not transcribed; squared here; along curvature mu such steps shrink B^2 by about "
        "exp(-mu T/L) only, so that the exponent as read is too large by a factor of two",
    ),
    unordered=("smoothness",),
)

BOUNDS = (CONVEX, AT_OPTIMUM, STRONGLY_CONVEX, FIXED_POINT, FIXED_POINT_ORDER)
