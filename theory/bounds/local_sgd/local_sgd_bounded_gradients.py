r"""Local SGD on smooth non-convex functions whose gradients are bounded everywhere.

Setting: every f_m L-smooth, F bounded below; unbiased gradients with variance sigma^2, independent
    across workers and steps; E|g_m(x)|^2 <= G^2 for every x, which no quadratic satisfies.
Method: local_sgd with plain steps.
Bounds: upper, explicit; the mean over all steps of E |grad F(x̄_t)|^2 at the mean iterate, from x_0.
Source: yu2019parallel, Theorem 1 and its corollary; recalled with confidence. Runs on quadratics
    and small non-convex functions, with G taken along the path, did not falsify it. Its I is K
    here.
Limits: G takes the place of heterogeneity, since zeta <= G. K = 1 keeps a drift of 4 eta^2 L^2 G^2
    that Minibatch SGD does not have: the bound is loose there.
"""

from dataclasses import replace

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, K, L, M, T, eta, sigma

(G,) = symbols("gradient_bound")

NONCONVEX = Bound(
    key="local_sgd.nonconvex_bounded_gradients",
    title="Local SGD, smooth non-convex, bounded gradients",
    algorithm="local_sgd",
    terms=(
        Term("optimisation", 2 * Delta / (eta * T)),
        Term("statistical", eta * L * sigma**2 / M),
        Term("drift", 4 * eta**2 * K**2 * G**2 * L**2),
    ),
    conditions=(eta * L <= 1,),
    assumptions=STOCHASTIC | {Assumption.WORKERS_SMOOTH, Assumption.BOUNDED_GRADIENTS},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE),
    source=Source(
        key="yu2019parallel",
        locator="Theorem 1",
        provenance=Provenance.RECALLED,
        note="recalled with confidence",
    ),
    standing=Standing.TRANSCRIBED,
    increasing=("smoothness", "gradient_noise", "gradient_bound", "initial_gap"),
)

_speedup = NONCONVEX.at(
    "local_sgd.nonconvex_bounded_gradients.linear_speedup",
    "Local SGD, smooth non-convex, bounded gradients, few local steps, step size (1/L) sqrt(M/T)",
    step_size=sp.sqrt(M / T) / L,
)

LINEAR_SPEEDUP = replace(
    _speedup,
    terms=(*_speedup.terms[:2], Term("drift", 4 * G**2 / sp.sqrt(M * T))),
    conditions=(K**4 * M**3 / T <= 1,),
    source=replace(
        NONCONVEX.source,
        locator="Theorem 1, corollary",
        note="recalled with confidence, as O(1/sqrt(M T)) for K <= T^(1/4)/M^(3/4); constants are "
        "the theorem's",
    ),
)

BOUNDS = (NONCONVEX, LINEAR_SPEEDUP)
