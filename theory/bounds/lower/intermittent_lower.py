r"""Lower bounds on convex functions, for every method with R rounds of K gradients on each worker.

Setting: M >= 2 workers; F convex and L-smooth, of a sufficiently large dimension, mu-strongly
    convex where a bound has mu; unbiased gradients with variance sigma^2, independent. Workers
    share one function (homogeneous), or have heterogeneity zeta_* at x* (at_optimum), which may be
    0.
Method: any method with M K gradients a round, also a randomised one; with a Lipschitz Hessian, and
    where workers differ, any whose iterates stay in the span of the gradients that the worker has
    computed or received.
Bounds: lower, up to constants; for every method there is such a problem on which E F - inf F at the
    point that it returns is at least this.
Source: woodworth2021minmax, Theorems 1 and 4, Corollary 2; patel2024limits, Theorem 11, which
    supersedes woodworth2020minibatch, Theorem 4.
Limits: without noise, acceleration with K R steps is optimal where workers share one function, and
    with R steps where they share only x*. Corollary 2 is not tight in its exponentials, as its
    authors say. For one worker, which these bounds exclude, log M is taken at M = 2. No term can
    exceed the error at the start, L B^2, or Delta with mu; such caps are written only where a
    source has them.
"""

import sympy as sp

from theory.assumptions import Assumption
from theory.bound import Provenance, Side, Source
from theory.bounds.rates import (
    ALL_CONVEX,
    MEAN_CONVEX,
    one_worker,
    one_worker_curved,
    rate,
    statistical,
    statistical_curved,
)
from theory.measures import ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, Delta, K, L, M, R, T, mu, sigma, zeta_star

(Q,) = symbols("hessian_smoothness")

log_workers = sp.log(sp.Max(2, M))
# sp.Le keeps the form left <= right; Python would turn 2 <= M into M >= 2.
_TWO = (sp.Le(2, M),)
_SAME = MEAN_CONVEX | {Assumption.HOMOGENEOUS}
_SPAN = ALL_CONVEX | {Assumption.ZERO_RESPECTING, Assumption.HETEROGENEITY_AT_OPTIMUM}


def _minmax(theorem: str, note: str = "") -> Source:
    return Source("woodworth2021minmax", theorem, Provenance.READ, note)


HOMOGENEOUS = rate(
    "any.convex_homogeneous.lower",
    "Any method, smooth convex, homogeneous: none is better",
    {
        "optimisation": L * B**2 / T**2,
        "statistical": sp.Min(statistical, L * B**2),
        "communication": sp.Min(L * B**2 / (R**2 * (1 + sp.log(M) ** 2)), one_worker),
    },
    conditions=_TWO,
    assumptions=_SAME,
    at=ReportPoint.OUTPUT,
    side=Side.LOWER,
    source=_minmax("Theorem 1"),
)

STRONGLY_CONVEX = rate(
    "any.strongly_convex_homogeneous.lower",
    "Any method, smooth and strongly convex, homogeneous: none is better",
    {
        "optimisation": Delta * sp.exp(-sp.sqrt(mu / L) * T) / T**2,
        "statistical": statistical_curved,
        "communication": sp.Min(
            Delta * sp.exp(-sp.sqrt(mu / L) * R * log_workers) / (R**2 * log_workers**2),
            one_worker_curved,
        ),
    },
    conditions=_TWO,
    assumptions=_SAME | {Assumption.STRONGLY_CONVEX},
    at=ReportPoint.OUTPUT,
    side=Side.LOWER,
    source=_minmax("Corollary 2", "the exponentials are not tight"),
)

HESSIAN_LIPSCHITZ = rate(
    "any.convex_homogeneous_hessian_lipschitz.lower",
    "Zero-respecting methods, Lipschitz Hessian, convex, homogeneous: none is better",
    {
        "optimisation": L * B**2 / T**2,
        "statistical": sp.Min(statistical, L * B**2),
        "communication": sp.Min(
            L * B**2 / (R**2 * log_workers**2),
            sp.sqrt(Q * sigma)
            * B**2
            / (K ** sp.Rational(1, 4) * R**2 * log_workers ** sp.Rational(7, 4)),
            one_worker,
        ),
    },
    conditions=_TWO,
    assumptions=_SAME | {Assumption.HESSIAN_LIPSCHITZ, Assumption.ZERO_RESPECTING},
    at=ReportPoint.OUTPUT,
    side=Side.LOWER,
    source=_minmax("Theorem 4", "holds for all queries at once with probability 1/2 or more"),
)

AT_OPTIMUM = rate(
    "any.convex_at_optimum.lower",
    "Zero-respecting methods, smooth convex, workers that share x*: none is better",
    {"optimisation": L * B**2 / R**2, "statistical": statistical},
    conditions=_TWO,
    assumptions=_SPAN,
    at=ReportPoint.OUTPUT,
    side=Side.LOWER,
    source=Source(
        "patel2024limits",
        "Theorem 11",
        Provenance.READ,
        "zeta_* = 0, and so for every zeta_*; factors of two in the printed instance do not bear "
        "on the order",
    ),
)

AT_OPTIMUM_2020 = rate(
    "any.convex_at_optimum.lower_woodworth2020",
    "Zero-respecting methods, smooth convex, heterogeneous at the optimum: none is better",
    {
        "optimisation": sp.Min(L * B**2 / R**2, zeta_star**2 / (L * R**2), zeta_star * B / R),
        "statistical": statistical,
    },
    conditions=_TWO,
    assumptions=_SPAN,
    at=ReportPoint.OUTPUT,
    side=Side.LOWER,
    source=Source(
        "woodworth2020minibatch",
        "Theorem 4, convex",
        Provenance.RESTATED,
        "restated in patel2024limits, Table 1; the third entry is never the least",
    ),
    unordered=("smoothness",),
)

BOUNDS = (HOMOGENEOUS, STRONGLY_CONVEX, HESSIAN_LIPSCHITZ, AT_OPTIMUM, AT_OPTIMUM_2020)
