"""A chain whose next coordinate a stochastic gradient shows only now and then.

F(x) = psi'(-spacing) x_1 + psi(x_N) + sum_i psi(x_(i+1) - x_i) - F*,

    psi(s) = sqrt(L) s / (2 b) atan(sqrt(L) b s / 2) - log(1 + L b^2 s^2 / 4) / (2 b^2),

so psi'' = L / (4 + L b^2 s^2) and psi' = sqrt(L) / (2 b) atan(sqrt(L) b s / 2): a parabola near
0, and nearly straight beyond 2 / (sqrt(L) b). All workers have this function; its minimum is
where x_N = spacing and every x_i exceeds the next one by it.

From a point whose coordinates beyond the k-th are 0, the gradient shows the (k+1)-st. A
stochastic gradient shows it with probability p only, and then 1/p times: it multiplies what is
beyond the last coordinate that is not 0 by z/p, z Bernoulli(p). With p about 1/K a worker finds
about one coordinate a round on its own, M of them log M, and no method with R rounds does
better than the bounds for intermittent communication.

Source: woodworth2021minmax, Section 3, for F, restated. Their oracle (7) is not before us: this
one is that of arjevani2023lower, with the same Bernoulli variable; it is unbiased, its variance
is at most psi'(infinity)^2 (1 - p)/p, and zero-respecting methods advance by one coordinate for
every z = 1. Their parameters as functions of M, K, R, L, B, sigma are not known here either.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from empirical.field_ranges import check_known, check_whole, check_within
from empirical.problem import Constant, ExactProblem, exact, upper_bound
from empirical.problems.families.function_facts import alike
from theory.assumptions import Assumption


@dataclass(frozen=True, kw_only=True)
class ProgressChain(ExactProblem):
    """A chain whose next coordinate a stochastic gradient shows only now and then.

    Attributes:
        smoothness: L, unit f/x^2, > 0.
        flattening: b, unit 1/sqrt(f), > 0.
        spacing: unit x, > 0.
        size: N, coordinates of the chain, >= 2.
        reveal: p, in (0, 1].

    Raises:
        ValueError: an attribute is out of its range.

    Source: woodworth2021minmax, Section 3, for F, restated; the functions stand at the top of this
    file.
    """

    smoothness: float = 1.0
    flattening: float = 1.0
    spacing: float = 1.0
    size: int = 16
    reveal: float = 0.25

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "smoothness")
        check_within(self, "(0, inf)", "flattening", "spacing")
        check_whole(self, 2, "size")
        check_within(self, "(0, 1]", "reveal")

    @property
    def dimension(self) -> int:
        """The number of parameters N, which is the size."""
        return self.size

    @property
    def constants(self) -> Mapping[str, Constant]:
        """Distance and gap exactly; smoothness and noise as upper bounds; workers are alike."""
        hidden = (1 - self.reveal) / self.reveal
        squares = self.size * (self.size + 1) * (2 * self.size + 1) / 6
        steepest = math.pi * math.sqrt(self.smoothness) / (4 * self.flattening)
        return {
            "smoothness": upper_bound(self.smoothness),
            "gradient_noise": upper_bound(steepest * math.sqrt(hidden)),
            "heterogeneity": exact(0),
            "greatest_heterogeneity": exact(0),
            "heterogeneity_at_optimum": exact(0),
            "initial_distance": exact(self.spacing * math.sqrt(squares)),
            "initial_gap": exact(-self._least),
        }

    @property
    def facts(self) -> frozenset[Assumption]:
        """Convex, and one function for all; what a sample shows is no gradient of a convex loss."""
        return frozenset({Assumption.WORKERS_CONVEX}) | alike(True)

    @property
    def optimum(self) -> Tensor:
        """A minimiser x*, (N,), whose coordinates fall by the spacing."""
        return self.spacing * torch.arange(self.size, 0, -1, dtype=torch.float64)

    def initial_point(self) -> Tensor:
        """Returns the origin, at which no coordinate is known yet."""
        return torch.zeros(self.size, dtype=torch.float64)

    def objective(self, x: Tensor, workers: range) -> Tensor:
        """Returns F(x) - F*, the same for all workers."""
        pull = self._slope(self._spacing_like(x)) * x[..., 0]
        found = self._psi(self._links(x)).sum(-1) - pull - self._least
        return found.expand(*x.shape[:-2], len(workers))

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """Each link pulls its two ends together, the last one x_N to 0; x_1 is pulled up."""
        first = self._slope(self._spacing_like(x)).expand_as(x[..., :1])
        pulls = torch.cat([first, self._slope(self._links(x))], dim=-1)
        return (pulls[..., 1:] - pulls[..., :-1]).expand(*x.shape[:-2], len(workers), self.size)

    def draw(self, rng: np.random.Generator, num_steps: int) -> np.ndarray:
        """Draws the Bernoulli variables z, (num_steps, 1), for one worker."""
        return (rng.random((num_steps, 1)) < self.reveal).astype(np.int8)

    def stochastic_gradient(self, x: Tensor, sample: Tensor, workers: range) -> Tensor:
        """The gradient, with what lies beyond x's last coordinate shown now and then."""
        places = torch.arange(1, self.size + 1, device=x.device)
        progress = (places * (x != 0)).amax(-1, keepdim=True)
        shown = torch.where(places > progress, sample.to(x) / self.reveal, 1.0)
        return self.gradient(x, workers) * shown

    @property
    def _least(self) -> float:
        """F*, N (psi(spacing) - spacing psi'(spacing)) < 0."""
        spacing = torch.tensor(self.spacing, dtype=torch.float64)
        return self.size * float(self._psi(spacing) - spacing * self._slope(spacing))

    def _spacing_like(self, x: Tensor) -> Tensor:
        return x.new_tensor(self.spacing)

    def _links(self, x: Tensor) -> Tensor:
        """x_i - x_(i+1), and x_N last: psi is even, (*batch, workers, N)."""
        return torch.cat([x[..., :-1] - x[..., 1:], x[..., -1:]], dim=-1)

    def _psi(self, s: Tensor) -> Tensor:
        u = math.sqrt(self.smoothness) * self.flattening / 2 * s
        return (u * u.atan() - u.square().log1p() / 2) / self.flattening**2

    def _slope(self, s: Tensor) -> Tensor:
        root = math.sqrt(self.smoothness)
        return root / (2 * self.flattening) * (root * self.flattening / 2 * s).atan()


EXAMPLES = (
    ProgressChain(num_workers=3, size=6),
    ProgressChain(num_workers=1, size=4, smoothness=2.0, flattening=0.3, spacing=0.5, reveal=1.0),
)
