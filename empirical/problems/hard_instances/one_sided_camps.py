"""The hard instance of Local SGD where workers differ by the same linear term everywhere.

h_m(y) = (L/8)(y^2 + max(y, 0)^2) +- zeta y,   + for even workers, - for odd ones.

The camps walk apart, and where they are the curvature differs: y settles at
-theta eta zeta K, theta = 3 - 2 sqrt(2), without noise, for many local steps and small
eta L K. So the zeta of Local SGD's bounds is felt though the tilts are all that differs; on
quadratics it could not be.

Source: ratebound, our own instance, for bounds that assume a uniform zeta.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from empirical.problem import Constant, exact
from empirical.problems.families.function_facts import alike, curved_from
from empirical.problems.families.three_coordinates import TwoSides
from theory.assumptions import Assumption


@dataclass(frozen=True, kw_only=True)
class OneSidedCamps(TwoSides):
    """The hard instance of Local SGD where workers differ by the same everywhere.

    Source: ratebound, our own instance, for bounds that assume a uniform zeta; the functions stand
    at the top of this file.
    """

    @property
    def constants(self) -> Mapping[str, Constant]:
        """All of them, exactly; zeta is zeta_*, and lambda the least curvature."""
        spread = exact(self.heterogeneity_at_optimum)
        return {
            **super().constants,
            "strong_convexity": exact(self.strong_convexity),
            "heterogeneity": spread,
            "greatest_heterogeneity": spread,
            "heterogeneity_at_optimum": spread,
        }

    @property
    def facts(self) -> frozenset[Assumption]:
        """Strongly convex, every worker; without pulls they have one function."""
        same = alike(self.heterogeneity_at_optimum == 0)
        return curved_from(self.strong_convexity) | same

    def third(self, y: Tensor, workers: range) -> Tensor:
        """The shared one-sided parabola, and the tilt."""
        shared = self.smoothness / 8 * (y.square() + y.clamp(min=0).square())
        return shared + self.pulls(workers, y) * y

    def third_slope(self, y: Tensor, workers: range) -> Tensor:
        """Returns the derivative (L/4)(y + max(y, 0)) +- zeta of h_m."""
        return self.smoothness / 4 * (y + y.clamp(min=0)) + self.pulls(workers, y)


EXAMPLES = (
    OneSidedCamps(num_workers=4),
    OneSidedCamps(num_workers=2, smoothness=2.0, heterogeneity_at_optimum=0.3, gradient_noise=0.5),
)
