r"""FedAvg, Local SGD with sampled workers and an outer step along their mean progress.

Setting: every f_m L-smooth, F bounded below; unbiased gradients with variance sigma^2, independent.
    Heterogeneity: mean_m |grad f_m|^2 <= G^2 + B^2 |grad F|^2, or |grad f_m - grad F| <= zeta_max.
Method: S of M workers, drawn anew for each round, run K plain steps of size eta from x_r; then
    x_{r+1} = x_r + lambda mean_m (x_m - x_r). S = M and lambda = 1 is local_sgd.
Bounds: upper, on E |grad F(x_r)|^2 at round starts, from x_0: an order for the mean over rounds,
    with hidden step sizes, and an explicit bound for the best round if all workers take part.
    Lower: an order for E F(x_R) - inf F on strongly convex functions after the last round.
Source: karimireddy2020scaffold, Theorems I and II, solved for the accuracy, where its N is M here
    and its eta_g lambda; yang2021achieving, Theorem 1, recalled with confidence.
Limits: S = M leaves no sampling error; G = 0 and B = 1 leave the two terms of Minibatch SGD, up to
    constants. The lower bound needs K >= 2 and M >= 2 and holds without noise: local steps by
    themselves cost G^2/(mu R^2).
"""

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Constants, Provenance, Side, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, K, L, M, R, T, eta, mu, sigma

S, G, B, step, spread = symbols(
    "sampled_workers",
    "dissimilarity",
    "dissimilarity_factor",
    "outer_step_size",
    "greatest_heterogeneity",
)
_UNLIKE = ("smoothness", "gradient_noise", "dissimilarity", "dissimilarity_factor", "initial_gap")

NONCONVEX = Bound(
    key="fedavg.nonconvex",
    title="FedAvg, smooth non-convex, heterogeneous, sampled workers, up to constants",
    algorithm="fedavg",
    terms=(
        Term("optimisation", B**2 * L * Delta / R),
        Term("statistical", sp.sqrt(L * Delta * sigma**2 / (S * K * R))),
        Term("sampling", sp.sqrt(sp.Max(0, 1 - S / M) * L * Delta * G**2 / (S * R))),
        Term("heterogeneity drift", (L * Delta * G / R) ** sp.Rational(2, 3)),
    ),
    conditions=(S <= M,),
    # UNIFORM_WEIGHTS has all workers take part in every round.
    assumptions=STOCHASTIC - {Assumption.UNIFORM_WEIGHTS}
    | {
        Assumption.SAMPLED_WORKERS,
        Assumption.WORKERS_SMOOTH,
        Assumption.BOUNDED_DISSIMILARITY,
    },
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START),
    source=Source(
        key="karimireddy2020scaffold",
        locator="Theorem I, non-convex, amended",
        provenance=Provenance.READ,
        note="as read the drift is sqrt(L) G/eps^(3/2) and the sampling error G^2 Delta/(S eps^2), "
        "whose units do not balance: L Delta G/eps^(3/2) and L G^2 Delta/(S eps^2) here. Step "
        "sizes: lambda >= 1 and eta at most 1/((1 + B^2) 8 L K lambda), recalled",
    ),
    standing=Standing.TRANSCRIBED,
    constants=Constants.ORDER,
    increasing=_UNLIKE,
    decreasing=("num_rounds", "local_steps", "sampled_workers"),
)

LOWER = Bound(
    key="fedavg.strongly_convex.lower",
    title="FedAvg, smooth strongly convex, without noise: what local steps cost",
    algorithm="fedavg",
    terms=(Term("heterogeneity drift", G**2 / (mu * R**2)),),
    # sp.Le keeps the form left <= right; Python would turn 2 <= K into K >= 2.
    conditions=(sp.Le(2, K), sp.Le(2, M)),
    assumptions=frozenset(
        {
            Assumption.WORKERS_SMOOTH,
            Assumption.WORKERS_STRONGLY_CONVEX,
            Assumption.BOUNDED_DISSIMILARITY,
            Assumption.NOISELESS,
            Assumption.PLAIN_STEPS,
            Assumption.UNIFORM_WEIGHTS,
        }
    ),
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.LAST_ROUND),
    source=Source(
        key="karimireddy2020scaffold",
        locator="Theorem II",
        provenance=Provenance.READ,
        note="for some functions with these constants; two workers, since one does not drift",
    ),
    standing=Standing.TRANSCRIBED,
    side=Side.LOWER,
    constants=Constants.ORDER,
    increasing=("dissimilarity",),
    decreasing=("num_rounds", "strong_convexity"),
)

slack = sp.Rational(1, 2) - 30 * sp.Min(sp.Rational(1, 64), (K * eta * L) ** 2)
"""The supremum of c, 0 < c < 1/2 - 30 K^2 eta^2 L^2.

Where the condition 8 eta L K <= 1 fails it is held at 1/32, so that the terms stay positive.
"""

BEST_ROUND = Bound(
    key="fedavg.nonconvex.yang2021",
    title="FedAvg, smooth non-convex, heterogeneous, outer step, best round",
    algorithm="fedavg",
    terms=(
        Term("optimisation", Delta / (slack * step * eta * T)),
        Term("statistical", L * step * eta * sigma**2 / (2 * M * slack)),
        Term("noise drift", 5 * K * eta**2 * L**2 * sigma**2 / (2 * slack)),
        Term("heterogeneity drift", 15 * K**2 * eta**2 * L**2 * spread**2 / slack),
    ),
    conditions=(8 * eta * L * K <= 1, step * eta * K * L <= 1),
    assumptions=STOCHASTIC | {Assumption.WORKERS_SMOOTH, Assumption.GREATEST_HETEROGENEITY},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.BEST_ROUND),
    source=Source(
        key="yang2021achieving",
        locator="Theorem 1",
        provenance=Provenance.RECALLED,
        note="recalled with confidence; it holds for every c below 1/2 - 30 K^2 eta^2 L^2, hence "
        "at that supremum, which is put in",
    ),
    standing=Standing.TRANSCRIBED,
    increasing=("smoothness", "gradient_noise", "greatest_heterogeneity", "initial_gap"),
)

BOUNDS = (NONCONVEX, LOWER, BEST_ROUND)
