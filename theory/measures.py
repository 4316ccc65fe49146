"""What a theorem bounds, and of which iterate."""

from dataclasses import dataclass
from enum import Enum

from theory.notation import Unit, unit


class ReportPoint(Enum):
    """The iterate of which a theorem speaks: the commonest transcription error.

    The value is its definition, in the notation of the glossary.
    """

    MEAN_ITERATE = "x̄_t, the mean over workers, at every step t"
    ROUND_START = "x_r, the common iterate at the start of every round r"
    ANCHORED_MEAN = "y_t = (1-alpha) x̄_t + alpha z, z the anchor that is or will be averaged"
    MOMENTUM_MEAN = (
        "ŷ_t = [(1-alpha) x̄_t + alpha(1-beta) z + alpha beta v] / (1 - alpha beta), "
        "z and v the anchor and its momentum once the message in flight has arrived"
    )
    AUXILIARY_MEAN = "u_t, the mean over workers and auxiliary variables"
    AGGREGATE = "x̄^ag_t, the mean over workers of the sequence that an accelerated rule aggregates"
    LAST_ROUND = "x_R, the common iterate after the last round, and no average over time"
    LAST_AGGREGATE = "x^ag_R, what an accelerated rule has aggregated after the last round"
    AVERAGE_ITERATE = "the mean of all iterates x_m,t over workers and steps t < T"
    AVERAGE_ROUND = "the mean of x_r over rounds r < R"
    WEIGHTED_AVERAGE = "a mean of the mean iterates x̄_t, with the weights that the theorem gives"
    BEST_ROUND = "the x_r, r < R, at which the expectation is least"
    OUTPUT = "whatever the method returns"
    ONE_VECTOR = "one compressed vector"
    CONSERVED_MEAN = "ŷ_t, the combination of the workers' states that nothing but gradients moves"


class Quantity(Enum):
    """The quantity of a point that is bounded in expectation."""

    SQUARED_GRADIENT_NORM = "|grad F|^2"
    SUBOPTIMALITY = "F - inf F"
    SQUARED_DISTANCE = "|x - x*|^2"
    RELATIVE_ERROR = "|C(v) - v|^2 / |v|^2"
    SELECTED = "number of coordinates taken for heavy"


_UNITS = {
    Quantity.SQUARED_GRADIENT_NORM: unit(2, -2),
    Quantity.SUBOPTIMALITY: unit(1),
    Quantity.SQUARED_DISTANCE: unit(0, 2),
    Quantity.RELATIVE_ERROR: unit(),
    Quantity.SELECTED: unit(),
}

_OVER_TIME = frozenset(
    {
        ReportPoint.MEAN_ITERATE,
        ReportPoint.ROUND_START,
        ReportPoint.ANCHORED_MEAN,
        ReportPoint.MOMENTUM_MEAN,
        ReportPoint.AUXILIARY_MEAN,
        ReportPoint.AGGREGATE,
        ReportPoint.CONSERVED_MEAN,
    }
)
"""Points that there is one of for every step or round; the others are single points."""


@dataclass(frozen=True)
class Measure:
    """E of a quantity at a report point, averaged over all steps or rounds unless it is one."""

    quantity: Quantity
    report_point: ReportPoint

    @property
    def unit(self) -> Unit:
        """The unit of the quantity."""
        return _UNITS[self.quantity]

    @property
    def averaged(self) -> bool:
        """Whether it is a time average."""
        return self.report_point in _OVER_TIME

    def __str__(self) -> str:
        """Such as: time average of E |grad F|^2 at x̄_t, the mean over workers, ..."""
        average = "time average of " if self.averaged else ""
        return f"{average}E {self.quantity.value} at {self.report_point.value}"
