r"""FedNova on smooth non-convex functions, where all workers take the same number of plain steps.

Setting: every f_m L-smooth, F bounded below; unbiased gradients with variance sigma^2, independent;
    mean_m |grad f_m|^2 <= G^2 + B^2 |grad F|^2.
Method: FedNova divides each worker's progress by its own number of steps before averaging. With K
    plain steps on each of them it is local_sgd, and only that case is bounded here.
Bounds: upper, explicit; the mean over rounds of E |grad F(x_r)|^2 at round starts only, started
    from x_0.
Source: wang2020fednova, the form of its appendix, recalled with confidence; A = 1, B = K - 1 and
    C = K^2 - K for equal plain steps; its kappa and beta are G and B here. At the step size
    (1/L) sqrt(M/T) it has the shape of Theorem 1, which was read. Where workers take different
    numbers of steps, FedAvg converges to a stationary point of another objective, by Theorem 2, and
    FedNova does not.
Limits: K = 1 gives Minibatch SGD's bound with twice its first constant and four times its second.
"""

from dataclasses import replace

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, K, L, M, T, eta, sigma

G, B = symbols("dissimilarity", "dissimilarity_factor")

NONCONVEX = Bound(
    key="fednova.nonconvex",
    title="FedNova with equal plain steps, smooth non-convex, heterogeneous",
    algorithm="fednova",
    terms=(
        Term("optimisation", 4 * Delta / (eta * T)),
        Term("statistical", 4 * eta * L * sigma**2 / M),
        Term("noise drift", 6 * eta**2 * L**2 * sigma**2 * (K - 1)),
        Term("heterogeneity drift", 12 * eta**2 * L**2 * G**2 * K * (K - 1)),
    ),
    conditions=(2 * eta * L * K * sp.sqrt(2 * B**2 + 1) <= 1,),
    assumptions=STOCHASTIC | {Assumption.WORKERS_SMOOTH, Assumption.BOUNDED_DISSIMILARITY},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START),
    source=Source(
        key="wang2020fednova",
        locator="Theorem 1, appendix",
        provenance=Provenance.RECALLED,
        note="recalled with confidence; equal numbers of plain steps",
    ),
    standing=Standing.TRANSCRIBED,
    increasing=("smoothness", "gradient_noise", "dissimilarity", "initial_gap"),
)

LINEAR_SPEEDUP = replace(
    NONCONVEX.at(
        "fednova.nonconvex.linear_speedup",
        "FedNova with equal plain steps, smooth non-convex, step size (1/L) sqrt(M/T)",
        step_size=sp.sqrt(M / T) / L,
    ),
    source=replace(
        NONCONVEX.source,
        locator="Theorem 1",
        note="read as an order with step size sqrt(M/T), which has no unit; constants from the "
        "appendix, recalled with confidence",
    ),
)

BOUNDS = (NONCONVEX, LINEAR_SPEEDUP)
