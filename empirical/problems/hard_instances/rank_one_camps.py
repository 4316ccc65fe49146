"""Two groups of workers that agree on the optimum, each blind to one direction of the plane.

f_m(x) = (L/2) <v_m, x - x*>^2,   v_m = (1, 0) for even workers, (a, sqrt(1 - a^2)) for odd.

F has the curvatures L (1 +- a)/2, so a = (kappa - 1)/(kappa + 1) for the condition number
kappa. However many local steps a worker makes, it moves along its own v: a noiseless round of
Local SGD is one step of gradient descent on F, of size (1 - (1 - eta L)^K)/L. With kappa of the
order of R no step size ends below a constant times L B^2 / R, though zeta_* = 0.

The start is 0 and x* = -B (u_1 + u_2)/sqrt(2), u_1 and u_2 the eigenvectors of F.

Source: patel2024limits, Proposition 7.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from empirical.field_ranges import check_known, check_within
from empirical.problem import AdditiveNoiseProblem, Constant, exact
from empirical.problems.families.function_facts import CONVEX_QUADRATICS, check_two_camps
from theory.assumptions import Assumption


@dataclass(frozen=True, kw_only=True)
class RankOneCamps(AdditiveNoiseProblem):
    """Two camps that agree on the optimum, each blind to one direction of the plane.

    Attributes:
        smoothness: L, unit f/x^2, > 0.
        condition_number: kappa of F, dimensionless, >= 1.
        initial_distance: B = |x*|, unit x, > 0.
        num_workers: M, even.

    Raises:
        ValueError: an attribute is out of its range.

    Source: patel2024limits, Proposition 7; the functions stand at the top of this file.
    """

    smoothness: float = 1.0
    condition_number: float = 16.0
    initial_distance: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "smoothness", "initial_distance")
        check_within(self, "[1, inf)", "condition_number")
        check_two_camps(self.num_workers)

    @property
    def dimension(self) -> int:
        """The number of parameters, two."""
        return 2

    @property
    def constants(self) -> Mapping[str, Constant]:
        """All but zeta, which is infinite, and mu, which is 0 for every worker."""
        return {
            "smoothness": exact(self.smoothness),
            "gradient_noise": exact(self.gradient_noise),
            "heterogeneity_at_optimum": exact(0),
            "noise_at_optimum": exact(self.gradient_noise),
            "initial_distance": exact(self.initial_distance),
            # x* has the share 1/2 of its square in both eigenvectors.
            "initial_gap": exact(self.smoothness * self.initial_distance**2 / 4),
        }

    @property
    def facts(self) -> frozenset[Assumption]:
        """All that holds of convex quadratics."""
        return CONVEX_QUADRATICS

    @cached_property
    def directions(self) -> Tensor:
        """The v of the even and of the odd camp, (2, 2)."""
        a = (self.condition_number - 1) / (self.condition_number + 1)
        return torch.tensor([[1.0, 0.0], [a, (1 - a**2) ** 0.5]], dtype=torch.float64)

    @cached_property
    def optimum(self) -> Tensor:
        """The minimiser x*, (2,), at distance B from the start."""
        first, second = self.directions
        # Sum and difference of two unit vectors are the eigenvectors of F, even where it is round.
        along = (first + second) / (first + second).norm()
        across = torch.stack([-along[1], along[0]])
        optimum: Tensor = -(along + across) * (self.initial_distance / 2**0.5)
        return optimum

    def initial_point(self) -> Tensor:
        """Returns the origin, (2,)."""
        return torch.zeros(2, dtype=torch.float64)

    def objective(self, x: Tensor, workers: range) -> Tensor:
        """(L/2) <v_m, x - x*>^2."""
        return self.smoothness / 2 * self._seen(x, workers).squeeze(-1).square()

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """L <v_m, x - x*> v_m."""
        return self.smoothness * self._seen(x, workers) * self._own(workers, x)

    def _own(self, workers: range, x: Tensor) -> Tensor:
        """The v of every worker, (workers, 2)."""
        return self.directions.to(x)[torch.arange(workers.start, workers.stop) % 2]

    def _seen(self, x: Tensor, workers: range) -> Tensor:
        """<v_m, x - x*>, (*batch, workers, 1)."""
        away = x - self.optimum.to(x)
        return (self._own(workers, x) * away).sum(-1, keepdim=True)


EXAMPLES = (
    RankOneCamps(num_workers=4, gradient_noise=0.3),
    RankOneCamps(num_workers=2, smoothness=2.0, condition_number=100.0),
)
