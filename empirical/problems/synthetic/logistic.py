"""Binary logistic regression with a non-convex penalty, on synthetic samples.

f_m(x) = mean_j log(1 + exp(-y_mj <a_mj, x>)) + lambda sum_i x_i^2 / (1 + x_i^2),   y = +-1.

The constants, with A_m the n features of worker m as rows:
    smoothness, exact: max_m lambda_max(A_m' A_m / n) / 4 + 2 lambda, as the loss has curvature
        p (1 - p) <= 1/4 and s^2/(1+s^2) has (2 - 6 s^2)/(1+s^2)^3 in [-1/2, 2]; both at x = 0.
    gradient_noise: noise_bound, as the slope -y p lies between 0 and -y.
    heterogeneity: heterogeneity_bound, likewise; the penalty cancels.
    initial_gap: F(x_0), as F >= 0.

Source: ratebound, our own instance, for the non-convex bounds with all constants proved.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import torch
from torch import Tensor

from empirical.field_ranges import check_within
from empirical.problem import Constant, exact
from empirical.problems.families.finite_sum import largest_eigenvalue
from empirical.problems.families.synthetic_samples import PlantedProblem
from theory.assumptions import Assumption


@final
@dataclass(frozen=True, kw_only=True)
class Logistic(PlantedProblem):
    """Binary logistic regression with a penalty that makes it non-convex.

    Attributes:
        regularisation: lambda, unit f, >= 0; x is measured such that the penalty bends at 1.

    Source: ratebound, our own instance, for the non-convex bounds with all constants proved; the
    functions stand at the top of this file.
    """

    regularisation: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within(self, "[0, inf)", "regularisation")

    @property
    def facts(self) -> frozenset[Assumption]:
        """Convex without its penalty."""
        convex = {Assumption.WORKERS_CONVEX} if self.regularisation == 0 else set()
        return super().facts | convex

    def label(self, scores: Tensor) -> Tensor:
        """Returns the signs of the scores, +1 or -1."""
        return torch.where(scores > 0, 1.0, -1.0).to(scores)

    @cached_property
    def corners(self) -> Tensor:
        """The ends 0 and -y of the interval that holds the slope of the loss."""
        labels = self.data.targets
        return torch.stack([torch.zeros_like(labels), -labels], dim=-2)

    @property
    def smoothness_constant(self) -> Constant:
        """Attained at x = 0."""
        steepest = float(largest_eigenvalue(self.data.features).max())
        return exact(steepest / 4 + 2 * self.regularisation)

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Minus the logarithm of the label's probability."""
        return -torch.nn.functional.logsigmoid(targets * scores).squeeze(-1)

    def slope(self, scores: Tensor, targets: Tensor) -> Tensor:
        """-y p, with p the probability of the other label."""
        return -targets * torch.sigmoid(-targets * scores)

    def penalty(self, x: Tensor) -> Tensor:
        """Lambda sum_i x_i^2 / (1 + x_i^2)."""
        square = x.square()
        return self.regularisation * (square / (1 + square)).sum(-1)

    def penalty_gradient(self, x: Tensor) -> Tensor:
        """2 lambda x_i / (1 + x_i^2)^2."""
        return 2 * self.regularisation * x / (1 + x.square()).square()


EXAMPLES = (
    Logistic(num_workers=6, num_samples=20, size=5, batch_size=4),
    Logistic(
        num_workers=4,
        num_samples=5,
        size=3,
        batch_size=8,
        own_fraction=1.0,
        regularisation=0.3,
        start=2.0,
    ),
)
