r"""Cooperative SGD: workers and auxiliary variables mixed by one symmetric matrix every K steps.

Setting: every f_m L-smooth, F bounded below; unbiased gradients with variance sigma^2, independent.
    All workers have the same function where the key says homogeneous; else
    mean_m |grad f_m - grad F|^2 <= zeta^2.
Method: X <- (X - eta G) S over M workers and v auxiliary variables, which take no gradient; S is W
    every K steps and the identity otherwise. W is symmetric with rows that add up to 1, its other
    eigenvalues within zeta_W = mixing_rate < 1. local_sgd is v = 0, zeta_W = 0; decentralized_sgd
    is v = 0; easgd in its symmetric form is v = 1. Overlap-Local-SGD is not covered, since its
    matrix is not symmetric.
Bounds: upper, explicit; the mean over all steps of E |grad F(u_t)|^2 at u_t, the mean over workers
    and auxiliary variables, started from x_0. u_t moves with step M/(M+v) eta.
Source: wang2021cooperative, Theorems 1 to 3 and Corollaries 1 to 3; its m, tau and K are M, K and T
    here. Corollaries for one step size are derived from their theorem by substitution, so that
    their conditions are those of the theorem; the horizons printed for them,
    T >= 10 M ((1+v/M) K/(1-zeta_W))^2 and T >= 10 M K^2, imply these.
    Theorem 4 needs no bound of its own: elastic pulls of weight alpha together with gossip of rate
    zeta_W mix at the rate max{(1-alpha) zeta_W, |1-(M+1) alpha|}. Its least value is
    M zeta_W/(M+1+zeta_W), at alpha = (1+zeta_W)/(M+1+zeta_W); that rate and v = 1 are then
    substituted in Theorem 1.
Limits: v = 0 and zeta_W = 0 give Corollary 2, which allows larger steps; K = 1 and zeta_W = 0 leave
    no network error; at a fixed eta the network error does not depend on v. M = 1 keeps a network
    error, although a single worker has none.
"""

from dataclasses import replace

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, K, L, M, R, T, eta, sigma, zeta

v, rate = symbols("auxiliary_variables", "mixing_rate")

_ALIKE = STOCHASTIC | {Assumption.WORKERS_SMOOTH, Assumption.HOMOGENEOUS}
_INCREASING = ("smoothness", "gradient_noise", "initial_gap", "mixing_rate")
_AT_U = Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.AUXILIARY_MEAN)
_AT_MEAN = Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE)


def _source(locator: str, note: str = "", provenance: Provenance = Provenance.READ) -> Source:
    return Source(key="wang2021cooperative", locator=locator, provenance=provenance, note=note)


reach = ((1 + v / M) * K / (1 - rate)) ** 2
"""The square of (1+v/M) K/(1-zeta_W), about the number of steps for which deviations persist."""


def _terms(step: sp.Expr, steps: sp.Expr, network: sp.Expr) -> tuple[Term, ...]:
    """Returns the three terms of Theorem 1.

    Args:
        step: the effective step size.
        steps: the number of steps of the run.
        network: the network error over step^2 L^2 sigma^2.
    """
    return (
        Term("optimisation", 2 * Delta / (step * steps)),
        Term("statistical", step * L * sigma**2 / M),
        Term("network error", step**2 * L**2 * sigma**2 * network),
    )


effective = M / (M + v) * eta
network = ((1 + rate**2) / (1 - rate**2) * K - 1) * (1 + v / M) ** 2

HOMOGENEOUS = Bound(
    key="cooperative_sgd.nonconvex_homogeneous",
    title="Cooperative SGD, smooth non-convex, homogeneous",
    algorithm="cooperative_sgd",
    terms=_terms(effective, T, network),
    conditions=(effective * L + 5 * effective**2 * L**2 * reach <= 1,),
    assumptions=_ALIKE | {Assumption.SYMMETRIC_MIXING},
    measure=_AT_U,
    source=_source("Theorem 1"),
    standing=Standing.TRANSCRIBED,
    increasing=_INCREASING,
)

LINEAR_SPEEDUP = replace(
    HOMOGENEOUS.at(
        "cooperative_sgd.nonconvex_homogeneous.linear_speedup",
        "Cooperative SGD, smooth non-convex, homogeneous, effective step size (1/L) sqrt(M/T)",
        step_size=(M + v) / M * sp.sqrt(M / T) / L,
    ),
    source=_source("Corollary 1", "the condition is Theorem 1's; the horizon as read implies it"),
)

# The second condition makes the network error at most sigma^2/sqrt(M T), hence the factor 2 of the
# statistical term.
LONG_RUN = replace(
    LINEAR_SPEEDUP,
    key="cooperative_sgd.nonconvex_homogeneous.long_run",
    title="Cooperative SGD, smooth non-convex, homogeneous, at a horizon that hides the network",
    terms=(
        Term("optimisation", 2 * L * Delta / sp.sqrt(M * T)),
        Term("statistical", 2 * sigma**2 / sp.sqrt(M * T)),
    ),
    conditions=(
        10 * M * reach / T <= 1,
        (M + v) ** 2 * M * reach / T <= 1,
    ),
    source=_source("Corollary 1, second part"),
)

_spread = 2 * rate**2 / (1 + rate) + 2 * rate / (1 - rate) + (K - 1) / K
heterogeneity_factor = 6 * eta**2 * L**2 * K**2 / (1 - rate) * _spread

HETEROGENEOUS = replace(
    HOMOGENEOUS,
    key="cooperative_sgd.nonconvex",
    title="Cooperative SGD, smooth non-convex, heterogeneous",
    terms=(
        *(Term(term.name, 2 * term.expression) for term in HOMOGENEOUS.terms),
        Term("heterogeneity drift", heterogeneity_factor * zeta**2),
    ),
    conditions=(effective * L <= 1, 2 * heterogeneity_factor <= 1),
    assumptions=STOCHASTIC
    | {
        Assumption.WORKERS_SMOOTH,
        Assumption.BOUNDED_HETEROGENEITY,
        Assumption.SYMMETRIC_MIXING,
    },
    source=_source("Theorem 2", "its C holds eta, the doubled bound of Theorem 1 M/(M+v) eta"),
    increasing=(*_INCREASING, "heterogeneity"),
)

LOCAL = replace(
    HOMOGENEOUS,
    key="local_sgd.nonconvex_homogeneous.wang2021",
    title="Local SGD, smooth non-convex, homogeneous",
    algorithm="local_sgd",
    terms=_terms(eta, T, K - 1),
    conditions=(eta * L + eta**2 * L**2 * K * (K - 1) <= 1,),
    assumptions=_ALIKE,
    measure=_AT_MEAN,
    source=_source("Corollary 2", "PASGD there"),
)

LOCAL_SPEEDUP = LOCAL.at(
    "local_sgd.nonconvex_homogeneous.wang2021_linear_speedup",
    "Local SGD, smooth non-convex, homogeneous, step size (1/L) sqrt(M/T)",
    step_size=sp.sqrt(M / T) / L,
)

_gossip = 2 * rate / (1 - rate) * (rate / (1 + rate) + 1 / (1 - rate))

DECENTRALIZED = replace(
    HOMOGENEOUS,
    key="decentralized_sgd.nonconvex_homogeneous.wang2021",
    title="D-PSGD, smooth non-convex, homogeneous",
    algorithm="decentralized_sgd",
    terms=_terms(eta, R, 2 * rate**2 / (1 - rate**2)),
    conditions=(eta * L + eta**2 * L**2 * _gossip <= 1,),
    measure=_AT_MEAN,
    source=_source("Corollary 3", "K = 1"),
    fixes=(("local_steps", 1),),
)


def _elastic(share: sp.Expr) -> tuple[Term, ...]:
    """Returns the terms of Theorem 3.

    Args:
        share: the C of the theorem, in its network error (M+1) (1 + C (K-1)) / 2.
    """
    return _terms(M / (M + 1) * eta, T, (M + 1) * (1 + share * (K - 1)) / 2)


_ELASTIC = replace(
    HOMOGENEOUS,
    algorithm="easgd",
    conditions=tuple(
        relation.subs({v: 1, rate: M / (M + 2)}) for relation in HOMOGENEOUS.conditions
    ),
    increasing=("smoothness", "gradient_noise", "initial_gap"),
)
_PULL = "pull-back 2/(M+2) and anchor rate M times that, so that zeta_W = M/(M+2)"

EASGD = replace(
    _ELASTIC,
    key="easgd.nonconvex_homogeneous",
    title="EASGD at its best pull-back, smooth non-convex, homogeneous",
    terms=_elastic(1 + 2 / M + 2 / M**2),
    source=_source("Theorem 1 and Lemma 1", _PULL, Provenance.DERIVED),
)

EASGD_AS_PRINTED = replace(
    _ELASTIC,
    key="easgd.nonconvex_homogeneous.as_printed",
    title="EASGD at its best pull-back, smooth non-convex, homogeneous, constant as printed",
    terms=_elastic(1 + 2 * (1 + 1 / M) ** 2),
    source=_source(
        "Theorem 3",
        f"{_PULL}; as read C = 1 + 2(1+1/M)^2, larger by 2(1+1/M) than what zeta_W gives in "
        "Theorem 1: valid, but not the substitution; condition from Theorem 1",
    ),
)

BOUNDS = (
    HOMOGENEOUS,
    LINEAR_SPEEDUP,
    LONG_RUN,
    HETEROGENEOUS,
    LOCAL,
    LOCAL_SPEEDUP,
    DECENTRALIZED,
    EASGD,
    EASGD_AS_PRINTED,
)
