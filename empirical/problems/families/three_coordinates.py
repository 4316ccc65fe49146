"""Hard instances of Local SGD: two coordinates that bound the step size, one that punishes it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from empirical.field_ranges import check_known
from empirical.problem import Constant, ExactProblem, exact
from empirical.problems.families.function_facts import check_two_camps


@dataclass(frozen=True, kw_only=True)
class ThreeRoles(ExactProblem):
    r"""f_m(x) = (lambda/2)(x_1 - b)^2 + (L/2)(x_2 - b)^2 + h_m(x_3 - c), started at 0.

    The first coordinate forbids small steps, the second steps beyond 2 / L, and the third pays for
    what large steps do to workers that are apart: mean_m h_m has its minimum 0 at 0, but workers
    on their own are driven to one side of it, by noise or by their tilts.

    A lower bound takes lambda in view of M, K and R, and before the step size: a fixed lambda
    shows an exponential decay in R instead of a power.

    The noise is +-sigma with equal chances, on x_3 alone, for every worker and step by itself.

    Attributes:
        smoothness: L, unit f/x^2, > 0.
        strong_convexity: lambda, unit f/x^2, in (0, L/4]: the least curvature of F.
        initial_distance: B = |x_0 - x*|, unit x, > 0.
        gradient_noise: sigma, unit f/x, >= 0.

    Raises:
        ValueError: an attribute is out of its range.
    """

    smoothness: float = 1.0
    strong_convexity: float = 0.05
    initial_distance: float = 1.0
    gradient_noise: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "smoothness", "strong_convexity", "initial_distance", "gradient_noise")
        if self.strong_convexity > self.smoothness / 4:
            raise ValueError(
                f"strong_convexity={self.strong_convexity} must lie in (0, smoothness/4="
                f"{self.smoothness / 4:g}]"
            )

    @abstractmethod
    def third(self, y: Tensor, workers: range) -> Tensor:
        """h_m(y): (*batch, workers or 1) -> (*batch, workers or 1)."""

    @abstractmethod
    def third_slope(self, y: Tensor, workers: range) -> Tensor:
        """Returns the derivative of h_m at y, with the shape of y."""

    @property
    def third_optimum(self) -> float:
        """c, unit x, in [0, B)."""
        return 0.0

    @property
    def dimension(self) -> int:
        """The number of parameters, three."""
        return 3

    @property
    def constants(self) -> Mapping[str, Constant]:
        """What all such instances know; F* = 0."""
        workers = range(self.num_workers)
        gap = self.objective(self.initial_point()[None], workers).mean()
        return {
            "smoothness": exact(self.smoothness),
            "gradient_noise": exact(self.gradient_noise),
            "noise_at_optimum": exact(self.gradient_noise),
            "initial_distance": exact(self.initial_distance),
            "initial_gap": exact(float(gap)),
        }

    @cached_property
    def optimum(self) -> Tensor:
        """x* = (b, b, c), (3,)."""
        c = self.third_optimum
        b = ((self.initial_distance**2 - c**2) / 2) ** 0.5
        return torch.tensor([b, b, c], dtype=torch.float64)

    def initial_point(self) -> Tensor:
        """Returns the origin, (3,)."""
        return torch.zeros(3, dtype=torch.float64)

    def objective(self, x: Tensor, workers: range) -> Tensor:
        """The sum of both parabolas and h_m of the third coordinate."""
        away = x - self.optimum.to(x)
        shared = (away[..., :2].square() @ self._curvatures.to(x)) / 2
        return (shared + self.third(away[..., 2], workers)).expand(*x.shape[:-2], len(workers))

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """The gradient of both parabolas and of h_m, coordinate by coordinate."""
        away = x - self.optimum.to(x)
        shared = away[..., :2] * self._curvatures.to(x)
        third = self.third_slope(away[..., 2], workers)
        shared = shared.expand(*third.shape, 2)
        found = torch.cat([shared, third.unsqueeze(-1)], dim=-1)
        return found.expand(*x.shape[:-2], len(workers), 3)

    def draw(self, rng: np.random.Generator, num_steps: int) -> np.ndarray:
        """Draws the signs of the noise, (num_steps, 1), for one worker."""
        if self.gradient_noise == 0:
            return np.zeros((num_steps, 1), dtype=np.int8)
        return rng.integers(0, 2, (num_steps, 1), dtype=np.int8) * 2 - 1

    def stochastic_gradient(self, x: Tensor, sample: Tensor, workers: range) -> Tensor:
        """The gradient, and sigma times the sign on x_3."""
        return self.gradient(x, workers) + self._noise.to(x) * sample.to(x)

    def outcomes(self) -> tuple[np.ndarray, np.ndarray]:
        """Both signs, evenly; one of them is enough where there is no noise."""
        signs = np.array([[1.0], [-1.0]]) if self.gradient_noise else np.zeros((1, 1))
        return signs, np.full(len(signs), 1 / len(signs))

    def noise_covariance(self, mean: Tensor, covariance: Tensor) -> Tensor:
        """sigma^2 in the corner of x_3, for every worker, wherever it is."""
        return torch.diag(self._noise.square()).to(mean).expand_as(covariance)

    @cached_property
    def _curvatures(self) -> Tensor:
        return torch.tensor([self.strong_convexity, self.smoothness], dtype=torch.float64)

    @cached_property
    def _noise(self) -> Tensor:
        return torch.tensor([0.0, 0.0, self.gradient_noise], dtype=torch.float64)


@dataclass(frozen=True, kw_only=True)
class TwoSides(ThreeRoles):
    """An instance whose third coordinate pulls half of the workers up and half of them down.

    Attributes:
        heterogeneity_at_optimum: zeta_*, the size of every worker's gradient at x*, unit f/x, >= 0.
        num_workers: M, even.
    """

    heterogeneity_at_optimum: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "heterogeneity_at_optimum")
        check_two_camps(self.num_workers)

    def pulls(self, workers: range, y: Tensor) -> Tensor:
        """+zeta_* for even workers, -zeta_* for odd ones, (workers,), like y."""
        return self.heterogeneity_at_optimum * (1 - 2 * self.odd(workers, y))

    def odd(self, workers: range, y: Tensor) -> Tensor:
        """1 for odd workers, 0 for even ones, (workers,), like y."""
        return torch.arange(workers.start, workers.stop).remainder(2).to(y)
