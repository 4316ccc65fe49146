r"""AC-SA on smooth convex functions: bounds of the literature, with the constants that they state.

Setting: F convex and L-smooth on all of R^d, mu-strongly convex where a bound has mu; unbiased
    gradients with variance sigma^2, independent.
Method: ac_sa, N steps with one gradient each; with the mean of M K gradients sigma^2 becomes
    sigma^2/(M K). The weights are 2/(t+1) and 4 gamma/(t(t+1)); gamma is chosen for the horizon
    without mu and is L with mu.
Bounds: upper, explicit; E F - inf F at the aggregated sequence after N steps from x_0,
    B = |x_0 - x*|.
Source: ghadimi2012optimal, recalled with confidence and not read; N is num_steps.
Limits: sigma = 0 gives 4 L B^2/(N(N+1)) without mu, and half of that with mu. At the same gamma the
    noise term without mu is 8 (N+2)/(2N+1) times that of the sharper bound in ac_sa_convex.py:
    eight times at N = 1, four times for large N. The source also has a Lipschitz part of F, which
    is absent here.
"""

import sympy as sp

from theory.assumptions import Assumption
from theory.bound import Constants, Provenance, Source
from theory.bounds.rates import MEAN_CONVEX, rate
from theory.measures import ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, L, mu, sigma

(N,) = symbols("num_steps")

gamma = sp.Max(2 * L, sp.sqrt(2 * N * (N + 1) * (N + 2) / 3) * sigma / B)
"""The weight of the prox term, unit f/x^2: twice the smoothness, or more for large noise."""

CONVEX = rate(
    "ac_sa.convex.ghadimi_lan",
    "AC-SA, smooth convex, with the constants of the literature",
    {
        "optimisation": 2 * gamma * B**2 / (N * (N + 1)),
        "statistical": 4 * (N + 2) * sigma**2 / (3 * gamma),
    },
    assumptions=MEAN_CONVEX,
    at=ReportPoint.LAST_AGGREGATE,
    constants=Constants.EXPLICIT,
    source=Source(
        "ghadimi2012optimal",
        "AC-SA without strong convexity",
        Provenance.RECALLED,
        "recalled with confidence; gamma is put in",
    ),
)

STRONGLY_CONVEX = rate(
    "ac_sa.strongly_convex.ghadimi_lan",
    "AC-SA of one stage, smooth and strongly convex, with the constants of the literature",
    {
        "optimisation": 2 * L * B**2 / (N * (N + 1)),
        "statistical": 8 * sigma**2 / (mu * (N + 1)),
    },
    assumptions=MEAN_CONVEX | {Assumption.STRONGLY_CONVEX},
    at=ReportPoint.LAST_AGGREGATE,
    constants=Constants.EXPLICIT,
    source=Source(
        "ghadimi2012optimal",
        "AC-SA with strong convexity, one stage",
        Provenance.RECALLED,
        "recalled with confidence; gamma_t = 4 L/(t(t+1))",
    ),
)

BOUNDS = (CONVEX, STRONGLY_CONVEX)
