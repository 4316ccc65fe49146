r"""SCAFFOLD on smooth non-convex functions, up to constants.

Setting: every f_m L-smooth, F bounded below; unbiased gradients with variance sigma^2, independent.
    Heterogeneity is unrestricted, except in the bound for quadratics, where
    |hess f_m - hess F| <= delta_H.
Method: scaffold; S of M workers, drawn anew for each round, run K local steps corrected by control
    variates, which hold earlier gradients; outer step size lambda >= 1. On quadratics S = M and
    lambda = 1.
Bounds: upper, orders; the mean over rounds of E |grad F(x_r)|^2 at round starts, started from x_0.
    The step size is hidden: eta at most (S/M)^(2/3)/(24 L K lambda), recalled.
Source: karimireddy2020scaffold, Theorems III and IV, solved for the accuracy; its N is M here, its
    eta_g lambda.
Limits: S = M gives the rate of Minibatch SGD. On quadratics delta_H = L gives it again, and
    delta_H = 0 gives L Delta/(K R): only with similar Hessians do local steps reduce the terms that
    remain without noise.
"""

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Constants, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, K, L, M, R, T, sigma

S, delta = symbols("sampled_workers", "hessian_heterogeneity")

NONCONVEX = Bound(
    key="scaffold.nonconvex",
    title="SCAFFOLD, smooth non-convex, sampled workers, up to constants",
    algorithm="scaffold",
    terms=(
        Term("optimisation", (M / S) ** sp.Rational(2, 3) * L * Delta / R),
        Term("statistical", sp.sqrt(L * Delta * sigma**2 / (S * K * R))),
    ),
    conditions=(S <= M,),
    assumptions=STOCHASTIC - {Assumption.UNIFORM_WEIGHTS}
    | {Assumption.SAMPLED_WORKERS, Assumption.WORKERS_SMOOTH},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START),
    source=Source(
        key="karimireddy2020scaffold",
        locator="Theorem III, non-convex",
        provenance=Provenance.READ,
        note="constants and step sizes are hidden",
    ),
    standing=Standing.TRANSCRIBED,
    constants=Constants.ORDER,
    increasing=("smoothness", "gradient_noise", "initial_gap"),
    decreasing=("num_rounds", "local_steps", "sampled_workers"),
)

QUADRATIC = Bound(
    key="scaffold.nonconvex_quadratic",
    title="SCAFFOLD, weakly convex quadratics with like Hessians, up to constants",
    algorithm="scaffold",
    terms=(
        Term("optimisation", L * Delta / T),
        Term("curvature drift", delta * Delta / R),
        Term("statistical", sp.sqrt(L * Delta * sigma**2 / (M * T))),
    ),
    conditions=(),
    assumptions=STOCHASTIC
    | {
        Assumption.WORKERS_SMOOTH,
        Assumption.WORKERS_QUADRATIC,
        Assumption.HESSIAN_HETEROGENEITY,
    },
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START),
    source=Source(
        key="karimireddy2020scaffold",
        locator="Theorem IV, weakly convex",
        provenance=Provenance.READ,
        note="constants and step sizes are hidden, and how weakly convex F may be",
    ),
    standing=Standing.TRANSCRIBED,
    constants=Constants.ORDER,
    fixes=(("outer_step_size", 1.0),),
    increasing=("smoothness", "hessian_heterogeneity", "gradient_noise", "initial_gap"),
    decreasing=("num_rounds", "local_steps", "num_workers"),
)

BOUNDS = (NONCONVEX, QUADRATIC)
