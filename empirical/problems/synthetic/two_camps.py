"""Scalar parabolas of two groups of workers that pull in opposite directions.

f_m(x) = first x^2 / 2 + b_A x in the first camp,  second x^2 / 2 - b_B x in the second.

The tilts cancel in F, whose minimum 0 is at 0, and their mean square is tilt^2. The camps'
curvatures differ, so the mean iterate of local steps is drawn away from 0: the smallest problem
with every term of a non-convex bound in it. The first camp has the odd worker.

Source: after the heterogeneous instances of woodworth2020minibatch.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from empirical.field_ranges import check_curvature, check_known
from empirical.problem import AdditiveNoiseProblem, Constant, exact, upper_bound
from empirical.problems.families.function_facts import alike, curved_from, parabolas
from theory.assumptions import Assumption


@dataclass(frozen=True, kw_only=True)
class TwoCamps(AdditiveNoiseProblem):
    """Scalar parabolas of two camps of workers that pull in opposite directions.

    Attributes:
        smoothness: L, that no curvature exceeds, unit f/x^2, > 0.
        first: curvature of the first camp, in [-L, L].
        second: curvature of the second camp, in [-L, L].
        tilt: sqrt(mean_m b_m^2), unit f/x; its sign says which camp pulls up.
        start: x_0, unit x.

    Raises:
        ValueError: an attribute is out of its range.

    Source: after the heterogeneous instances of woodworth2020minibatch; the functions stand at the
    top of this file.
    """

    smoothness: float = 1.0
    first: float = 1.0
    second: float = 0.0
    tilt: float = 0.0
    start: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "smoothness")
        check_curvature(self, "first", "second")
        if self.num_workers == 1 and self.tilt:
            raise ValueError(f"tilt={self.tilt} must be 0 with num_workers=1; add workers")

    @property
    def dimension(self) -> int:
        """The number of parameters, one."""
        return 1

    @property
    def constants(self) -> Mapping[str, Constant]:
        """L, sigma, how far Hessians differ; zeta where they do not; the start where F has x*."""
        curvatures, tilts = self._curvatures(self._all), self._tilts(self._all).abs()
        attained = self.smoothness in curvatures.abs()
        apart, mean = float(curvatures.max() - curvatures.min()), float(curvatures.mean())
        known = {
            "smoothness": exact(self.smoothness) if attained else upper_bound(self.smoothness),
            "gradient_noise": exact(self.gradient_noise),
            "hessian_heterogeneity": exact(float((curvatures - mean).abs().max())),
            "hessian_spread": exact(apart),
            "hessian_smoothness": exact(0),
        }
        if curvatures.any():
            known["worker_smoothness"] = exact(float(curvatures.square().mean().sqrt()))
        if mean >= 0:
            known["initial_gap"] = exact(mean * self.start**2 / 2)
        if mean > 0:
            known["initial_distance"] = exact(abs(self.start))
            known["heterogeneity_at_optimum"] = exact(abs(self.tilt))
            known["noise_at_optimum"] = exact(self.gradient_noise)
        if float(curvatures.min()) > 0:
            known["strong_convexity"] = exact(float(curvatures.min()))
            away = float((tilts / curvatures).square().mean().sqrt())
            known["heterogeneity_of_optima"] = exact(self.smoothness * away)
        if apart == 0:
            known["heterogeneity"] = exact(abs(self.tilt))
            known["greatest_heterogeneity"] = exact(float(tilts.max()))
            known |= {"dissimilarity": exact(abs(self.tilt)), "dissimilarity_factor": exact(1)}
        return known

    @property
    def facts(self) -> frozenset[Assumption]:
        """Parabolas, convex as far as both camps curve upwards."""
        curvatures = self._curvatures(self._all)
        lowest, apart = float(curvatures.min()), float(curvatures.max() - curvatures.min())
        convex = frozenset({Assumption.CONVEX} if curvatures.mean() >= 0 else ())
        alone = alike(apart == 0 and self.tilt == 0)
        return parabolas(one_hessian=apart == 0) | curved_from(lowest) | convex | alone

    def initial_point(self) -> Tensor:
        """Returns the start, (1,)."""
        return torch.tensor([self.start], dtype=torch.float64)

    def objective(self, x: Tensor, workers: range) -> Tensor:
        """Half the curvature times x^2, plus the tilt times x."""
        curved = self._curvatures(workers).to(x) * x.square() / 2
        return (curved + self._tilts(workers).to(x) * x).squeeze(-1)

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """The curvature times x, plus the tilt."""
        return self._curvatures(workers).to(x) * x + self._tilts(workers).to(x)

    def observe(self, point: Tensor, workers: range) -> Tensor:
        """Returns the usual observations and, last, x^2."""
        known = super().observe(point, workers)
        return torch.cat([known, point.square().expand(*known.shape[:-1], 1)], dim=-1)

    def summarise(self, observed: Tensor) -> dict[str, Tensor]:
        """Also squared_distance, that from 0, x* where F curves upwards."""
        known = super().summarise(observed[..., :-1])
        return {**known, "squared_distance": observed[..., -1].clone()}

    @property
    def _all(self) -> range:
        return range(self.num_workers)

    @property
    def _size_of_first(self) -> int:
        """Workers of the first camp."""
        return (self.num_workers + 1) // 2

    def _curvatures(self, workers: range) -> Tensor:
        return self._by_camp(workers, self.first, self.second)

    def _tilts(self, workers: range) -> Tensor:
        if self.num_workers == 1:
            return self._by_camp(workers, 0.0, 0.0)
        ratio = ((self.num_workers - self._size_of_first) / self._size_of_first) ** 0.5
        return self._by_camp(workers, self.tilt * ratio, -self.tilt / ratio)

    def _by_camp(self, workers: range, first: float, second: float) -> Tensor:
        values = [first if worker < self._size_of_first else second for worker in workers]
        return torch.tensor(values, dtype=torch.float64).unsqueeze(-1)


EXAMPLES = (
    TwoCamps(num_workers=5, second=-0.4, tilt=0.7, gradient_noise=0.3),
    TwoCamps(num_workers=4, second=1.0, tilt=-0.5, start=-0.6),
    TwoCamps(num_workers=1, smoothness=2.0),
)
