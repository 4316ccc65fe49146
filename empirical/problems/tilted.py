from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from empirical.problem import AdditiveNoiseProblem, Constant, exact
from empirical.sampling import generator
from theory.notation import GLOSSARY


@dataclass(frozen=True, kw_only=True)
class Tilted(AdditiveNoiseProblem):
    r"""A smooth non-convex function, tilted differently for every worker.

    f_m(x) = sum_j (L/2) u(x_j) + <b_m, x>,   u(s) = s^2 / (1 + s^2),   sum_m b_m = 0.

    The tilts cancel in F, so heterogeneity is the same at every point: zeta^2 = mean_m |b_m|^2,
    exactly. Yet local steps drift, since the curvature (between -L/4 and L) changes along the way;
    on quadratics that share a Hessian the mean iterate would not notice.

    Attributes:
        size: d, number of parameters, >= 1.
        smoothness: L, unit f/x^2, > 0; attained at 0.
        heterogeneity: zeta, unit f/x, >= 0; 0 when there is one worker.
        start: every coordinate of x_0, unit x.
        problem_seed: of the tilts.
    """

    size: int = 10
    smoothness: float = 1.0
    heterogeneity: float = 0.0
    start: float = 1.0
    problem_seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        GLOSSARY["smoothness"].check(self.smoothness)
        GLOSSARY["heterogeneity"].check(self.heterogeneity)
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
    def _tilts(self) -> Tensor:
        normals = generator(self.problem_seed).standard_normal((self.num_workers, self.size))
        tilts = torch.from_numpy(normals)
        tilts = tilts - tilts.mean(0)
        spread = tilts.square().sum(-1).mean().sqrt()
        return tilts * (self.heterogeneity / spread) if self.heterogeneity else 0 * tilts

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

    def initial_point(self) -> Tensor:
        """The start in every coordinate."""
        return torch.full((self.size,), self.start, dtype=torch.float64)

    def objective(self, x: Tensor, workers: range) -> Tensor:
        """The shared function plus the tilt."""
        tilts = self._tilts[workers.start : workers.stop].to(x)
        return self._shared(x) + (x * tilts).sum(-1)

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """L x_j / (1 + x_j^2)^2 + b_mj."""
        tilts = self._tilts[workers.start : workers.stop].to(x)
        return self.smoothness * x / (1 + x.square()).square() + tilts

    def _shared(self, x: Tensor) -> Tensor:
        square = x.square()
        return self.smoothness / 2 * (square / (1 + square)).sum(-1)


EXAMPLES = (
    Tilted(num_workers=6, size=5, heterogeneity=0.5, gradient_noise=0.3),
    Tilted(num_workers=1, size=3, smoothness=2.0, start=-0.7),
)
