r"""Minibatch SGD, thumb-twiddling SGD and SGD on one machine, on smooth convex functions.

Setting: F convex and L-smooth with a minimiser x*, B = |x_0 - x*|; unbiased gradients, independent,
    with variance sigma^2 everywhere, or sigma_*^2 at x* alone where the loss of every sample is
    convex and L-smooth.
Method: minibatch_sgd, R steps with the mean of M K gradients at one point; thumb_twiddling_sgd, R
    steps with the mean of M; single_machine_sgd, K R steps with one gradient each, where F is the
    function of that machine and not the mean of M different ones.
Bounds: upper, explicit; the mean over all steps of E F(x) - F* at the points where steps are taken;
    by convexity the same bound holds for F at the mean of these points. Heterogeneity does not
    enter: only the mean gradient is used.
Source: the baselines of woodworth2020local, and woodworth2020minibatch, Theorem 1, for sigma_*,
    exponents; constants derived in proofs/convex_lemmas/batch_convex.py and
    minibatch_sgd_convex_at_optimum.py.
Limits: sigma = 0 gives gradient descent, B^2/(2 eta R). On (L/2) x^2 with eta = 1/L that value is
    attained, and with noise so is the other term but for a share 1/R, so that neither constant can
    be lowered. For K = 1 the first two methods are the same, for K = M = 1 all three.
"""

from theory.assumptions import STOCHASTIC_CONVEX, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, K, L, M, R, T, eta, sigma
from theory.tuning.corollary import tuned

(sigma_star,) = symbols("noise_at_optimum")

_INCREASING = ("smoothness", "gradient_noise", "noise_at_optimum", "initial_distance")
_SMOOTH_CONVEX = frozenset({Assumption.SMOOTH, Assumption.CONVEX})
# What a method with a single sequence of gradients need not assume.
_ONE_SAMPLE = frozenset({Assumption.INDEPENDENT_WORKERS, Assumption.UNIFORM_WEIGHTS})


def _source(note: str) -> Source:
    return Source(
        key="woodworth2020local",
        locator="baselines, exponents only",
        provenance=Provenance.DERIVED,
        note=note,
    )


MINIBATCH = Bound(
    key="minibatch_sgd.convex",
    title="Minibatch SGD, smooth convex",
    algorithm="minibatch_sgd",
    terms=(
        Term("optimisation", B**2 / (2 * eta * R)),
        Term("statistical", eta * sigma**2 / (2 * M * K)),
    ),
    conditions=(eta * L <= 1,),
    assumptions=STOCHASTIC_CONVEX | _SMOOTH_CONVEX,
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.ROUND_START),
    source=_source("batch of M K gradients, R steps"),
    standing=Standing.PROVED,
    proof="minibatch_sgd_convex",
    increasing=_INCREASING,
    decreasing=("num_rounds", "num_workers", "local_steps"),
)
MINIBATCH_TUNED = tuned(
    MINIBATCH, "minibatch_sgd.convex.tuned", cap=1 / L, proof="minibatch_sgd_convex"
)

TWIDDLING = Bound(
    key="thumb_twiddling_sgd.convex",
    title="Thumb-twiddling SGD, smooth convex",
    algorithm="thumb_twiddling_sgd",
    terms=(
        Term("optimisation", B**2 / (2 * eta * R)),
        Term("statistical", eta * sigma**2 / (2 * M)),
    ),
    conditions=(eta * L <= 1,),
    assumptions=STOCHASTIC_CONVEX | _SMOOTH_CONVEX,
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.ROUND_START),
    source=_source("batch of M gradients, R steps"),
    standing=Standing.PROVED,
    proof="thumb_twiddling_sgd_convex",
    increasing=_INCREASING,
    decreasing=("num_rounds", "num_workers"),
)
TWIDDLING_TUNED = tuned(
    TWIDDLING, "thumb_twiddling_sgd.convex.tuned", cap=1 / L, proof="thumb_twiddling_sgd_convex"
)

SINGLE = Bound(
    key="single_machine_sgd.convex",
    title="SGD on one machine, smooth convex",
    algorithm="single_machine_sgd",
    terms=(
        Term("optimisation", B**2 / (2 * eta * T)),
        Term("statistical", eta * sigma**2 / 2),
    ),
    conditions=(eta * L <= 1,),
    assumptions=STOCHASTIC_CONVEX - _ONE_SAMPLE | _SMOOTH_CONVEX,
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.MEAN_ITERATE),
    source=_source("one gradient a step, K R steps; F is the function of that machine"),
    standing=Standing.PROVED,
    proof="single_machine_sgd_convex",
    increasing=_INCREASING,
    decreasing=("num_rounds", "local_steps"),
)
SINGLE_TUNED = tuned(
    SINGLE, "single_machine_sgd.convex.tuned", cap=1 / L, proof="single_machine_sgd_convex"
)

AT_OPTIMUM = Bound(
    key="minibatch_sgd.convex_at_optimum",
    title="Minibatch SGD, convex losses, noise known at the optimum",
    algorithm="minibatch_sgd",
    terms=(
        Term("optimisation", B**2 / (2 * eta * R)),
        Term("statistical", eta * sigma_star**2 / (M * K)),
    ),
    conditions=(2 * eta * L <= 1,),
    assumptions=STOCHASTIC_CONVEX - {Assumption.BOUNDED_VARIANCE}
    | {Assumption.SAMPLES_CONVEX_SMOOTH, Assumption.VARIANCE_AT_OPTIMUM},
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.ROUND_START),
    source=Source(
        key="woodworth2020minibatch",
        locator="Theorem 1, convex, exponents only",
        provenance=Provenance.DERIVED,
        note="sigma_* for sigma at twice the price; up to eta = 1/(2 L)",
    ),
    standing=Standing.PROVED,
    proof="minibatch_sgd_convex_at_optimum",
    increasing=_INCREASING,
    decreasing=("num_rounds", "num_workers", "local_steps"),
)
AT_OPTIMUM_TUNED = tuned(
    AT_OPTIMUM,
    "minibatch_sgd.convex_at_optimum.tuned",
    cap=1 / (2 * L),
    proof="minibatch_sgd_convex_at_optimum",
)

BOUNDS = (
    MINIBATCH,
    MINIBATCH_TUNED,
    TWIDDLING,
    TWIDDLING_TUNED,
    SINGLE,
    SINGLE_TUNED,
    AT_OPTIMUM,
    AT_OPTIMUM_TUNED,
)
