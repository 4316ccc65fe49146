from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from empirical.problem import AdditiveNoiseProblem, Constant, exact, upper_bound
from theory.notation import GLOSSARY


@dataclass(frozen=True, kw_only=True)
class TwoCamps(AdditiveNoiseProblem):
    r"""Scalar parabolas of two camps of workers that pull in opposite directions.

    f_m(x) = first x^2 / 2 + b_A x in the first camp,  second x^2 / 2 - b_B x in the second.

    The tilts cancel in F, whose minimum 0 is at 0, and their mean square is tilt^2. The camps'
    curvatures differ, so the mean iterate of local steps is drawn away from 0: the smallest problem
    with every term of a non-convex bound in it. The first camp has the odd worker.

    Attributes:
        smoothness: L, that no curvature exceeds, unit f/x^2, > 0.
        first: curvature of the first camp, in [-L, L].
        second: curvature of the second camp, in [-L, L].
        tilt: sqrt(mean_m b_m^2), unit f/x; its sign says which camp pulls up.
        start: x_0, unit x.

    Raises:
        ValueError: an attribute is out of its range.

    Source: after the heterogeneous instances of woodworth2020minibatch.
    """

    smoothness: float = 1.0
    first: float = 1.0
    second: float = 0.0
    tilt: float = 0.0
    start: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        GLOSSARY["smoothness"].check(self.smoothness)
        for name, curvature in (("first", self.first), ("second", self.second)):
            if not -self.smoothness <= curvature <= self.smoothness:
                raise ValueError(
                    f"{name}={curvature} must lie in [-smoothness, smoothness={self.smoothness}]"
                )
        if self.num_workers == 1 and self.tilt:
            raise ValueError(f"tilt={self.tilt} must be 0 with num_workers=1; add workers")

    @property
    def dimension(self) -> int:
        """One parameter."""
        return 1

    @property
    def constants(self) -> Mapping[str, Constant]:
        """L and sigma; zeta where the camps curve alike; the gap where F is bounded below."""
        attained = self.smoothness in (abs(self.first), abs(self.second))
        known = {
            "smoothness": exact(self.smoothness) if attained else upper_bound(self.smoothness),
            "gradient_noise": exact(self.gradient_noise),
        }
        mean = float(self._curvatures(self._all).mean())
        if mean >= 0:
            known["initial_gap"] = exact(mean * self.start**2 / 2)
        if self.second == self.first or self.num_workers == 1:
            known["heterogeneity"] = exact(abs(self.tilt))
        return known

    def initial_point(self) -> Tensor:
        """The start."""
        return torch.tensor([self.start], dtype=torch.float64)

    def objective(self, x: Tensor, workers: range) -> Tensor:
        """Half the curvature times x^2, plus the tilt times x."""
        curved = self._curvatures(workers).to(x) * x.square() / 2
        return (curved + self._tilts(workers).to(x) * x).squeeze(-1)

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """The curvature times x, plus the tilt."""
        return self._curvatures(workers).to(x) * x + self._tilts(workers).to(x)

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
