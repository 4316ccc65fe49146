"""A chain of coordinates whose even links one group of workers knows, and odd links the other.

With q = 1 - 1/horizon, x*_i = s q^i, coordinates counted from 1, and c = L / (1 + q^2):

    f_m = (c/2) [(1 + q^2)(s q - x_1)^2 + sum_i (q x_2i - x_(2i+1))^2]   for even workers,
    f_m = (c/2) sum_i (q x_(2i-1) - x_2i)^2                             for odd ones.

Both camps have the minimum 0 at x*, so zeta_* = 0; yet from a point whose last coordinates are
0 a camp finds at most one more, and needs the other for the next. Whatever a worker does on its
own between two communications, R rounds find R coordinates, and F stays above a constant times
L B^2 / R^2.

The start has the first `known` coordinates right and 0 beyond, and s makes |x_0 - x*| = B.

Source: patel2024limits, Theorem 11. Differs from it, as read, by the factor 1/(1 + q^2) that
makes every worker L-smooth (as printed they are (1 + q^2) L-smooth), in the finite size, and in
s, which is 1 there and `known` such that |x_0 - x*| is about B.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from empirical.field_ranges import check_known, check_whole
from empirical.problem import AdditiveNoiseProblem, Constant, exact
from empirical.problems.families.function_facts import CONVEX_QUADRATICS, check_two_camps
from theory.assumptions import Assumption


@dataclass(frozen=True, kw_only=True)
class Chain(AdditiveNoiseProblem):
    """A chain of coordinates whose even links one camp knows, and whose odd links the other.

    Attributes:
        smoothness: L, of every worker exactly, unit f/x^2, > 0.
        initial_distance: B, unit x, > 0.
        horizon: the R that the chain is built against, >= 2.
        size: d, coordinates of the chain, >= 2; the source's is infinite.
        known: coordinates that the start has right, in [0, size).
        num_workers: M, even.

    Raises:
        ValueError: an attribute is out of its range.

    Source: patel2024limits, Theorem 11; the functions stand at the top of this file.
    """

    smoothness: float = 1.0
    initial_distance: float = 1.0
    horizon: int = 8
    size: int = 32
    known: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "smoothness", "initial_distance")
        check_whole(self, 2, "horizon", "size")
        if not 0 <= self.known < self.size:
            raise ValueError(f"known={self.known} must lie in [0, size={self.size})")
        check_two_camps(self.num_workers)

    @property
    def dimension(self) -> int:
        """The number of parameters, which is the size."""
        return self.size

    @property
    def constants(self) -> Mapping[str, Constant]:
        """All but zeta, which is infinite, and mu, which is 0 for every worker."""
        gap = self.objective(self.initial_point()[None], range(2)).mean()
        return {
            "smoothness": exact(self.smoothness),
            "gradient_noise": exact(self.gradient_noise),
            "heterogeneity_at_optimum": exact(0),
            "noise_at_optimum": exact(self.gradient_noise),
            "initial_distance": exact(self.initial_distance),
            "initial_gap": exact(float(gap)),
        }

    @property
    def facts(self) -> frozenset[Assumption]:
        """All that holds of convex quadratics."""
        return CONVEX_QUADRATICS

    @property
    def ratio(self) -> float:
        """The ratio q of neighbouring coordinates of x*."""
        return 1 - 1 / self.horizon

    @cached_property
    def optimum(self) -> Tensor:
        """The minimiser x*, (d,), of both groups' functions."""
        powers = self.ratio ** torch.arange(1, self.size + 1, dtype=torch.float64)
        scaled: Tensor = powers * (self.initial_distance / powers[self.known :].norm())
        return scaled

    def initial_point(self) -> Tensor:
        """The optimum as far as it is known, and 0."""
        return torch.cat([self.optimum[: self.known], torch.zeros(self.size - self.known)])

    def objective(self, x: Tensor, workers: range) -> Tensor:
        """Half of c times the squares of what is wrong with the links of the worker's camp."""
        wrong = self._wrong(x, workers)
        return self._scale / 2 * (self._weights.to(x) * wrong.square()).sum(-1)

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """A link x_i, x_(i+1) pulls at both."""
        pull = self._scale * self._weights.to(x) * self._wrong(x, workers)
        back = torch.cat([pull[..., 1:], torch.zeros_like(pull[..., :1])], dim=-1)
        return pull - self.ratio * back

    @property
    def _scale(self) -> float:
        """The factor c = L / (1 + q^2) that makes every f_m L-smooth."""
        return self.smoothness / (1 + self.ratio**2)

    @cached_property
    def _weights(self) -> Tensor:
        """The weights of the links, the first of which ties x_1 to its place: (d,)."""
        weights = torch.ones(self.size, dtype=torch.float64)
        weights[0] = 1 + self.ratio**2
        return weights

    def _wrong(self, x: Tensor, workers: range) -> Tensor:
        """x_i - q x_(i-1) of the links that a worker knows, 0 for others: (*batch, workers, d)."""
        first = self.optimum[0].to(x) / self.ratio
        before = torch.cat([first.expand_as(x[..., :1]), x[..., :-1]], dim=-1)
        links = torch.arange(self.size) % 2
        camps = torch.arange(workers.start, workers.stop) % 2
        mine = (links == camps.unsqueeze(-1)).to(x)
        return mine * (x - self.ratio * before)


EXAMPLES = (
    Chain(num_workers=4, size=7, horizon=4, gradient_noise=0.3),
    Chain(num_workers=2, size=12, smoothness=2.0, known=3),
)
