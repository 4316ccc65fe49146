"""A smooth non-convex function with a linear term of its own for every worker.

f_m(x) = sum_j (L/2) u(x_j) + <b_m, x>,   u(s) = s^2 / (1 + s^2),   sum_m b_m = 0.

The tilts cancel in F, so heterogeneity is the same at every point: zeta^2 = mean_m |b_m|^2,
exactly. Yet local steps drift, since the curvature (between -L/4 and L) changes along the way;
on quadratics that share a Hessian the mean iterate would not notice.

The smoothness is attained at 0, and every coordinate of x_0 is the start.

Source: ratebound, our own instance, for bounds that assume a uniform zeta (koloskova2020unified).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from empirical.problem import Constant, exact
from empirical.problems.families.function_facts import alike
from empirical.problems.families.linear_heterogeneity import TiltProblem
from theory.assumptions import Assumption


@dataclass(frozen=True, kw_only=True)
class Tilted(TiltProblem):
    """A smooth non-convex function, tilted differently for every worker.

    Source: ratebound, our own instance, for bounds that assume a uniform zeta
    (koloskova2020unified); the functions stand at the top of this file.
    """

    @property
    def constants(self) -> Mapping[str, Constant]:
        """All four, exactly; the infimum of F is 0."""
        start = self.initial_point()
        return {
            "smoothness": exact(self.smoothness),
            "gradient_noise": exact(self.gradient_noise),
            "heterogeneity": exact(self.heterogeneity),
            "initial_gap": exact(float(self._shared(start))),
        }

    @property
    def facts(self) -> frozenset[Assumption]:
        """Without tilts all workers have one function."""
        return alike(self.heterogeneity == 0)

    def initial_point(self) -> Tensor:
        """The start in every coordinate."""
        return torch.full((self.size,), self.start, dtype=torch.float64)

    def objective(self, x: Tensor, workers: range) -> Tensor:
        """The shared function plus the tilt."""
        return self._shared(x) + (x * self.tilts_of(workers, x)).sum(-1)

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """L x_j / (1 + x_j^2)^2 + b_mj."""
        slope = self.smoothness * x / (1 + x.square()).square()
        return slope + self.tilts_of(workers, x)

    def _shared(self, x: Tensor) -> Tensor:
        square = x.square()
        return self.smoothness / 2 * (square / (1 + square)).sum(-1)


EXAMPLES = (
    Tilted(num_workers=6, size=5, heterogeneity=0.5, gradient_noise=0.3),
    Tilted(num_workers=1, size=3, smoothness=2.0, start=-0.7),
)
