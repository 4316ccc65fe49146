from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from empirical.problem import Constant, exact
from empirical.sampling import generator
from empirical.tilt import TiltProblem

_ROUNDING = 1e-12  # an eigenvalue below it may be negative in truth


@dataclass(frozen=True, kw_only=True)
class Quadratic(TiltProblem):
    r"""Random quadratics, one a worker: f_m(x) = x' A_m x / 2 + <b_m, x>.

    Every A_m has its eigenvalues in [lowest, L] with both ends attained; the lowest may be
    negative. F = mean_m f_m has sum_m b_m = 0, so x* = 0 where F is convex, and F* = 0.

    With shared_hessian the tilts are the only difference: zeta is uniform and exact, and the mean
    iterate of Local SGD does not notice it. Otherwise no uniform zeta exists and it is absent.

    The start is |x_0|; its direction is random.

    Attributes:
        lowest: least eigenvalue of every A_m, unit f/x^2, in [-L, L].
        shared_hessian: whether all A_m are one matrix.
    """

    lowest: float = 0.0
    shared_hessian: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not -self.smoothness <= self.lowest <= self.smoothness:
            raise ValueError(
                f"lowest={self.lowest} must lie in [-smoothness, smoothness={self.smoothness}]"
            )

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
        """L and sigma; zeta if uniform; the initial gap if F is bounded below."""
        known = {
            "smoothness": exact(self.smoothness),
            "gradient_noise": exact(self.gradient_noise),
        }
        mean_hessian = self._hessians.mean(0)
        least = float(torch.linalg.eigvalsh(mean_hessian)[0])
        if self.lowest >= 0 or least > _ROUNDING * self.smoothness:
            start = self.initial_point()
            gap = start @ mean_hessian @ start / 2
            known["initial_gap"] = exact(float(gap))
        if self.shared_hessian or self.num_workers == 1:
            known["heterogeneity"] = exact(self.heterogeneity)
        return known

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

    def _image(self, x: Tensor, workers: range) -> Tensor:
        hessians = self._hessians[workers.start : workers.stop].to(x)
        return torch.matmul(hessians, x.unsqueeze(-1)).squeeze(-1)


EXAMPLES = (
    Quadratic(num_workers=6, size=4, heterogeneity=0.5, gradient_noise=0.3),
    Quadratic(num_workers=4, size=3, lowest=-0.3, shared_hessian=True, heterogeneity=1.0),
)
