r"""CE-LSGD, local steps with variance reduction, where workers have similar Hessians.

Setting: every worker's gradients mean-squared-smooth with L_bar, |hess f_m - hess F| <= delta_H, F
    bounded below; unbiased gradients with variance sigma^2, independent. All workers take part.
Method: local SARAH steps, corrected once a round by gradients of all workers; K gradients a round.
Bounds: upper, an order; E |grad F|^2 at the point that is returned, started from x_0. The step size
    is hidden.
Source: patel2022towards, of which only the abstract was read; the rate is recalled without
    confidence. Believed to match the lower bound up to constants in most regimes.
Limits: delta_H = 0 leaves the rate of a single machine with M K R gradients, K R in sequence.
"""

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Constants, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, M, R, T, sigma

mean_squared, delta = symbols("mean_squared_smoothness", "hessian_heterogeneity")

NONCONVEX = Bound(
    key="ce_lsgd.nonconvex",
    title="CE-LSGD, mean-squared-smooth non-convex, like Hessians, up to constants",
    algorithm="ce_lsgd",
    terms=(
        Term("optimisation", mean_squared * Delta / T),
        Term("curvature drift", delta * Delta / R),
        Term("reduced noise", (sigma * mean_squared * Delta / (M * T)) ** sp.Rational(2, 3)),
        Term("statistical", sigma**2 / (M * T)),
    ),
    conditions=(),
    assumptions=STOCHASTIC - {Assumption.PLAIN_STEPS}
    | {Assumption.MEAN_SQUARED_SMOOTH, Assumption.HESSIAN_HETEROGENEITY},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.OUTPUT),
    source=Source(
        key="patel2022towards",
        locator="full participation",
        provenance=Provenance.RECALLED,
        note="without confidence",
    ),
    standing=Standing.TRANSCRIBED,
    constants=Constants.ORDER,
    increasing=(
        "mean_squared_smoothness",
        "hessian_heterogeneity",
        "gradient_noise",
        "initial_gap",
    ),
    decreasing=("num_rounds", "num_workers", "local_steps"),
)

BOUNDS = (NONCONVEX,)
