r"""Minibatch SGD with unbiased compression of gradients, of the workers' and of their mean.

Setting: F L-smooth and bounded below; unbiased gradients with variance sigma^2, independent;
    mean_m |grad f_m - grad F|^2 <= zeta^2. Compressors with E C(v) = v and
    E|C(v) - v|^2 <= omega |v|^2, independent across workers; omega_down for the mean that is sent
    back. The two bounds of QSGD have E|g_m|^2 <= G^2 in place of sigma and zeta.
Method: compressed around minibatch_sgd with plain steps and no feedback: the error of compression
    is lost. R steps; a worker compresses its mean of K gradients, and the mean of M messages is
    compressed once more, with one result for all workers.
Bounds: upper, from x_0. Explicit: the mean over rounds of E |grad F(x_r)|^2. In orders, for QSGD:
    that mean, and E F - inf F at the mean of all x_r.
Source: horvath2022natural, Theorem 9, with T = R and sigma^2/K for a batch; derived again in
    proofs/compression/compressed_unbiased.py. alistarh2017qsgd, Theorems 3.4 and 3.5.
Limits: omega = omega_down = 0 gives the bound of Minibatch SGD with the factor 2 - L eta kept, as
    DQ-SGD without rounding. zeta enters through compression alone. A compressor that uses the same
    randomness on every worker gains no factor 1/M.
"""

from dataclasses import replace

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Constants, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, Delta, K, L, M, R, eta, sigma, zeta
from theory.tuning.corollary import tuned

omega, omega_down, G = symbols(
    "compression_variance", "down_compression_variance", "gradient_bound"
)

growth = (1 + omega_down) * (1 + omega / M)
"""The factor by which compression multiplies the squared norm of grad F in the second moment."""

slack = 2 - sp.Min(1, growth * eta * L)
"""2 - growth L eta, held at 1 where the condition growth L eta <= 1 fails, so that it is > 0."""

_noise = (1 + omega_down) * (1 + omega) * sigma**2 / (M * K)
_spread = (1 + omega_down) * omega * zeta**2 / M
_LOSSY = (("feedback", "NONE"),)
_INCREASING = (
    "smoothness",
    "gradient_noise",
    "heterogeneity",
    "initial_gap",
    "compression_variance",
    "down_compression_variance",
)

NONCONVEX = Bound(
    key="compressed.nonconvex.unbiased",
    title="SGD compressed without bias, smooth non-convex",
    algorithm="compressed",
    terms=(
        Term("optimisation", 2 * Delta / (eta * R * slack)),
        Term("statistical", eta * L * _noise / slack),
        Term("heterogeneity", eta * L * _spread / slack),
    ),
    conditions=(growth * eta * L <= 1,),
    assumptions=STOCHASTIC
    | {
        Assumption.SMOOTH,
        Assumption.HETEROGENEITY_AT_REPORT_POINT,
        Assumption.UNBIASED_COMPRESSION,
        Assumption.UNBIASED_COMPRESSION_DOWN,
    },
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START),
    source=Source(
        key="horvath2022natural",
        locator="Theorem 9",
        provenance=Provenance.READ,
        note="T = R, sigma^2/K for a batch; printed for all eta < 2/L over the growth factor "
        "(1 + omega_down)(1 + omega/M), here up to 1/L over it",
    ),
    standing=Standing.PROVED,
    proof="compressed_unbiased",
    fixes=_LOSSY,
    increasing=_INCREASING,
    decreasing=("num_rounds", "num_workers", "local_steps"),
)

SIMPLER = (
    Term("optimisation", 2 * Delta / (eta * R)),
    Term("noise and compression", eta * L * (_noise + _spread)),
)
"""The bound with 1 in place of 2 - growth L eta >= 1, so that terms are powers of the step size."""

TUNED = tuned(
    replace(NONCONVEX, terms=SIMPLER),
    "compressed.nonconvex.unbiased.tuned",
    cap=1 / (growth * L),
    proof="compressed_unbiased",
)

QSGD = replace(
    NONCONVEX,
    key="compressed.nonconvex.qsgd",
    title="QSGD, smooth non-convex, in orders",
    terms=(Term("optimisation", L * Delta / R), Term("compression", (1 + omega) * G**2)),
    conditions=(),
    assumptions=frozenset(
        {
            Assumption.SMOOTH,
            Assumption.BOUNDED_BELOW,
            Assumption.UNBIASED,
            Assumption.BOUNDED_GRADIENTS,
            Assumption.PLAIN_STEPS,
            Assumption.UNIFORM_WEIGHTS,
            Assumption.UNBIASED_COMPRESSION,
        }
    ),
    source=Source(
        key="alistarh2017qsgd",
        locator="Theorem 3.5",
        provenance=Provenance.READ,
        note="at a step size of order 1/L, so that the second term stays; omega = "
        "min(d/s^2, sqrt(d)/s). As read, the first term is sqrt(L Delta/N) where |grad F|^2/L is "
        "bounded, whose units do not balance, and the second lacks the 1 of the second moment "
        "(1 + omega) G^2",
    ),
    standing=Standing.TRANSCRIBED,
    constants=Constants.ORDER,
    proof=None,
    fixes=(*_LOSSY, ("down", None)),
    increasing=("smoothness", "initial_gap", "gradient_bound", "compression_variance"),
    decreasing=("num_rounds",),
)

QSGD_CONVEX = replace(
    QSGD,
    key="compressed.convex.qsgd",
    title="QSGD, smooth convex, in orders",
    terms=(
        Term("optimisation", L * B**2 / R),
        Term("statistical", B * G * sp.sqrt((1 + omega) / (M * R))),
    ),
    assumptions=QSGD.assumptions - {Assumption.BOUNDED_BELOW}
    | {Assumption.CONVEX, Assumption.MINIMISER, Assumption.INDEPENDENT_WORKERS},
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.AVERAGE_ROUND),
    source=Source(
        key="alistarh2017qsgd",
        locator="Theorem 3.4",
        provenance=Provenance.READ,
        note="printed as the number of steps that reach epsilon, and solved for epsilon, so its "
        "step size depends on R. As read, min(d/s^2, sqrt(d)/s) G^2 is the bound on the variance; "
        "what the proof needs is the second moment (1 + omega) G^2. Its R, recalled as the radius "
        "of a domain, is |x_0 - x*| here, all of space being the domain",
    ),
    increasing=("smoothness", "initial_distance", "gradient_bound", "compression_variance"),
    decreasing=("num_rounds", "num_workers"),
)

BOUNDS = (NONCONVEX, TUNED, QSGD, QSGD_CONVEX)
