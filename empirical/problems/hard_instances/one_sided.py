"""The hard instance of Local SGD where all workers have one function.

f(x) = (lambda/2)(x_1 - b)^2 + (L/2)(x_2 - b)^2 + (L/8)((x_3 - c)^2 + max(x_3 - c, 0)^2)

The third curvature is L/4 on the left of c and L/2 on its right, so that a noisy worker leaves
the right side faster than the left, and the mean of many settles on the left:

    x_3 - c = -theta eta sigma sqrt(K),   F = (theta^2 / 8) L eta^2 sigma^2 K = 0.00432 ...,

for M = infinity, long runs, many local steps, and eta L K up to about 1; theta = 0.18580 solves
theta = int_0^1 sqrt(s) phi(theta / sqrt(s)) - theta Phi(-theta / sqrt(s)) ds.

Source: woodworth2020local, Section 5 (recalled), with constants of our own.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from empirical.field_ranges import check_within
from empirical.problem import Constant, exact
from empirical.problems.families.function_facts import alike, curved_from
from empirical.problems.families.three_coordinates import ThreeRoles
from theory.assumptions import Assumption


@dataclass(frozen=True, kw_only=True)
class OneSided(ThreeRoles):
    """The hard instance of Local SGD where all workers have one function.

    Attributes:
        third_share: of B^2 that is c^2, in [0, 1); 1/3 gives b = c. The drift needs none.

    Source: woodworth2020local, Section 5 (recalled); the functions stand at the top of this file.
    """

    gradient_noise: float = 1.0
    third_share: float = 1 / 3

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within(self, "[0, 1)", "third_share")

    @property
    def third_optimum(self) -> float:
        """Where the third curvature changes."""
        return self.initial_distance * math.sqrt(self.third_share)

    @property
    def constants(self) -> Mapping[str, Constant]:
        """All of them, exactly; workers are alike, and lambda is the least curvature."""
        return {
            **super().constants,
            "strong_convexity": exact(self.strong_convexity),
            "heterogeneity": exact(0),
            "greatest_heterogeneity": exact(0),
            "heterogeneity_at_optimum": exact(0),
        }

    @property
    def facts(self) -> frozenset[Assumption]:
        """Strongly convex, and one function for all."""
        return curved_from(self.strong_convexity) | alike(True)

    def third(self, y: Tensor, workers: range) -> Tensor:
        """(L/8)(y^2 + max(y, 0)^2)."""
        return self.smoothness / 8 * (y.square() + y.clamp(min=0).square())

    def third_slope(self, y: Tensor, workers: range) -> Tensor:
        """(L/4)(y + max(y, 0))."""
        return self.smoothness / 4 * (y + y.clamp(min=0))


EXAMPLES = (
    OneSided(num_workers=4),
    OneSided(num_workers=1, smoothness=2.0, strong_convexity=0.5, gradient_noise=0.0),
)
