r"""DQ-SGD: Minibatch SGD whose gradients are randomly rounded to levels with spacing |g|_p / s.

Setting: F L-smooth and bounded below, and |grad F|^2 >= 2 mu (F - inf F) where a bound has mu
    (implied by strong convexity, which the bound as read assumes); unbiased gradients with variance
    sigma^2, independent; unbiased rounding, independent across workers.
Method: dq_sgd with plain steps; R steps, each with the mean of M rounded means of K gradients. The
    number of levels s may follow any rule that uses only what is known before the rounding.
Bounds: upper, explicit, from x_0. Non-convex: the mean over rounds of E |grad F(x_r)|^2. Strongly
    convex: E F(x_R) - inf F after the last round. The levels enter through h = level_spacing: h^2
    is the mean over workers and rounds of E (|g_m|_p / s)^2, with equal weights of rounds in the
    first bound and weights alpha^(R-1-r) in the second. h may be measured on a run, or be replaced
    by an upper bound.
Source: yan2021dqsgd, Theorems 3 and 1 of the submission that came before it, the text that was
    read (its K gradients a step are M K here). As read, rounding has the variance h^2 d/6, that of
    uniformly distributed errors; in general it is at most h^2 d/4, which is attained where every
    coordinate lies half way between two levels. The bounds as read are refuted by such instances;
    the amended ones are derived in theory/proofs, and gain the 1/M of independent workers.
Limits: h = 0 gives Minibatch SGD; sigma = 0 gives quantised gradient descent; on (L/2)|x|^2 from
    the vector of ones in four dimensions, with one level, the strongly convex bound is attained at
    R = 1. The lower bound of Theorem 1 and Theorem 2 are not encoded.
"""

from dataclasses import replace

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.geometric_sum import GeometricSum
from theory.notation.letters import Delta, K, L, M, R, eta, sigma
from theory.tuning.corollary import tuned

d, h, mu = symbols("dimension", "level_spacing", "strong_convexity")

_INCREASING = ("smoothness", "gradient_noise", "initial_gap", "level_spacing", "dimension")
_EVEN = "rounding with the variance h^2 d/6 of errors spread evenly; not averaged over workers"
_WORST = "rounding with the variance h^2 d/4 of the worst case, 1/M for M independent workers"


def _source(theorem: str, note: str, provenance: Provenance) -> Source:
    note = f"{note}; the text read is the submission before it"
    return Source(key="yan2021dqsgd", locator=theorem, provenance=provenance, note=note)


slack = 2 - sp.Min(1, eta * L)
"""2 - L eta, held at 1 where the condition L eta <= 1 fails, so that it is > 0."""


def _nonconvex(rounding: sp.Expr) -> tuple[Term, ...]:
    return (
        Term("optimisation", 2 * Delta / (eta * R * slack)),
        Term("statistical", eta * L * sigma**2 / (M * K * slack)),
        Term("quantisation", eta * L * rounding / slack),
    )


NONCONVEX = Bound(
    key="dq_sgd.nonconvex",
    title="DQ-SGD, smooth non-convex",
    algorithm="dq_sgd",
    terms=_nonconvex(d * h**2 / (4 * M)),
    conditions=(eta * L <= 1,),
    assumptions=STOCHASTIC | {Assumption.SMOOTH, Assumption.UNBIASED_ROUNDING},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START),
    source=_source("Theorem 3, amended", f"{_WORST}; up to eta = 1/L", Provenance.DERIVED),
    standing=Standing.PROVED,
    proof="dq_sgd_nonconvex",
    increasing=_INCREASING,
    decreasing=("num_rounds", "num_workers", "local_steps"),
)

SIMPLER = (
    Term("optimisation", 2 * Delta / (eta * R)),
    Term("noise and quantisation", eta * L * (sigma**2 / K + d * h**2 / 4) / M),
)
"""The bound with 1 in place of 2 - L eta >= 1, so that terms are powers of the step size."""

TUNED = tuned(
    replace(NONCONVEX, terms=SIMPLER),
    "dq_sgd.nonconvex.tuned",
    cap=1 / L,
    proof="dq_sgd_nonconvex",
)

NONCONVEX_AS_READ = replace(
    NONCONVEX,
    key="dq_sgd.nonconvex.as_read",
    title="DQ-SGD, smooth non-convex, as read",
    terms=_nonconvex(d * h**2 / 6),
    source=_source("Theorem 3", f"{_EVEN}; printed for all eta < 2/L", Provenance.READ),
    standing=Standing.REFUTED,
    proof=None,
    refutation="dq_sgd_nonconvex",
    amended="dq_sgd.nonconvex",
)

alpha = sp.Max(0, sp.Min(1, 1 - 2 * mu * eta + L * mu * eta**2))
"""The factor of E F - inf F in a step; clipped to [0, 1], where it lies for eta <= 2/L, mu <= L."""


def _strongly_convex(rounding: sp.Expr) -> tuple[Term, ...]:
    weights = GeometricSum(alpha, R)
    return (
        Term("optimisation", alpha**R * Delta),
        Term("statistical", L * eta**2 * sigma**2 * weights / (2 * M * K)),
        Term("quantisation", L * eta**2 * rounding * weights / 2),
    )


STRONGLY_CONVEX = Bound(
    key="dq_sgd.strongly_convex",
    title="DQ-SGD, smooth and strongly convex",
    algorithm="dq_sgd",
    terms=_strongly_convex(d * h**2 / (4 * M)),
    conditions=(eta * L <= 2,),
    assumptions=STOCHASTIC
    | {Assumption.SMOOTH, Assumption.POLYAK_LOJASIEWICZ, Assumption.UNBIASED_ROUNDING},
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.LAST_ROUND),
    source=_source("Theorem 1, upper, amended", _WORST, Provenance.DERIVED),
    standing=Standing.PROVED,
    proof="dq_sgd_strongly_convex",
    increasing=_INCREASING,
    decreasing=("num_workers", "local_steps", "strong_convexity"),
)

STRONGLY_CONVEX_AS_READ = replace(
    STRONGLY_CONVEX,
    key="dq_sgd.strongly_convex.as_read",
    title="DQ-SGD, smooth and strongly convex, as read",
    terms=_strongly_convex(d * h**2 / 6),
    assumptions=STRONGLY_CONVEX.assumptions - {Assumption.POLYAK_LOJASIEWICZ}
    | {Assumption.STRONGLY_CONVEX},
    source=_source("Theorem 1, upper", _EVEN, Provenance.READ),
    standing=Standing.REFUTED,
    proof=None,
    refutation="dq_sgd_strongly_convex",
    amended="dq_sgd.strongly_convex",
)

BOUNDS = (NONCONVEX, TUNED, NONCONVEX_AS_READ, STRONGLY_CONVEX, STRONGLY_CONVEX_AS_READ)
