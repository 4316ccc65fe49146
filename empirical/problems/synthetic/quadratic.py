"""Random quadratics, one a worker, with controlled curvature, noise and heterogeneity.

Every A_m has its eigenvalues in [lowest, L] with both ends attained (L alone where size is 1);
the lowest may be negative. F = mean_m f_m has sum_m b_m = 0, so x* = 0 where F is convex, and
F* = 0.

With shared_hessian the tilts are the only difference: zeta is uniform and exact, and the mean
iterate of Local SGD does not notice it. Otherwise no uniform zeta exists and it is absent.

The start is |x_0|; its direction is random.

A stochastic gradient is grad f_m(x) + additive noise + nu n grad f_m(x), n standard normal, so
that E|g_m - grad f_m|^2 = sigma^2 + nu^2 |grad f_m(x)|^2: with nu > 0 no uniform sigma exists.

Source: ratebound, our own instance, for exact moments and stability.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from empirical.field_ranges import check_curvature, check_within
from empirical.kernels.random_streams import generator
from empirical.problem import Constant, exact
from empirical.problems.families.function_facts import alike, curved_from, parabolas
from empirical.problems.families.linear_heterogeneity import TiltProblem
from theory.assumptions import Assumption, closure

_ROUNDING = 1e-12  # an eigenvalue below it may be negative in truth


@dataclass(frozen=True, kw_only=True)
class Quadratic(TiltProblem):
    """Random quadratics, one a worker: f_m(x) = x' A_m x / 2 + <b_m, x>.

    Attributes:
        lowest: least eigenvalue of every A_m, unit f/x^2, in [-L, L].
        shared_hessian: whether all A_m are one matrix.
        noise_growth: nu, dimensionless, >= 0.

    Source: ratebound, our own instance, for exact moments and stability; the functions stand at the
    top of this file.
    """

    lowest: float = 0.0
    shared_hessian: bool = False
    noise_growth: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within(self, "[0, inf)", "noise_growth")
        check_curvature(self, "lowest")

    @cached_property
    def _hessians(self) -> Tensor:
        rng = generator(self.problem_seed, 0)
        count = 1 if self.shared_hessian else self.num_workers
        matrices = np.stack([self._hessian(rng) for _ in range(count)])
        return torch.from_numpy(matrices).expand(self.num_workers, -1, -1)

    def _hessian(self, rng: np.random.Generator) -> np.ndarray:
        basis = np.linalg.qr(rng.standard_normal((self.size, self.size)))[0]
        eigenvalues = rng.uniform(self.lowest, self.smoothness, self.size)
        eigenvalues[-1] = self.lowest
        eigenvalues[0] = self.smoothness
        return np.asarray((basis * eigenvalues) @ basis.T)

    @property
    def constants(self) -> Mapping[str, Constant]:
        """L; sigma and zeta if uniform; what speaks of x* = 0 if F is bounded below."""
        known = {"smoothness": exact(self.smoothness)}
        mean_hessian = self._hessians.mean(0)
        least = float(torch.linalg.eigvalsh(mean_hessian)[0])
        bounded = self.lowest >= 0 or least > _ROUNDING * self.smoothness
        if bounded:
            start = self.initial_point()
            gap = start @ mean_hessian @ start / 2
            known["initial_gap"] = exact(float(gap))
            known["initial_distance"] = exact(abs(self.start))
            known["heterogeneity_at_optimum"] = exact(self.heterogeneity)
        if self.noise_growth == 0:
            known["gradient_noise"] = exact(self.gradient_noise)
            known |= {"noise_at_optimum": exact(self.gradient_noise)} if bounded else {}
        if self.lowest > 0:
            known["strong_convexity"] = exact(self.lowest)
        if self._one_hessian:
            known["heterogeneity"] = exact(self.heterogeneity)
            known["greatest_heterogeneity"] = exact(float(self.tilts.norm(dim=-1).max()))
        return known

    @property
    def facts(self) -> frozenset[Assumption]:
        """Quadratic, convex from the lowest curvature on; with growing noise samples are not."""
        convex = curved_from(self.lowest)
        if self.noise_growth:
            convex = closure(convex) - {Assumption.SAMPLES_CONVEX_SMOOTH}
        same = alike(self._one_hessian and self.heterogeneity == 0)
        return parabolas(one_hessian=self._one_hessian) | convex | same

    @property
    def _one_hessian(self) -> bool:
        return self.shared_hessian or self.num_workers == 1

    def initial_point(self) -> Tensor:
        """A random direction of length start."""
        direction = torch.from_numpy(generator(self.problem_seed, 2).standard_normal(self.size))
        start: Tensor = direction * (self.start / direction.norm())
        return start

    def objective(self, x: Tensor, workers: range) -> Tensor:
        """Half of <x, A_m x>, plus <b_m, x>."""
        half = (x * self._image(x, workers)).sum(-1) / 2
        return half + (x * self.tilts_of(workers, x)).sum(-1)

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """A_m x + b_m."""
        return self._image(x, workers) + self.tilts_of(workers, x)

    def draw(self, rng: np.random.Generator, num_steps: int) -> np.ndarray:
        """Standard normals of the additive noise; where it grows, one more as the last."""
        additive = super().draw(rng, num_steps)
        if self.noise_growth == 0:
            return additive
        return np.concatenate([additive, rng.standard_normal((num_steps, 1))], axis=1)

    def stochastic_gradient(self, x: Tensor, sample: Tensor, workers: range) -> Tensor:
        """Grad f_m(x) plus both kinds of noise."""
        if self.noise_growth == 0:
            return super().stochastic_gradient(x, sample, workers)
        steady = super().stochastic_gradient(x, sample[..., :-1], workers)
        return steady + self.noise_growth * sample[..., -1:] * self.gradient(x, workers)

    def noise_covariance(self, mean: Tensor, covariance: Tensor) -> Tensor:
        """(sigma^2 / d) I + nu^2 E grad f_m grad f_m'."""
        hessians = self._hessians.to(mean)
        gradient = self.gradient(mean, range(self.num_workers))
        outer = gradient.unsqueeze(-1) * gradient.unsqueeze(-2)
        moment = outer + hessians @ covariance @ hessians
        return super().noise_covariance(mean, covariance) + self.noise_growth**2 * moment

    def _image(self, x: Tensor, workers: range) -> Tensor:
        hessians = self._hessians[workers.start : workers.stop].to(x)
        return torch.einsum("mab,...mb->...ma", hessians, x)


EXAMPLES = (
    Quadratic(num_workers=6, size=4, heterogeneity=0.5, gradient_noise=0.3),
    Quadratic(num_workers=4, size=3, lowest=-0.3, shared_hessian=True, heterogeneity=1.0),
    Quadratic(num_workers=3, size=3, lowest=0.2, gradient_noise=0.4, noise_growth=0.5),
)
