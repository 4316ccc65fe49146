"""Problems whose workers differ by a linear function, at least."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from empirical.field_ranges import check_known, check_whole
from empirical.kernels.random_streams import generator
from empirical.problem import AdditiveNoiseProblem


@dataclass(frozen=True, kw_only=True)
class TiltProblem(AdditiveNoiseProblem):
    """Functions with a tilt <b_m, x> for every worker, sum_m b_m = 0, and additive noise.

    Attributes:
        size: d, number of parameters, >= 1.
        smoothness: L, unit f/x^2, > 0.
        heterogeneity: sqrt(mean_m |b_m|^2), unit f/x, >= 0; 0 when there is one worker.
        start: how far x_0 is from the origin, unit x.
        problem_seed: of everything random in the problem.

    Raises:
        ValueError: an attribute is out of its range.
    """

    size: int = 10
    smoothness: float = 1.0
    heterogeneity: float = 0.0
    start: float = 1.0
    problem_seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "smoothness", "heterogeneity")
        check_whole(self, 1, "size")
        if self.num_workers == 1 and self.heterogeneity > 0:
            raise ValueError(
                f"heterogeneity={self.heterogeneity} must be 0 with num_workers=1; add workers"
            )

    @property
    def dimension(self) -> int:
        """The number of parameters, which is the size."""
        return self.size

    @cached_property
    def tilts(self) -> Tensor:
        """b_m, (M, d): of the asked mean square, and adding up to 0."""
        shape = (self.num_workers, self.size)
        if self.heterogeneity == 0:
            return torch.zeros(shape, dtype=torch.float64)
        normals = generator(self.problem_seed, 1).standard_normal(shape)
        centred = torch.from_numpy(normals - normals.mean(0))
        spread: Tensor = centred.square().sum(-1).mean().sqrt()
        return centred * (self.heterogeneity / spread)

    def tilts_of(self, workers: range, x: Tensor) -> Tensor:
        """Those of some workers, with the dtype and device of x."""
        return self.tilts[workers.start : workers.stop].to(x)
