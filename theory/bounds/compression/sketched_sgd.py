r"""Sketched-SGD: which coordinates HEAVYMIX selects, and how SGD with these alone converges.

Setting: F L-smooth; unbiased gradients, variance sigma^2, E|g_m|^2 <= G^2; F mu-strongly convex or
    only bounded below. Sketches estimate |v|^2 within q |v|^2/2 and each v_i^2 within
    q |v|^2/(2k), q = estimate_tolerance; as printed HEAVYMIX allows q = 1.
Method: sketched_sgd with recovery HEAVYMIX and momentum 0. A coordinate is heavy if the estimate of
    its square reaches the estimate of |v|^2 divided by k. k coordinates are used: any k of the
    heavy ones where there are more, else the heavy ones and others at random. The strongly convex
    bound has steps 8/(mu (xi + r)).
Bounds: upper. For one vector: the number of heavy coordinates, and E|C(v) - v|^2/|v|^2. For a run
    from x_0: E F - inf F at the mean of x_r with weights (xi + r)^2, in orders; and, explicit, the
    mean over rounds of E |grad F(x_r)|^2. They hold where all estimates are within the stated
    errors, which is almost certain for fresh hashes and sketches of the size that
    theory.costs.sketch_size gives.
Source: ivkin2019sketched, Algorithm 1, Lemma 1 and Theorem 1, as read; the non-convex bound is
    derived here. The two facts about one vector on which Lemma 1 rests fail as read: coordinates
    near |v|^2 (1-q)/k may count as heavy, up to k/(1-q) of them, and for q near 1 k of those may
    hold almost nothing of |v|^2. The bounds that replace them are derived in theory/proofs, and
    are attained.
Limits: q = 1/2 repairs the algorithm: at most 2k heavy coordinates, and a k/d-contraction for
    k <= d/2. k = d and q = 0 give SGD in terms of G.
"""

from dataclasses import replace

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Constants, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, K, L, M, R, eta, mu, sigma

d, k, q, G = symbols("dimension", "kept", "estimate_tolerance", "gradient_bound")

# The theorems are about this recovery only; momentum in sketches is not covered.
_FIXED = (("recovery", "HEAVYMIX"), ("momentum", 0.0))


def _source(locator: str, note: str, provenance: Provenance = Provenance.READ) -> Source:
    return Source(key="ivkin2019sketched", locator=locator, provenance=provenance, note=note)


SELECTED = Bound(
    key="sketched_sgd.heavymix.selected",
    title="HEAVYMIX: coordinates taken for heavy",
    algorithm="sketched_sgd",
    terms=(Term("heavy", k / (1 - q)),),
    conditions=(),
    assumptions=frozenset({Assumption.HEAVIEST_FIRST}),
    measure=Measure(Quantity.SELECTED, ReportPoint.ONE_VECTOR),
    source=_source("Algorithm 1, amended", "any tolerance below 1", Provenance.DERIVED),
    standing=Standing.PROVED,
    proof="heavymix_selected",
    fixes=_FIXED,
    increasing=("kept", "estimate_tolerance"),
    decreasing=(),
)

SELECTED_AS_READ = replace(
    SELECTED,
    key="sketched_sgd.heavymix.selected.as_read",
    title="HEAVYMIX: coordinates taken for heavy, as read",
    terms=(Term("heavy", k),),
    source=_source(
        "Algorithm 1",
        "implied by filling up to k; estimates are compared as squares, since as read one of g_i "
        "is compared with one of |g|^2/k, whose units differ",
    ),
    standing=Standing.REFUTED,
    proof=None,
    refutation="heavymix_selected",
    amended="sketched_sgd.heavymix.selected",
    increasing=("kept",),
)

CONTRACTION = replace(
    SELECTED,
    key="sketched_sgd.heavymix.contraction",
    title="HEAVYMIX: what is left out of a vector",
    terms=(Term("left out", sp.Max(1 - k / d, q)),),
    conditions=(k + 1 <= d,),
    measure=Measure(Quantity.RELATIVE_ERROR, ReportPoint.ONE_VECTOR),
    source=_source(
        "Lemma 1, amended",
        "1 - k/d where k <= (1 - q) d, as for half of the errors that are printed and k <= d/2",
        Provenance.DERIVED,
    ),
    proof="heavymix_contraction",
    increasing=("dimension", "estimate_tolerance"),
    decreasing=("kept",),
)

CONTRACTION_AS_READ = replace(
    CONTRACTION,
    key="sketched_sgd.heavymix.contraction.as_read",
    title="HEAVYMIX: what is left out of a vector, as read",
    terms=(Term("left out", sp.Max(0, 1 - k / d)),),
    source=_source(
        "Lemma 1",
        "the fact of one vector on which it rests, for estimates with the errors of Algorithm 1; "
        "its sketches, of a size in orders only, may be better",
    ),
    standing=Standing.REFUTED,
    proof=None,
    refutation="heavymix_contraction",
    amended="sketched_sgd.heavymix.contraction",
    increasing=("dimension",),
)

STRONGLY_CONVEX = Bound(
    key="sketched_sgd.strongly_convex",
    title="Sketched-SGD, smooth and strongly convex, in orders",
    algorithm="sketched_sgd",
    terms=(
        Term("statistical", sigma**2 / (mu * M * K * R)),
        Term("second moment", (d / k) ** 2 * G**2 * L / (mu**2 * R**2)),
        Term("memory", (d / k) ** 3 * G**2 / (mu * R**3)),
    ),
    conditions=(k <= d,),
    assumptions=frozenset(
        {
            Assumption.SMOOTH,
            Assumption.STRONGLY_CONVEX,
            Assumption.UNBIASED,
            Assumption.BOUNDED_VARIANCE,
            Assumption.INDEPENDENT_WORKERS,
            Assumption.BOUNDED_GRADIENTS,
            Assumption.UNIFORM_WEIGHTS,
            Assumption.HEAVIEST_FIRST,
        }
    ),
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.WEIGHTED_AVERAGE),
    source=_source(
        "Theorem 1",
        "sigma^2/(M K) for the variance of a step's gradient. As read the last term has G^3, "
        "whose units do not balance, and steps are 1/(r + xi), without 8/mu; stich2018sparsified, "
        "on which it rests, has G^2 and 8/mu. xi > 2 + d(1 + beta)/(k(1 + rho)) for some beta > 4, "
        "rho = 4 beta/((beta - 4)(beta + 1)^2). It also needs the contraction that Lemma 1 states",
    ),
    standing=Standing.TRANSCRIBED,
    constants=Constants.ORDER,
    fixes=_FIXED,
    increasing=("smoothness", "gradient_noise", "gradient_bound", "dimension"),
    decreasing=("num_rounds", "num_workers", "local_steps", "kept", "strong_convexity"),
)

NONCONVEX = Bound(
    key="sketched_sgd.nonconvex",
    title="Sketched-SGD, smooth non-convex",
    algorithm="sketched_sgd",
    terms=(
        Term("optimisation", 2 * Delta / (eta * R)),
        Term("second moment", eta * L * G**2),
        Term("memory", 4 * eta**2 * L**2 * G**2 * sp.Max(0, 1 - k / d) * (d / k) ** 2),
    ),
    conditions=(k / d + q <= 1, k + 1 <= d),
    assumptions=STOCHASTIC - {Assumption.BOUNDED_VARIANCE, Assumption.INDEPENDENT_WORKERS}
    | {Assumption.SMOOTH, Assumption.BOUNDED_GRADIENTS, Assumption.HEAVIEST_FIRST},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START),
    source=Source(
        key="karimireddy2019ef",
        locator="Theorem II, at delta = k/d",
        provenance=Provenance.DERIVED,
        note="what the appendix of ivkin2019sketched, which was not read, is said to do",
    ),
    standing=Standing.PROVED,
    proof="sketched_sgd_nonconvex",
    fixes=_FIXED,
    increasing=("smoothness", "gradient_bound", "initial_gap", "dimension"),
    decreasing=("num_rounds", "kept"),
)

BOUNDS = (
    SELECTED,
    SELECTED_AS_READ,
    CONTRACTION,
    CONTRACTION_AS_READ,
    STRONGLY_CONVEX,
    NONCONVEX,
)
