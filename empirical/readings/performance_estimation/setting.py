"""Over which functions, from which start and for which measure a worst case is asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from empirical.field_ranges import check_curvature, check_within
from theory.measures import Quantity


class Summary(Enum):
    """How the quantity at the report points y_t becomes one number; T is the end of the run."""

    TIME_AVERAGE = "mean over t < T of the quantity at y_t"
    BEST = "least over t < T of the quantity at y_t"
    LAST = "quantity at y_T"
    AVERAGED_ITERATE = "quantity at the mean over t < T of y_t"


_HETEROGENEITIES = ("heterogeneity", "heterogeneity_on_average", "heterogeneity_at_optimum")


@dataclass(frozen=True, kw_only=True)
class FunctionClass:
    """Differentiable functions whose curvature lies in [lowest, smoothness].

    Attributes:
        lowest: mu, unit f/x^2, in [-L, L): below 0 non-convex, 0 convex, above strongly convex.
        smoothness: L, unit f/x^2, > 0.

    Raises:
        ValueError: an attribute is out of its range.
    """

    lowest: float
    smoothness: float = 1.0

    def __post_init__(self) -> None:
        check_within(self, "(0, inf)", "smoothness")
        check_curvature(self, "lowest", below=True)

    @property
    def convex(self) -> bool:
        """Whether every function is; then F has a minimiser x*."""
        return self.lowest >= 0


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a worst case is asked for: every f_m in the class, gradients without noise.

    What is None is not bounded; a start needs at least one bound.

    Attributes:
        function_class: of every worker's function.
        initial_gap: Delta >= F(x_0) - F*, unit f, > 0.
        initial_distance: B >= |x_0 - x*|, unit x, > 0; convex classes only.
        heterogeneity: zeta, with mean_m |grad f_m - grad F|^2 <= zeta^2 wherever all workers are
            evaluated at one point (report points, starts of rounds, x*), unit f/x, >= 0.
        heterogeneity_on_average: the same for the mean over the report points y_t, t < T, which is
            all that the non-convex theorems here assume; for the summaries over those points.
        heterogeneity_at_optimum: the same at x* only, unit f/x, >= 0; convex classes only.
        quantity: what is measured at a point.
        summary: how it is summarised along the run.

    Raises:
        ValueError: an attribute is out of its range, or speaks of an x* that need not exist.
    """

    function_class: FunctionClass
    initial_gap: float | None = None
    initial_distance: float | None = None
    heterogeneity: float | None = None
    heterogeneity_on_average: float | None = None
    heterogeneity_at_optimum: float | None = None
    quantity: Quantity = Quantity.SQUARED_GRADIENT_NORM
    summary: Summary = Summary.TIME_AVERAGE

    def __post_init__(self) -> None:
        check_within(self, "(0, inf)", "initial_gap", "initial_distance", optional=True)
        check_within(self, "[0, inf)", *_HETEROGENEITIES, optional=True)
        for name in ("initial_distance", "heterogeneity_at_optimum"):
            if getattr(self, name) is not None and not self.function_class.convex:
                raise ValueError(f"{name} speaks of x*, which needs a convex class (lowest >= 0)")
        averaging = self.summary in (Summary.TIME_AVERAGE, Summary.BEST)
        if self.heterogeneity_on_average is not None and not averaging:
            raise ValueError(
                f"heterogeneity_on_average is over all y_t, summary={self.summary.name.lower()} "
                "is not; give heterogeneity"
            )
        if self.initial_gap is None and self.initial_distance is None:
            raise ValueError("no bound on the start; give initial_gap or initial_distance")

    @property
    def advice(self) -> str:
        """What to add where the worst case is infinite."""
        if all(getattr(self, name) is None for name in _HETEROGENEITIES):
            at_optimum = " or heterogeneity_at_optimum" if self.function_class.convex else ""
            return f"; bound how workers differ: give heterogeneity{at_optimum}"
        return "; a smaller step_size may help"

    @property
    def objective_unit(self) -> float:
        """Delta or L B^2: with L it makes everything free of units."""
        if self.initial_gap is not None:
            return self.initial_gap
        assert self.initial_distance is not None
        return self.function_class.smoothness * self.initial_distance**2

    @property
    def measure_unit(self) -> float:
        """That of the measured quantity, in the same system of units."""
        squared = self.quantity is Quantity.SQUARED_GRADIENT_NORM
        return self.objective_unit * (self.function_class.smoothness if squared else 1)
