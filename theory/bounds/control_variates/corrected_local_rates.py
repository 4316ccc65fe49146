r"""Rates, on convex functions, of methods that reduce the drift of Local SGD.

Setting: every f_m convex and L-smooth; unbiased gradients with variance sigma^2, independent.
    Heterogeneity is unrestricted for scaffold, zeta_* at x* for slowcal_sgd, and absent for
    inner_outer_local_sgd.
Method: scaffold takes local steps corrected by control variates; slowcal_sgd takes local steps with
    gradients at query points that move slowly; inner_outer_local_sgd takes plain local steps and an
    outer step of any size gamma.
Bounds: upper, up to constants; E F - inf F at an average of the iterates, started from x_0.
Source: karimireddy2020scaffold, recalled with confidence; dahan2024slowcal and khaled2025outer,
    recalled without confidence. None was read.
Limits: gamma = 1 gives the rate of Local SGD, gamma = 1/(eta L K) that of Minibatch SGD. The rate
    of SLowcal-SGD, as recalled, is below any.convex_at_optimum.lower where K > R and both noise and
    heterogeneity are small: a term that falls like 1/R^2 must be missing from it.
"""

import sympy as sp

from theory.assumptions import Assumption
from theory.bound import Provenance, Source
from theory.bounds.rates import ALL_CONVEX, PLAIN_CONVEX, rate, statistical
from theory.measures import ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, K, L, M, R, T, eta, sigma, zeta_star

(gamma,) = symbols("outer_step_size")

SCAFFOLD = rate(
    "scaffold.convex.order",
    "SCAFFOLD, smooth convex, rate",
    {"optimisation": L * B**2 / R, "statistical": statistical},
    assumptions=PLAIN_CONVEX,
    at=ReportPoint.AVERAGE_ROUND,
    source=Source(
        "karimireddy2020scaffold",
        "convex, all workers taking part",
        Provenance.RECALLED,
        "recalled with confidence; variates that start at 0 add a term that is left out",
    ),
)

SLOWCAL = rate(
    "slowcal_sgd.convex_at_optimum.order",
    "SLowcal-SGD, smooth convex, heterogeneous at the optimum, rate",
    {
        "optimisation": L * B**2 / T,
        "statistical": statistical,
        "noise drift": sp.sqrt(L * sigma * B**3 / R**2) / K ** sp.Rational(1, 4),
        "heterogeneity drift": sp.sqrt(L * zeta_star * B**3) / R,
    },
    assumptions=ALL_CONVEX | {Assumption.HETEROGENEITY_AT_OPTIMUM},
    at=ReportPoint.OUTPUT,
    source=Source(
        "dahan2024slowcal",
        "main theorem",
        Provenance.RECALLED,
        "recalled without confidence, in sigma, zeta_*, M, K and R only: the powers of L and B are "
        "those that balance the units; without noise and zeta_* what is left contradicts "
        "patel2024limits, Theorem 11, where K > R",
    ),
)

INNER_OUTER = rate(
    "inner_outer_local_sgd.convex_homogeneous.order",
    "Local SGD with two step sizes, smooth convex, homogeneous, rate",
    {
        "optimisation": B**2 / (gamma * eta * T),
        # A form that has the two limits above; the source's own terms are not known.
        "statistical": sp.Max(1, gamma) * eta * sigma**2 / M,
        "noise drift": L * eta**2 * sigma**2 * K,
    },
    conditions=(4 * eta * L * (1 + sp.Max(0, gamma - 1) * K) <= 1,),
    assumptions=PLAIN_CONVEX | {Assumption.HOMOGENEOUS},
    at=ReportPoint.AVERAGE_ITERATE,
    source=Source(
        "khaled2025outer",
        "smooth convex, two step sizes",
        Provenance.RECALLED,
        "recalled without confidence: the condition is as read, the form is one that has the two "
        "limits which the source states",
    ),
    unordered=("local_steps",),
)

BOUNDS = (SCAFFOLD, SLOWCAL, INNER_OUTER)
