"""The hard instance of Local SGD whose workers differ at the optimum, and more elsewhere.

h_m(y) = (L/2) y^2 + zeta_* y  for even workers,   h_m(y) = -zeta_* y  for odd ones.

Only one camp curves. With q = (1 - eta L)^K a noiseless round takes y to

    y (1 + q)/2 + (eta K zeta_* - (zeta_* / L)(1 - q))/2,

which settles at eta K zeta_* / (1 - q) - zeta_* / L: about zeta_* eta (K - 1)/2 for small eta.
All is quadratic, and no uniform zeta exists.

Source: after woodworth2020minibatch, Theorem 3, in coordinates of our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from empirical.problem import Constant, exact
from empirical.problems.families.function_facts import CONVEX_QUADRATICS
from empirical.problems.families.three_coordinates import TwoSides
from theory.assumptions import Assumption


@dataclass(frozen=True, kw_only=True)
class FlatCamp(TwoSides):
    """The hard instance of Local SGD where workers differ at the optimum, and more elsewhere.

    Source: after woodworth2020minibatch, Theorem 3, in coordinates of our own; the functions stand
    at the top of this file.
    """

    @property
    def constants(self) -> Mapping[str, Constant]:
        """All but zeta, which is infinite, and mu, which is 0 for the flat camp."""
        return {
            **super().constants,
            "heterogeneity_at_optimum": exact(self.heterogeneity_at_optimum),
        }

    @property
    def facts(self) -> frozenset[Assumption]:
        """Parabolas that curve upwards, those of one camp not at all in the third direction."""
        return CONVEX_QUADRATICS

    def third(self, y: Tensor, workers: range) -> Tensor:
        """The parabola of the camp that curves, and the tilt."""
        return self._curves(workers, y) * y.square() / 2 + self.pulls(workers, y) * y

    def third_slope(self, y: Tensor, workers: range) -> Tensor:
        """Returns L y + zeta_* for even workers and -zeta_* for odd ones."""
        return self._curves(workers, y) * y + self.pulls(workers, y)

    def _curves(self, workers: range, y: Tensor) -> Tensor:
        """L for even workers, 0 for odd ones, (workers,)."""
        return self.smoothness * (1 - self.odd(workers, y))


EXAMPLES = (
    FlatCamp(num_workers=4),
    FlatCamp(num_workers=2, smoothness=2.0, heterogeneity_at_optimum=0.3, gradient_noise=0.5),
)
