from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from empirical.problem import AdditiveNoiseProblem, Constant, exact
from empirical.sampling import generator
from theory.notation import GLOSSARY


@dataclass(frozen=True, kw_only=True)
class Quadratic(AdditiveNoiseProblem):
    r"""Random quadratics, one a worker: f_m(x) = x' A_m x / 2 + <b_m, x>.

    Every A_m has its eigenvalues in [lowest, L] with both ends attained; the lowest may be
    negative. F = mean_m f_m has sum_m b_m = 0, so x* = 0 where F is convex, and F* = 0.

    With shared_hessian the tilts are the only difference: zeta is uniform and exact, and the mean
    iterate of Local SGD does not notice it. Otherwise no uniform zeta exists and it is absent.

    Attributes:
        size: d, number of parameters, >= 1.
        smoothness: L, unit f/x^2, > 0.
        lowest: least eigenvalue of every A_m, unit f/x^2, in [-L, L].
        heterogeneity: sqrt(mean_m |b_m|^2), unit f/x, >= 0.
        shared_hessian: whether all A_m are one matrix.
        start: |x_0|, unit x; the direction is random.
        problem_seed: of matrices, tilts and direction.
    """

    size: int = 10
    smoothness: float = 1.0
    lowest: float = 0.0
    heterogeneity: float = 0.0
    shared_hessian: bool = False
    start: float = 1.0
    problem_seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        GLOSSARY["smoothness"].check(self.smoothness)
        GLOSSARY["heterogeneity"].check(self.heterogeneity)
        if not -self.smoothness <= self.lowest <= self.smoothness:
            raise ValueError(
                f"lowest={self.lowest} must lie in [-smoothness, smoothness={self.smoothness}]"
            )
        if self.size < 1:
            raise ValueError(f"size={self.size} must be a whole number >= 1")
        if self.num_workers == 1 and self.heterogeneity > 0:
            raise ValueError(
                f"heterogeneity={self.heterogeneity} must be 0 with num_workers=1; add workers"
            )

    @property
    def dimension(self) -> int:
        """The size."""
        return self.size

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

    @cached_property
    def _tilts(self) -> Tensor:
        rng = generator(self.problem_seed, 1)
        tilts = torch.from_numpy(rng.standard_normal((self.num_workers, self.size)))
        tilts = tilts - tilts.mean(0)
        spread = tilts.square().sum(-1).mean().sqrt()
        return tilts * (self.heterogeneity / spread) if self.heterogeneity else 0 * tilts

    @property
    def constants(self) -> Mapping[str, Constant]:
        """L and sigma; zeta if uniform; the initial gap if F is bounded below."""
        known = {
            "smoothness": exact(self.smoothness),
            "gradient_noise": exact(self.gradient_noise),
        }
        mean_hessian = self._hessians.mean(0)
        least = float(torch.linalg.eigvalsh(mean_hessian)[0])
        if least >= 0:
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
        """X' A_m x / 2 + <b_m, x>."""
        here = slice(workers.start, workers.stop)
        image = self._apply(x, here)
        return (x * image).sum(-1) / 2 + (x * self._tilts[here].to(x)).sum(-1)

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """A_m x + b_m."""
        here = slice(workers.start, workers.stop)
        return self._apply(x, here) + self._tilts[here].to(x)

    def _apply(self, x: Tensor, here: slice) -> Tensor:
        return torch.matmul(self._hessians[here].to(x), x.unsqueeze(-1)).squeeze(-1)


EXAMPLES = (
    Quadratic(num_workers=6, size=4, heterogeneity=0.5, gradient_noise=0.3),
    Quadratic(num_workers=4, size=3, lowest=-0.3, shared_hessian=True, heterogeneity=1.0),
)
