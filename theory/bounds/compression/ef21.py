r"""EF21: a worker sends only the compressed change of its gradient since its last message.

Setting: F L-smooth and bounded below, mean_m |grad f_m(x) - grad f_m(y)|^2 <= L~^2 |x - y|^2; exact
    gradients; a compressor with E|C(v) - v|^2 <= (1 - delta) |v|^2. The second bound also needs
    |grad F|^2 >= 2 mu (F - inf F), which strong convexity implies.
Method: compressed around minibatch_sgd with plain steps and feedback DIFFERENCE; R steps, the first
    one along the mean of the first estimates h_m. Heterogeneity and the size of gradients do not
    enter.
Bounds: upper, explicit, from x_0. Non-convex: the mean over rounds of E |grad F(x_r)|^2. With mu:
    E F(x_R) - inf F after the last round. G_0 is the root mean square error of the first estimates:
    0 where they are exact, at most (1 - delta)^(1/2) times the root mean square of the gradients
    where they are compressed gradients.
Source: richtarik2021ef21, Theorems 1 and 2, restated, with T = R; derived again in theory/proofs.
    theta = 1 - sqrt(1 - delta) is written delta/(1 + sqrt(1 - delta)), and sqrt(beta/theta) =
    (1 - theta)/theta.
Limits: delta = 1 gives gradient descent, with eta up to 1/L.
"""

from dataclasses import replace

import sympy as sp

from theory.assumptions import Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, L, R, eta, mu

delta, L_tilde, G_0 = symbols("contraction", "worker_smoothness", "estimate_error")

root = sp.sqrt(1 - delta)
theta = delta / (1 + root)
"""1 - sqrt(1 - delta), the share by which a round shrinks the error of the estimates.

Written as a quotient it loses no digits for small delta.
"""

feedback = root * (1 + root) / delta
"""(1 - theta)/theta, which the paper calls sqrt(beta/theta)."""


def _source(theorem: str) -> Source:
    return Source(
        key="richtarik2021ef21",
        locator=theorem,
        provenance=Provenance.RESTATED,
        note="T = R, exact gradients; derived again",
    )


NONCONVEX = Bound(
    key="compressed.nonconvex.ef21",
    title="EF21, smooth non-convex",
    algorithm="compressed",
    terms=(
        Term("optimisation", 2 * Delta / (eta * R)),
        Term("first estimates", G_0**2 / (theta * R)),
    ),
    conditions=(eta * (L + L_tilde * feedback) <= 1,),
    assumptions=frozenset(
        {
            Assumption.SMOOTH,
            Assumption.SMOOTH_ON_AVERAGE,
            Assumption.BOUNDED_BELOW,
            Assumption.NOISELESS,
            Assumption.CONTRACTION,
            Assumption.PLAIN_STEPS,
            Assumption.UNIFORM_WEIGHTS,
        }
    ),
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START),
    source=_source("Theorem 1"),
    standing=Standing.PROVED,
    proof="ef21_nonconvex",
    fixes=(("feedback", "DIFFERENCE"), ("down", None)),
    increasing=("initial_gap", "estimate_error"),
    decreasing=("num_rounds", "contraction"),
)

shrinking = sp.Max(0, 1 - mu * eta)
"""The factor of F - inf F and of the estimates' error in a step; not clipped for eta <= 1/L."""

POLYAK_LOJASIEWICZ = replace(
    NONCONVEX,
    key="compressed.strongly_convex.ef21",
    title="EF21, smooth and strongly convex",
    terms=(
        Term("optimisation", shrinking**R * Delta),
        Term("first estimates", shrinking**R * eta * G_0**2 / theta),
    ),
    conditions=(eta * (L + sp.sqrt(2) * L_tilde * feedback) <= 1, 2 * mu * eta <= theta),
    assumptions=NONCONVEX.assumptions | {Assumption.POLYAK_LOJASIEWICZ},
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.LAST_ROUND),
    source=_source("Theorem 2"),
    proof="ef21_strongly_convex",
    increasing=("initial_gap", "estimate_error"),
    decreasing=("num_rounds", "strong_convexity"),
)

BOUNDS = (NONCONVEX, POLYAK_LOJASIEWICZ)
