"""The assumptions that a theorem may make, and which of them imply which others.

A bound holds a set of them. Each is one statement about the problem, the stochastic gradients, the
compressor, the schedule or the workers that take part, in the symbols of the glossary.
"""

from enum import Enum


class Assumption(Enum):
    """A named assumption; the value is its statement."""

    SMOOTH = "F = mean_m f_m is L-smooth"
    WORKERS_SMOOTH = "every f_m is L-smooth"
    SMOOTH_ON_AVERAGE = "mean_m |grad f_m(x) - grad f_m(y)|^2 <= L~^2 |x - y|^2"
    BOUNDED_BELOW = "F is bounded below"
    MINIMISER = "F has a minimiser x*"
    UNBIASED = "E g_m(x) = grad f_m(x), given the past"
    BOUNDED_VARIANCE = "E|g_m(x) - grad f_m(x)|^2 <= sigma^2, given the past"
    INDEPENDENT_WORKERS = "the gradient noise is independent across workers and steps"
    BOUNDED_HETEROGENEITY = "mean_m |grad f_m(x) - grad F(x)|^2 <= zeta^2 for every x"
    HETEROGENEITY_AT_REPORT_POINT = (
        "mean_m |grad f_m - grad F|^2 <= zeta^2 at the report points, on average over time"
    )
    UNBIASED_ROUNDING = (
        "each coordinate of what a worker sends is rounded to a neighbouring level, unbiased, "
        "by chance of its own"
    )
    CONVEX = "F is convex"
    WORKERS_CONVEX = "every f_m is convex"
    STRONGLY_CONVEX = "F is mu-strongly convex"
    WORKERS_STRONGLY_CONVEX = "every f_m is mu-strongly convex"
    SAMPLES_CONVEX_SMOOTH = "the loss of every single sample is convex and L-smooth"
    QUADRATIC = "every f_m is quadratic, and all have one Hessian"
    WORKERS_QUADRATIC = "every f_m is quadratic"
    HOMOGENEOUS = "all workers minimise one function: f_m = F"
    NOISELESS = "gradients are exact: sigma = 0"
    GREATEST_HETEROGENEITY = "|grad f_m(x) - grad F(x)| <= zeta_max for every worker and x"
    HETEROGENEITY_AT_OPTIMUM = "mean_m |grad f_m(x*)|^2 <= zeta_*^2 at a minimiser x* of F"
    HETEROGENEITY_OF_OPTIMA = "L^2 mean_m |x*_m - x*|^2 <= zeta'^2 for minimisers x*_m of f_m"
    BOUNDED_DISSIMILARITY = "mean_m |grad f_m(x)|^2 <= G^2 + B^2 |grad F(x)|^2 for every x"
    COMMON_STATIONARY_POINTS = "mean_m |grad f_m(x)|^2 <= B^2 |grad F(x)|^2 for every x"
    HESSIAN_HETEROGENEITY = "|hess f_m(x) - hess F(x)| <= delta_H for every worker and x"
    HESSIAN_SPREAD = "|hess f_m(x) - hess f_n(x)| <= tau_H for every two workers and x"
    HESSIAN_LIPSCHITZ = "the Hessian of F is Q-Lipschitz"
    THIRD_ORDER_SMOOTH = "the Hessian of every f_m is Q-Lipschitz"
    BOUNDED_PATH = "all iterates stay within D of x*"
    BOUNDED_GRADIENTS = "E|g_m(x)|^2 <= G^2 for every x, given the past"
    VARIANCE_AT_OPTIMUM = "E|g_m(x*) - grad f_m(x*)|^2 <= sigma_*^2 at the minimiser x* only"
    MEAN_SQUARED_SMOOTH = "E|g(x) - g(y)|^2 <= L^2 |x - y|^2 for the gradients of one sample"
    POLYAK_LOJASIEWICZ = "|grad F(x)|^2 >= 2 mu (F(x) - inf F) for every x"
    UNBIASED_COMPRESSION = (
        "E C(v) = v and E|C(v) - v|^2 <= omega |v|^2, by chance of its own for each worker"
    )
    UNBIASED_COMPRESSION_DOWN = "the same for what is sent back, with omega_down"
    CONTRACTION = "E|C(v) - v|^2 <= (1 - delta) |v|^2"
    SYMMETRIC_MIXING = "W is symmetric with rows that add up to 1, its other eigenvalues in zeta_W"
    HEAVIEST_FIRST = "estimates within the stated errors, as a large enough sketch gives them"
    ZERO_RESPECTING = "iterates stay in the span of the gradients that were seen"
    PLAIN_STEPS = "local steps are plain SGD with one constant step size"
    ACCELERATED_STEPS = (
        "steps are those of AC-SA without strong convexity, gamma = 1/eta, counted over the run"
    )
    HEAVY_BALL_STEPS = (
        "local steps are heavy ball with one constant step size, their memories averaged with the "
        "iterates"
    )
    UNIFORM_WEIGHTS = "workers have equal weight and all take part in every round"
    SAMPLED_WORKERS = "S workers of equal weight, drawn anew for each round, take part in it"


_IMPLIES = {
    Assumption.MINIMISER: {Assumption.BOUNDED_BELOW},
    Assumption.WORKERS_SMOOTH: {Assumption.SMOOTH},
    Assumption.BOUNDED_HETEROGENEITY: {Assumption.HETEROGENEITY_AT_REPORT_POINT},
    Assumption.WORKERS_CONVEX: {Assumption.CONVEX},
    Assumption.WORKERS_STRONGLY_CONVEX: {Assumption.WORKERS_CONVEX, Assumption.STRONGLY_CONVEX},
    Assumption.STRONGLY_CONVEX: {Assumption.CONVEX, Assumption.POLYAK_LOJASIEWICZ},
    Assumption.SAMPLES_CONVEX_SMOOTH: {Assumption.WORKERS_CONVEX, Assumption.WORKERS_SMOOTH},
    Assumption.QUADRATIC: {Assumption.WORKERS_QUADRATIC},
    Assumption.HOMOGENEOUS: {Assumption.COMMON_STATIONARY_POINTS},
    Assumption.THIRD_ORDER_SMOOTH: {Assumption.HESSIAN_LIPSCHITZ},
}
"""For each assumption, those that follow from it with the same constant.

An assumption that follows with another constant only is left out (GREATEST_HETEROGENEITY gives
BOUNDED_HETEROGENEITY with zeta_max for zeta), since the formula of a bound names its constants.
"""


def closure(assumptions: frozenset[Assumption]) -> frozenset[Assumption]:
    """Returns the assumptions together with all that follow from them, directly or in turn."""
    implied = frozenset().union(*(_IMPLIES.get(item, set()) for item in assumptions))
    return assumptions if implied <= assumptions else closure(assumptions | implied)


STOCHASTIC = frozenset(
    {
        Assumption.BOUNDED_BELOW,
        Assumption.UNBIASED,
        Assumption.BOUNDED_VARIANCE,
        Assumption.INDEPENDENT_WORKERS,
        Assumption.PLAIN_STEPS,
        Assumption.UNIFORM_WEIGHTS,
    }
)
"""The stochastic gradients and the schedule that the non-convex theorems here assume."""

STOCHASTIC_CONVEX = STOCHASTIC - {Assumption.BOUNDED_BELOW} | {Assumption.MINIMISER}
"""The stochastic setting of theorems that measure the start by its distance from a minimiser."""
