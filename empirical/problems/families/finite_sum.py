"""Objectives that are means over a worker's samples, and what can be proved about them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from empirical.field_ranges import check_known
from empirical.problem import Constant, ExactProblem, upper_bound

CENTRE_STEPS = 64
"""Steps of the search for the centre in noise_bound; more gain less than 0.1 percent."""


class Data(NamedTuple):
    """The samples of all workers, n each.

    Attributes:
        features: (*batch, M, n, p), one row a sample.
        targets: (*batch, M, n, c).
    """

    features: Tensor
    targets: Tensor

    def on(self, x: Tensor, workers: range) -> Data:
        """The samples of these workers, where x lives and in its precision."""
        here = slice(workers.start, workers.stop)
        return Data(self.features[here].to(x), self.targets[here].to(x))

    def drawn(self, sample: Tensor) -> Data:
        """The rows with these indices, (seeds, M, b) -> rows with leading axes (seeds, M, b)."""
        here = torch.arange(sample.shape[-2], device=sample.device)[:, None]
        return Data(self.features[here, sample], self.targets[here, sample])

    def scores(self, x: Tensor) -> Tensor:
        """The scores W a of every row, (*batch, M, rows, c), at x (*batch, M or 1, d)."""
        weights = x.reshape(*x.shape[:-1], self.targets.shape[-1], self.features.shape[-1])
        # Rows that lack leading axes, or points that lack workers, are broadcast without a copy.
        return torch.einsum("...mjp,...mcp->...mjc", self.features, weights)


@dataclass(frozen=True, kw_only=True)
class FiniteSumProblem(ExactProblem):
    r"""Every f_m is a mean over n samples of a loss of linear scores, plus a known penalty.

    f_m(x) = mean_j loss(W a_mj, y_mj) + penalty(x),   x = the rows of W, one after the other.

    A stochastic gradient is the mean gradient of batch_size samples, drawn uniformly with
    replacement, so its variance is the variance over the n samples divided by batch_size.

    Shapes:
        W (c, p), d = c p; scores, targets and slopes (*batch, workers, rows, c).

    Attributes:
        batch_size: b, samples per stochastic gradient, >= 1.
    """

    batch_size: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "batch_size")

    @property
    @abstractmethod
    def data(self) -> Data:
        """The samples of all workers."""

    @property
    @abstractmethod
    def corners(self) -> Tensor:
        """Points whose convex hull holds every slope of a sample, whatever x: (M, n, k, c)."""

    @property
    @abstractmethod
    def smoothness_constant(self) -> Constant:
        """L, unit f/x^2, penalty included."""

    @abstractmethod
    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        """The loss of each row, >= 0: (*batch, workers, rows, c) -> (*batch, workers, rows)."""

    @abstractmethod
    def slope(self, scores: Tensor, targets: Tensor) -> Tensor:
        """The gradient of the loss with respect to the scores, shaped as they are."""

    @abstractmethod
    def penalty(self, x: Tensor) -> Tensor:
        """What all workers add to their losses, >= 0: (*batch, d) -> (*batch)."""

    @abstractmethod
    def penalty_gradient(self, x: Tensor) -> Tensor:
        """The gradient of the penalty, shaped as x."""

    @property
    def dimension(self) -> int:
        """The entries of W, c p."""
        return self.data.targets.shape[-1] * self.data.features.shape[-1]

    @cached_property
    def constants(self) -> Mapping[str, Constant]:
        """All four: L as given, sigma and zeta from the corners, and F(x_0) as F >= 0."""
        noise = noise_bound(self.data.features, self.corners, self.batch_size)
        apart = heterogeneity_bound(self.data.features, self.corners)
        start = self.objective(self.initial_point()[None], range(self.num_workers)).mean()
        return {
            "smoothness": self.smoothness_constant,
            "gradient_noise": upper_bound(noise),
            "heterogeneity": upper_bound(apart),
            "initial_gap": upper_bound(float(start)),
        }

    def draw(self, rng: np.random.Generator, num_steps: int) -> np.ndarray:
        """Indices into a worker's samples, int64 (num_steps, batch_size)."""
        return rng.integers(self.data.features.shape[1], size=(num_steps, self.batch_size))

    def objective(self, x: Tensor, workers: range) -> Tensor:
        """The mean loss over all samples plus the penalty."""
        rows = self.data.on(x, workers)
        return self.loss(rows.scores(x), rows.targets).mean(-1) + self.penalty(x)

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """The mean gradient over all samples plus that of the penalty."""
        return self._gradient(x, self.data.on(x, workers))

    def stochastic_gradient(self, x: Tensor, sample: Tensor, workers: range) -> Tensor:
        """The mean gradient over the drawn samples plus that of the penalty."""
        return self._gradient(x, self.data.on(x, workers).drawn(sample))

    def _gradient(self, x: Tensor, rows: Data) -> Tensor:
        slopes = self.slope(rows.scores(x), rows.targets) / rows.features.shape[-2]
        total = torch.einsum("...mjc,...mjp->...mcp", slopes, rows.features)
        return total.flatten(-2) + self.penalty_gradient(x)


def largest_eigenvalue(features: Tensor) -> Tensor:
    """Returns the largest eigenvalue of A_m' A_m / n for every worker: (M, n, p) -> (M,)."""
    norms: Tensor = torch.linalg.matrix_norm(features, ord=2)
    return norms.square() / features.shape[1]


def noise_bound(features: Tensor, corners: Tensor, batch_size: int) -> float:
    r"""A sigma that holds at every x, for the worker where it is worst.

    A variance is at most the mean square about any U, and |s a' - U|^2 is convex in s, hence
    b sigma_m^2 <= min_U mean_j max_k |s_mjk a_mj' - U|^2. Every U gives a proof; Frank-Wolfe steps
    towards the mean of the worst corners find a good one.

    Args:
        features: a, (M, n, p).
        corners: s, (M, n, k, c); every slope lies in the convex hull of its k corners.
        batch_size: b.

    Returns:
        sigma, unit f/x.
    """
    length = corners.square().sum(-1) * features.square().sum(-1, keepdim=True)
    centre = torch.zeros(len(features), corners.shape[-1], features.shape[-1]).to(features)
    best = torch.full((len(features),), torch.inf).to(features)
    for step in range(CENTRE_STEPS):
        along = torch.einsum("mjkc,mcp,mjp->mjk", corners, centre, features)
        worst, which = (length - 2 * along).max(-1, keepdim=True)
        best = best.minimum(worst.mean((-2, -1)) + centre.square().sum((-2, -1)))
        slopes = torch.take_along_dim(corners, which[..., None], -2).squeeze(-2)
        target = torch.einsum("mjc,mjp->mcp", slopes, features) / features.shape[1]
        centre = centre + (target - centre) * 2 / (step + 2)
    return float((best.max() / batch_size).sqrt())


def heterogeneity_bound(features: Tensor, corners: Tensor) -> float:
    r"""A zeta that holds at every x, penalty or not, since a penalty is the same at every worker.

    Rows that all workers share cancel in differences, so only the others count below. With slopes
    s = o + r t, o the mean of the corners and |t| <= 1, a gradient is the sum of mean_j o_j a_j',
    which does not depend on x, and of mean_j t_j (r_j a_j)', no longer than rho_m, the root of the
    largest eigenvalue of mean_j r_j^2 a_j a_j'. By Minkowski's inequality
    zeta <= sqrt(mean_m |mean_j o_mj a_mj' - mean over workers|^2) + sqrt(mean_m rho_m^2).

    Args:
        features: a, (M, n, p).
        corners: s, (M, n, k, c); every slope lies in the convex hull of its k corners.

    Returns:
        zeta, unit f/x; 0 where all workers hold the same rows in the same order.
    """
    own = _differs(features) | _differs(corners)
    if not own.any():
        return 0.0
    features, corners = features[:, own], corners[:, own]
    middle = corners.mean(-2)
    radius = (corners - middle.unsqueeze(-2)).square().sum(-1).amax(-1, keepdim=True).sqrt()
    fixed = torch.einsum("mjc,mjp->mcp", middle, features) / features.shape[1]
    apart = (fixed - fixed.mean(0)).square().sum((-2, -1)).mean().sqrt()
    bound = apart + largest_eigenvalue(radius * features).mean().sqrt()
    return float(bound * own.double().mean())


def _differs(rows: Tensor) -> Tensor:
    return (rows != rows[:1]).flatten(2).any(-1).any(0)
