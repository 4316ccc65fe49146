r"""SGD with local steps and gossip on smooth non-convex functions, up to constants.

Setting: every f_m L-smooth, F bounded below; unbiased gradients with variance sigma^2, independent
    across workers and steps; mean_m |grad f_m|^2 <= G^2 + B^2 |grad F|^2.
Method: K local steps, then a mixing that leaves at most the share 1 - p of the squared distance to
    the mean: p = 1 for local_sgd, p = 1 - zeta_W^2 for decentralized_sgd with a symmetric matrix.
Bounds: upper, orders; the mean over all steps of E |grad F(x̄_t)|^2 at the mean iterate, started
    from x_0, for a step size that the theorem does not name.
Source: koloskova2020unified, Theorem 2, non-convex; recalled with confidence. The theorem gives the
    number of steps for an accuracy; here it is solved for the accuracy. Its zeta_hat and P are G
    and B^2 here, and its M_sigma is 0: noise does not grow with the gradient.
Limits: G = zeta and B = 1 is the same assumption as heterogeneity zeta; p = 1 then has the
    exponents of local_sgd.nonconvex. sigma = G = 0 leaves L Delta / R, the rate of gradient descent
    with R steps: local steps do not help.
"""

import sympy as sp

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Constants, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, K, L, M, R, T, sigma

G, B, rate = symbols("dissimilarity", "dissimilarity_factor", "mixing_rate")
_TWO_THIRDS = sp.Rational(2, 3)


def _bound(algorithm: str, title: str, consensus: sp.Expr, *assumed: Assumption) -> Bound:
    """Returns the bound of the theorem for a method with a consensus rate p in (0, 1].

    Args:
        algorithm: the file name of the method, with which the key begins.
        title: the name of the method.
        consensus: p.
        assumed: assumptions beside those of the theorem.
    """
    return Bound(
        key=f"{algorithm}.nonconvex.koloskova2020",
        title=f"{title}, smooth non-convex, heterogeneous, up to constants",
        algorithm=algorithm,
        terms=(
            Term("optimisation", L * Delta * sp.sqrt(1 + B**2) / (consensus * R)),
            Term("statistical", sp.sqrt(L * Delta * sigma**2 / (M * T))),
            Term("noise drift", (L * Delta * sigma / (R * sp.sqrt(consensus * K))) ** _TWO_THIRDS),
            Term("heterogeneity drift", (L * Delta * G / (consensus * R)) ** _TWO_THIRDS),
        ),
        conditions=(),
        assumptions=STOCHASTIC
        | {Assumption.WORKERS_SMOOTH, Assumption.BOUNDED_DISSIMILARITY, *assumed},
        measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE),
        source=Source(
            key="koloskova2020unified",
            locator="Theorem 2, non-convex",
            provenance=Provenance.RECALLED,
            note="recalled with confidence; constants and the step size are hidden",
        ),
        standing=Standing.TRANSCRIBED,
        constants=Constants.ORDER,
        increasing=(
            "smoothness",
            "gradient_noise",
            "dissimilarity",
            "dissimilarity_factor",
            "initial_gap",
            "mixing_rate",
        ),
        decreasing=("num_rounds", "num_workers", "local_steps"),
    )


LOCAL = _bound("local_sgd", "Local SGD", sp.Integer(1))
DECENTRALIZED = _bound(
    "decentralized_sgd", "Local SGD with gossip", 1 - rate**2, Assumption.SYMMETRIC_MIXING
)

BOUNDS = (LOCAL, DECENTRALIZED)
