r"""Local SGD on smooth non-convex functions of bounded gradient diversity, up to constants.

Setting: every f_m L-smooth, F bounded below; unbiased gradients with variance sigma^2, independent;
    mean_m |grad f_m|^2 <= lambda |grad F|^2, so that every stationary point of F is one of every
    f_m. This is the case G = 0, B^2 = lambda of mean_m |grad f_m|^2 <= G^2 + B^2 |grad F|^2.
Method: local_sgd with plain steps.
Bounds: upper, an order; the mean over all steps of E |grad F(x̄_t)|^2 at the mean iterate, from x_0.
Source: haddadpour2019convergence; recalled without confidence. It hides lambda, both in the bound
    and in the number of local steps that is allowed, and L, which is restored by units; the step
    size is the one that gives these terms.
Limits: even K = 1 needs R >= M^3. There is no drift term, since under this assumption the local
    gradients vanish with the gradient of F.
"""

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Constants, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import Delta, K, L, M, R, T, sigma

NONCONVEX = Bound(
    key="local_sgd.nonconvex_gradient_diversity",
    title="Local SGD, smooth non-convex, stationary points in common, up to constants",
    algorithm="local_sgd",
    terms=(
        Term("optimisation", L * Delta / sp.sqrt(M * T)),
        Term("statistical", sigma**2 / sp.sqrt(M * T)),
    ),
    conditions=(K * M**3 / R <= 1,),
    assumptions=STOCHASTIC | {Assumption.WORKERS_SMOOTH, Assumption.COMMON_STATIONARY_POINTS},
    measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE),
    source=Source(
        key="haddadpour2019convergence",
        locator="non-convex rate",
        provenance=Provenance.RECALLED,
        note="without confidence; O(1/sqrt(M T)) for K = O(T^(1/2)/M^(3/2)), lambda hidden",
    ),
    standing=Standing.TRANSCRIBED,
    constants=Constants.ORDER,
    step_size=sp.sqrt(M / T) / L,
    increasing=("smoothness", "gradient_noise", "initial_gap"),
    decreasing=("num_rounds", "local_steps", "num_workers"),
)

BOUNDS = (NONCONVEX,)
