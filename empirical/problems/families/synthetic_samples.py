"""Finite sums over synthetic samples, whose heterogeneity is one parameter."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from empirical.field_ranges import check_whole, check_within
from empirical.kernels.random_streams import generator
from empirical.problems.families.finite_sum import Data, FiniteSumProblem
from empirical.problems.families.function_facts import alike
from theory.assumptions import Assumption


@dataclass(frozen=True, kw_only=True)
class PlantedProblem(FiniteSumProblem):
    r"""Gaussian features, and targets made of noisy planted scores.

    A sample is a = shift + normal(0, I) with score <a, w> + logistic noise, |w| = 3. A fraction of
    every worker's samples comes from a population of its own, with a shift of length 1 and a w of
    its own; the rest are the same samples for all workers, without a shift.

    So the workers agree at 0, and zeta and the differences of the Hessians grow with the fraction.

    Attributes:
        num_samples: n, of each worker, >= 1.
        size: d, number of features, >= 1.
        own_fraction: of the samples, in [0, 1]; rounded to whole samples.
        start: every coordinate of x_0, unit x.
        problem_seed: of the samples, >= 0; those of a worker depend on no other worker.
    """

    num_samples: int = 50
    size: int = 10
    own_fraction: float = 0.5
    start: float = 0.0
    problem_seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole(self, 1, "num_samples", "size")
        check_within(self, "[0, 1]", "own_fraction")

    @abstractmethod
    def label(self, scores: Tensor) -> Tensor:
        """The targets that planted scores lead to, shaped as they are."""

    @property
    def facts(self) -> frozenset[Assumption]:
        """Workers without samples of their own have one function."""
        alone = self.num_workers == 1 or round(self.own_fraction * self.num_samples) == 0
        return alike(alone)

    @cached_property
    def data(self) -> Data:
        """The common samples first, then each worker's own."""
        num_own = round(self.own_fraction * self.num_samples)
        common = self._population(0, self.num_samples - num_own)
        own = [self._population(1 + worker, num_own) for worker in range(self.num_workers)]
        rows = torch.from_numpy(np.stack([np.concatenate([common, rows]) for rows in own]))
        return Data(rows[..., :-1], self.label(rows[..., -1:]))

    def _population(self, index: int, num_samples: int) -> np.ndarray:
        """Features and, last, scores: (num_samples, d + 1)."""
        # The last word keeps these streams apart from those of Samples, whose keys have three.
        rng = generator(self.problem_seed, index, 0, 1)
        shift, separator = rng.standard_normal((2, self.size))
        shift *= (index > 0) / np.linalg.norm(shift)
        separator *= 3 / np.linalg.norm(separator)
        features = shift + rng.standard_normal((num_samples, self.size))
        scores = features @ separator + rng.logistic(size=num_samples)
        return np.column_stack([features, scores])

    def initial_point(self) -> Tensor:
        """The start in every coordinate."""
        return torch.full((self.size,), self.start, dtype=torch.float64)
