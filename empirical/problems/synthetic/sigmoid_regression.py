"""Least squares with a sigmoid: smooth, non-convex and flat far away.

f_m(x) = mean_j (sigmoid(<a_mj, x>) - y_mj)^2 / 2,   y in (0, 1).

The constants, with A_m the n features of worker m as rows and p = sigmoid(s):
    smoothness: 0.0771 max_m lambda_max(A_m' A_m / n), as the curvature of the loss,
        p(1-p) (p(1-p) + (p-y)(1-2p)), is linear in y, hence largest at y = 0 or its mirror 1,
        where it is p^2 (1-p) (2-3p), extreme where 12p^2 - 15p + 4 = 0. Within 1.24 of exact:
        x = 0 attains 1/16.
    gradient_noise: noise_bound, as the slope (p-y) p (1-p) lies between its values where
        3p^2 - 2(1+y)p + y = 0.
    heterogeneity: heterogeneity_bound, likewise.
    initial_gap: F(x_0), as F >= 0.

Source: ratebound, our own instance, for the non-convex bounds with all constants proved.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import torch
from torch import Tensor

from empirical.problem import Constant, upper_bound
from empirical.problems.families.finite_sum import largest_eigenvalue
from empirical.problems.families.synthetic_samples import PlantedProblem

_STEEPEST = (15 - 33**0.5) / 24
_CURVATURE = _STEEPEST**2 * (1 - _STEEPEST) * (2 - 3 * _STEEPEST)


@final
@dataclass(frozen=True, kw_only=True)
class SigmoidRegression(PlantedProblem):
    """Least squares with a sigmoid: smooth, non-convex and flat far away.

    Source: ratebound, our own instance, for the non-convex bounds with all constants proved; the
    functions stand at the top of this file.
    """

    def label(self, scores: Tensor) -> Tensor:
        """Returns the sigmoids of the scores, in (0, 1)."""
        return torch.sigmoid(scores)

    @cached_property
    def corners(self) -> Tensor:
        """The least and the greatest slope of each sample."""
        y = self.data.targets.unsqueeze(-2)
        root = (1 - y + y.square()).sqrt()
        p = (1 + y + torch.cat([-root, root], dim=-2)) / 3
        return (p - y) * p * (1 - p)

    @property
    def smoothness_constant(self) -> Constant:
        """Within a factor 1.24 of what x = 0 attains."""
        return upper_bound(_CURVATURE * float(largest_eigenvalue(self.data.features).max()))

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Half the squared error."""
        return (torch.sigmoid(scores) - targets).square().squeeze(-1) / 2

    def slope(self, scores: Tensor, targets: Tensor) -> Tensor:
        """(p - y) p (1 - p)."""
        p = torch.sigmoid(scores)
        return (p - targets) * p * (1 - p)

    def penalty(self, x: Tensor) -> Tensor:
        """Returns 0 at every point: there is no penalty."""
        return torch.zeros_like(x[..., 0])

    def penalty_gradient(self, x: Tensor) -> Tensor:
        """Returns 0 at every point: there is no penalty."""
        return torch.zeros_like(x)


EXAMPLES = (
    SigmoidRegression(num_workers=6, num_samples=20, size=5, batch_size=4),
    SigmoidRegression(
        num_workers=4, num_samples=5, size=3, batch_size=8, own_fraction=1.0, start=1.0
    ),
)
