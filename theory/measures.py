"""The measure of a theorem: which quantity it bounds, and at which iterate.

A bound always names both: one on |grad F|^2 at the mean iterate says nothing by itself about the
last iterate.
"""

import re
from dataclasses import dataclass
from enum import Enum

from theory.notation import Unit, unit


class ReportPoint(Enum):
    """The iterate, or iterates, at which a theorem bounds its quantity.

    The value is the definition, in the notation of the glossary. Transcriptions of theorems err
    here more often than anywhere else.
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
    """The quantity that is bounded in expectation, evaluated at the report point."""

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

_FORMULAS = {
    Quantity.SQUARED_GRADIENT_NORM: "E‖∇F({})‖²",
    Quantity.SUBOPTIMALITY: "E F({}) - inf F",
    Quantity.SQUARED_DISTANCE: "E‖{} - x*‖²",
    Quantity.RELATIVE_ERROR: "E‖C(v) - v‖²/‖v‖²",
    Quantity.SELECTED: "E number of coordinates taken for heavy",
}
"""The expectation of each quantity at a point {}."""

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
"""Report points that exist for every step or round, over which the measure is then averaged.

All other report points are single points of a run.
"""


@dataclass(frozen=True)
class Measure:
    """The expectation of a quantity at a report point.

    It is averaged over all steps or rounds if the report point exists for each of them.

    Attributes:
        quantity: what is evaluated.
        report_point: the iterate, or iterates, at which it is evaluated.
    """

    quantity: Quantity
    report_point: ReportPoint

    @property
    def unit(self) -> Unit:
        """The unit of the quantity, as powers of f and x."""
        return _UNITS[self.quantity]

    @property
    def averaged(self) -> bool:
        """Whether the measure is an average over all steps or rounds."""
        return self.report_point in _OVER_TIME

    @property
    def point(self) -> str:
        """The letter of the report point, such as x̄_t, or x where it is defined in words only."""
        found = re.match(r"(\S+)(?:,| = )", self.report_point.value)
        return found[1] if found else "x"

    @property
    def formula(self) -> str:
        """The measure as a formula: avg_t E‖∇F(x̄_t)‖², the mean over steps t < T."""
        index = self.point[-1]
        average = f"avg_{index} " if self.averaged else ""
        return average + _FORMULAS[self.quantity].format(self.point)

    def __str__(self) -> str:
        """Returns the measure in words: time average of E |grad F|^2 at x_r, the common ..."""
        average = "time average of " if self.averaged else ""
        return f"{average}E {self.quantity.value} at {self.report_point.value}"
