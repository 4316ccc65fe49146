"""What a theorem may assume, and what implies what."""

from enum import Enum


class Assumption(Enum):
    """A named assumption; the value is its statement."""

    SMOOTH = "F = mean_m f_m is L-smooth"
    WORKERS_SMOOTH = "every f_m is L-smooth"
    BOUNDED_BELOW = "F is bounded below"
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
    POLYAK_LOJASIEWICZ = "|grad F(x)|^2 >= 2 mu (F(x) - inf F) for every x"
    PLAIN_STEPS = "local steps are plain SGD with one constant step size"
    UNIFORM_WEIGHTS = "workers have equal weight and all take part in every round"


_IMPLIES = {
    Assumption.WORKERS_SMOOTH: {Assumption.SMOOTH},
    Assumption.BOUNDED_HETEROGENEITY: {Assumption.HETEROGENEITY_AT_REPORT_POINT},
}


def closure(assumptions: frozenset[Assumption]) -> frozenset[Assumption]:
    """The assumptions together with all that they imply."""
    implied = frozenset().union(*(_IMPLIES.get(item, set()) for item in assumptions))
    return assumptions if implied <= assumptions else closure(assumptions | implied)


def weaker(left: frozenset[Assumption], right: frozenset[Assumption]) -> bool:
    """Whether right implies left, so that left assumes no more than right."""
    return left <= closure(right)


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
"""The stochastic oracle and the schedule that every non-convex theorem here speaks of."""
