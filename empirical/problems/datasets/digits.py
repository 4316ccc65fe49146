"""Multi-class logistic regression on scikit-learn's handwritten digits: real, small, convex.

f_m(x) = mean_j (logsumexp(W a_mj) - <y_mj, W a_mj>) + (lambda/2) |x|^2,   x = W (10, 65),

with pixels in [0, 1], a constant 1 as last feature, and y one of ten unit vectors. After a
seeded shuffle the last 297 images are held out, for the measure test_accuracy; the others are
dealt to the workers by a partition, in equal shares. Convex.

The constants, with A_m the n features of worker m as rows and p the predicted probabilities:
    smoothness, exact: max_m lambda_max(A_m' A_m / n) / 2 + lambda, as diag(p) - p p' <= 1/2,
        a limit reached as two classes far away share all probability (by the constant feature).
    gradient_noise: noise_bound, as the slope p - y lies in the hull of e_k - y, k = 1 ... 10.
    heterogeneity: heterogeneity_bound, likewise; the penalty cancels.
    initial_gap: F(x_0) = log 10, as F >= 0.

Source: ratebound, our own instance; the data is that of scikit-learn's load_digits.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import final

import numpy as np
import torch
from torch import Tensor

from empirical.field_ranges import check_within
from empirical.kernels.random_streams import generator
from empirical.problem import Constant, exact
from empirical.problems.datasets.partition import Dirichlet, Iid, Partition
from empirical.problems.datasets.partition_report import partition_report
from empirical.problems.families.finite_sum import Data, FiniteSumProblem, largest_eigenvalue
from empirical.progress import Progress
from theory.assumptions import Assumption
from theory.discovery import extra

_NUM_CLASSES = 10
_NUM_TEST = 297


@final
@dataclass(frozen=True, kw_only=True)
class Digits(FiniteSumProblem):
    """Multi-class logistic regression on scikit-learn's 1797 handwritten digits, 8 x 8 pixels.

    Attributes:
        partition: how the labelled images are dealt to the workers.
        regularisation: lambda, unit f/x^2, >= 0.
        problem_seed: of shuffle and partition, >= 0.

    Raises:
        ImportError: by prepare or on first use of the data, without scikit-learn.

    Source: ratebound, our own instance; the functions stand at the top of this file.
    """

    partition: Partition = field(default=Dirichlet(0.5))
    regularisation: float = 1e-3
    problem_seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within(self, "[0, inf)", "regularisation")

    def prepare(self, progress: Progress | None = None) -> None:
        """Reads the images, so that a missing scikit-learn is noticed before anything is spent."""
        _load()

    @cached_property
    def _shuffled(self) -> tuple[np.ndarray, np.ndarray]:
        images, digits = _load()
        # The last word keeps this stream apart from that of the partition and from Samples.
        order = generator(self.problem_seed, 0, 0, 1).permutation(len(digits))
        return images[order], digits[order]

    @cached_property
    def data(self) -> Data:
        """The training images, n = 1500 // M of each worker."""
        images, digits = (part[:-_NUM_TEST] for part in self._shuffled)
        return _rows(images, digits, self.shards)

    @cached_property
    def shards(self) -> np.ndarray:
        """Places of every worker's training images among all of them, (M, 1500 // M)."""
        digits = self._shuffled[1][:-_NUM_TEST]
        return self.partition.split(digits, self.num_workers, self.problem_seed)

    @property
    def remarks(self) -> tuple[str, ...]:
        """How far the partition has the workers' class shares apart."""
        digits = self._shuffled[1][:-_NUM_TEST]
        return (str(partition_report(self.partition, digits, self.shards)),)

    @cached_property
    def _test(self) -> Data:
        """Shares of the test images, padded to equal length with rows that have no target."""
        images, digits = (part[-_NUM_TEST:] for part in self._shuffled)
        length = -(-_NUM_TEST // self.num_workers)
        dealt = np.arange(length * self.num_workers).reshape(length, self.num_workers).T
        features, targets = _rows(images, digits, dealt % _NUM_TEST)
        return Data(features, targets * torch.from_numpy(dealt < _NUM_TEST)[..., None])

    @cached_property
    def corners(self) -> Tensor:
        """The vectors e_k - y of every sample, whose hull holds the slope p - y."""
        return torch.eye(_NUM_CLASSES, dtype=torch.float64) - self.data.targets.unsqueeze(-2)

    @property
    def smoothness_constant(self) -> Constant:
        """The smoothness, exact: it is approached as two classes share all probability."""
        return exact(float(largest_eigenvalue(self.data.features).max()) / 2 + self.regularisation)

    def initial_point(self) -> Tensor:
        """Returns 0, at which all classes are equally likely."""
        return torch.zeros(self.dimension, dtype=torch.float64)

    @property
    def facts(self) -> frozenset[Assumption]:
        """Convex, and strongly so by its penalty."""
        strongly = self.regularisation > 0
        known = Assumption.WORKERS_STRONGLY_CONVEX if strongly else Assumption.WORKERS_CONVEX
        return super().facts | {known}

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Minus the logarithm of the digit's probability."""
        return scores.logsumexp(-1) - (targets * scores).sum(-1)

    def slope(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Predicted probabilities less the target, p - y."""
        return scores.softmax(-1) - targets

    def penalty(self, x: Tensor) -> Tensor:
        """Returns (lambda/2) |x|^2 at every point."""
        return self.regularisation / 2 * x.square().sum(-1)

    def penalty_gradient(self, x: Tensor) -> Tensor:
        """Returns the gradient of the penalty, lambda x."""
        return self.regularisation * x

    def observe(self, point: Tensor, workers: range) -> Tensor:
        """Also, last, how many test images of its share each worker gets right."""
        rows = self._test.on(point, workers)
        scores = rows.scores(point)
        right = rows.targets.expand_as(scores).gather(-1, scores.argmax(-1, keepdim=True))
        return torch.cat([super().observe(point, workers), right.sum(-2)], dim=-1)

    def summarise(self, observed: Tensor) -> dict[str, Tensor]:
        """Also test_accuracy, in [0, 1]."""
        # Whole numbers again, so that no rounding of the mean over workers is left.
        right = (observed[..., -1] * self.num_workers).round()
        return {**super().summarise(observed[..., :-1]), "test_accuracy": right / _NUM_TEST}


def _load() -> tuple[np.ndarray, np.ndarray]:
    """Images (1797, 65) with pixels in [0, 1] and a constant 1, and their digits (1797,)."""
    with extra("digits"):
        from sklearn.datasets import load_digits
    pixels, digits = load_digits(return_X_y=True)
    return np.column_stack([pixels / 16, np.ones(len(digits))]), np.asarray(digits, np.int64)


def _rows(images: np.ndarray, digits: np.ndarray, dealt: np.ndarray) -> Data:
    targets = np.eye(_NUM_CLASSES)[digits[dealt]]
    return Data(torch.from_numpy(images[dealt]), torch.from_numpy(targets))


EXAMPLES = (
    Digits(num_workers=6, batch_size=4),
    Digits(num_workers=4, batch_size=2, partition=Iid(), regularisation=0.1, problem_seed=1),
)
