r"""SGD with error feedback: the error of compressing a message is added to the next message.

Setting: F L-smooth and bounded below, or convex with a minimiser and possibly non-smooth; unbiased
    gradients with E|g_m|^2 <= G^2; a compressor with E|C(v) - v|^2 <= (1 - delta) |v|^2, biased or
    not. The bound with linear speed-up also has variance sigma^2 and independent workers.
Method: compressed around minibatch_sgd with plain steps and feedback ERROR; R steps; each worker m
    compresses the sum of its mean of K gradients and of its memory e_m, the error of its messages
    so far, which is 0 at first.
Bounds: upper, explicit, from x_0. Non-convex: the mean over rounds of E |grad F(x_r)|^2. Convex:
    E F - inf F at the mean of all x_r. The iterates are those of the method itself, not the virtual
    ones x_r - mean_m e_m that the proofs use.
Source: karimireddy2019ef, Theorem II at rho = 1 and Theorem III, restated for one machine with
    T + 1 = R; as recalled its middle term has half the constant here, which the derivation does not
    give. Nothing in it needs M = 1, so it is stated for all M. The speed-up is derived here.
Limits: delta = 1 gives the bounds of SGD in terms of G. Unbiased compressors of variance omega
    enter with delta = 1 - omega, or scaled by 1/(1 + omega) with delta = 1/(1 + omega). The first
    bound has no condition: a large eta only loosens it. The memories have
    mean_m E|e_m|^2 <= 4 (1 - delta) eta^2 G^2/delta^2.
"""

from dataclasses import replace

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, Delta, K, L, M, R, eta, sigma
from theory.tuning.corollary import tuned

delta, G = symbols("contraction", "gradient_bound")

memory = (1 - delta) * G**2 / delta**2
"""The bound on mean_m E|e_m|^2, divided by 4 eta^2."""

_INCREASING = ("smoothness", "gradient_noise", "gradient_bound", "initial_gap", "step_size")
_FED_BACK = (("feedback", "ERROR"), ("down", None))
_ANY_NOISE = STOCHASTIC - {Assumption.BOUNDED_VARIANCE, Assumption.INDEPENDENT_WORKERS}

NONCONVEX = Bound(
    key="compressed.nonconvex.error_feedback",
    title="SGD with error feedback, smooth non-convex",
    algorithm="compressed",
    terms=(
        Term("optimisation", 2 * Delta / (eta * R)),
        Term("second moment", eta * L * G**2),
        Term("memory", 4 * eta**2 * L**2 * memory),
    ),
    conditions=(),
    assumptions=_ANY_NOISE
    | {Assumption.SMOOTH, Assumption.BOUNDED_GRADIENTS, Assumption.CONTRACTION},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START),
    source=Source(
        key="karimireddy2019ef",
        locator="Theorem II",
        provenance=Provenance.DERIVED,
        note="restated for one machine, rho = 1, T + 1 = R, G for its sigma; the middle term is "
        "that of the derivation",
    ),
    standing=Standing.PROVED,
    proof="error_feedback_nonconvex",
    fixes=_FED_BACK,
    increasing=("smoothness", "gradient_bound", "initial_gap"),
    decreasing=("num_rounds", "contraction"),
)

SPEEDUP = replace(
    NONCONVEX,
    key="compressed.nonconvex.error_feedback_speedup",
    title="SGD with error feedback, smooth non-convex, linear speed-up",
    terms=(
        Term("optimisation", 4 * Delta / (eta * R)),
        Term("statistical", 2 * eta * L * sigma**2 / (M * K)),
        Term("memory", 8 * eta**2 * L**2 * memory),
    ),
    conditions=(2 * eta * L <= 1,),
    assumptions=STOCHASTIC
    | {Assumption.SMOOTH, Assumption.BOUNDED_GRADIENTS, Assumption.CONTRACTION},
    source=Source(
        key="karimireddy2019ef",
        locator="Theorem II, method only",
        provenance=Provenance.DERIVED,
        note="M workers with memories of their own; G is needed for the memory alone",
    ),
    proof="error_feedback_speedup",
    increasing=("smoothness", "gradient_noise", "gradient_bound", "initial_gap"),
    decreasing=("num_rounds", "num_workers", "local_steps", "contraction"),
)

SPEEDUP_TUNED = tuned(
    SPEEDUP,
    "compressed.nonconvex.error_feedback_speedup.tuned",
    cap=1 / (2 * L),
    proof="error_feedback_speedup",
)

CONVEX = replace(
    NONCONVEX,
    key="compressed.convex.error_feedback",
    title="SGD with error feedback, convex, smooth or not",
    terms=(
        Term("optimisation", B**2 / (2 * eta * R)),
        Term("second moment", eta * G**2 / 2),
        Term("memory", 2 * eta * G**2 * sp.sqrt(1 - delta) / delta),
    ),
    assumptions=_ANY_NOISE - {Assumption.BOUNDED_BELOW}
    | {
        Assumption.CONVEX,
        Assumption.MINIMISER,
        Assumption.BOUNDED_GRADIENTS,
        Assumption.CONTRACTION,
    },
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.AVERAGE_ROUND),
    source=Source(
        key="karimireddy2019ef",
        locator="Theorem III",
        provenance=Provenance.RESTATED,
        note="for one machine, T + 1 = R, G for its sigma; subgradients where F has no gradient; "
        "derived again, for all M",
    ),
    proof="error_feedback_convex",
    increasing=("gradient_bound", "initial_distance"),
    decreasing=("num_rounds", "contraction"),
)

BOUNDS = (NONCONVEX, SPEEDUP, SPEEDUP_TUNED, CONVEX)
