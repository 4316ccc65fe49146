"""How the samples of a labelled data set are dealt to the workers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np

from empirical.field_ranges import check_within


@dataclass(frozen=True)
class Partition(ABC):
    """A rule that deals samples to M workers in equal shares.

    Every worker holds n // M of the n samples and no sample twice, so the objective is the uniform
    mean over workers whatever the heterogeneity. What is dropped: exactly n mod M samples, drawn
    uniformly before anything is dealt. The order within a share is random, so a prefix of a share
    is a fair sample of it.

    A subclass only says how many samples of each class a worker is sure to get; which samples
    those are, and who fills the slots that are still open, is a uniform draw.
    """

    def split(self, labels: np.ndarray, num_workers: int, seed: int) -> np.ndarray:
        """The samples of every worker, a pure function of the arguments.

        Args:
            labels: one integer a sample, shape (n,); any integers will do.
            num_workers: M, in [1, n].
            seed: >= 0.

        Returns:
            Indices into labels, int64, shape (M, n // M), all different.

        Raises:
            ValueError: an argument outside its range, or a rule that the classes are too small for.
        """
        _check(labels, num_workers, seed)
        generator = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed)))
        num_kept = len(labels) - len(labels) % num_workers
        kept = generator.permutation(len(labels))[:num_kept]
        _, classes, available = np.unique(labels[kept], return_inverse=True, return_counts=True)
        counts = self.class_counts(available, num_workers, generator)
        return np.asarray(generator.permuted(kept[_deal(classes, counts)], axis=1), np.int64)

    @abstractmethod
    def class_counts(
        self, available: np.ndarray, num_workers: int, generator: np.random.Generator
    ) -> np.ndarray:
        """How many samples of each class every worker is sure to get.

        Args:
            available: samples of each class that occurs, shape (C,), all >= 1; their sum is a
                multiple of M.
            num_workers: M.
            generator: the only source of randomness.

        Returns:
            Integers >= 0, shape (M, C); rows sum to at most sum(available) // M, columns to at most
            available.
        """

    def mean_square_asked(self, sizes: np.ndarray) -> float | None:
        """Returns E p^2 over workers and classes, of shares that need not have equal sizes.

        Args:
            sizes: the part of all samples that each class is, (C,).

        Returns:
            The expectation for the rule alone; None where it says nothing of unequal sizes.
        """
        return None


@final
@dataclass(frozen=True)
class Iid(Partition):
    """Every worker's share is a uniform draw without replacement."""

    def class_counts(
        self, available: np.ndarray, num_workers: int, generator: np.random.Generator
    ) -> np.ndarray:
        """Nothing is promised: every slot is filled at random."""
        return np.zeros((num_workers, len(available)), np.int64)


@final
@dataclass(frozen=True)
class Dirichlet(Partition):
    r"""Class proportions drawn for each worker from a Dirichlet distribution, in equal shares.

    With classes of equal size the proportions are Dirichlet(alpha, ..., alpha); otherwise the
    parameters are alpha C (share of the class), so that large alpha always tends to Iid. (Hsu et
    al., arXiv 1909.06335, write alpha for the sum of the parameters, our C alpha.) As classes and
    shares are both finite, proportions cannot all be had: every worker asks at once, a class asked
    for beyond its size is divided in proportion to what was asked, and who is left wanting asks
    again among the classes that remain. Counts are rounded down; the fewer than C slots that this
    leaves a worker are filled at random.

    Attributes:
        alpha: in [1e-9, 1e9]; small is heterogeneous, large tends to Iid.

    Raises:
        ValueError: alpha outside its range.
    """

    alpha: float

    def __post_init__(self) -> None:
        if not 1e-9 <= self.alpha <= 1e9:
            raise ValueError(
                f"alpha={self.alpha} must be a number > 0 (1e-9 to 1e9); its limit is Iid()"
            )

    def class_counts(
        self, available: np.ndarray, num_workers: int, generator: np.random.Generator
    ) -> np.ndarray:
        """Proportions drawn, then fitted to the sizes of classes and shares."""
        parameters = self.alpha * len(available) * available / available.sum()
        log_proportions = _log_dirichlet(parameters, num_workers, generator)
        return np.asarray(np.floor(_fit(log_proportions, available)), np.int64)

    def mean_square_asked(self, sizes: np.ndarray) -> float:
        """Returns E p^2 of Dirichlet(alpha C sizes), whose variance is p (1 - p)/(alpha C + 1)."""
        spread = sizes * (1 - sizes) / (self.alpha * len(sizes) + 1)
        return float((sizes**2 + spread).mean())


@final
@dataclass(frozen=True)
class LabelShards(Partition):
    """Samples sorted by label, cut into equal shards, shards dealt at random.

    McMahan et al. (arXiv 1602.05629) with two shards a worker. Shards have equal sizes where
    shards_per_worker divides the share, and differ by one otherwise. A shard that is no larger than
    the smallest class holds at most two classes; where class sizes are multiples of the shard,
    exactly one.

    Attributes:
        shards_per_worker: >= 1, and at most the samples a worker holds; few is heterogeneous.

    Raises:
        ValueError: shards_per_worker outside its range.
    """

    shards_per_worker: int

    def __post_init__(self) -> None:
        _require_count("shards_per_worker", self.shards_per_worker)

    def class_counts(
        self, available: np.ndarray, num_workers: int, generator: np.random.Generator
    ) -> np.ndarray:
        """The classes that a worker's shards happen to hold."""
        quota, per_worker = int(available.sum()) // num_workers, self.shards_per_worker
        if per_worker > quota:
            raise ValueError(
                f"shards_per_worker={per_worker} must be at most the {quota} samples of a worker; "
                "use fewer shards or fewer workers"
            )
        # Slots are dealt, not shards, as each worker's slots sum to its share whatever they get.
        slots = generator.permutation(num_workers * per_worker)
        sizes = quota // per_worker + (slots % per_worker < quota % per_worker)
        worker = np.repeat(slots // per_worker, sizes)
        counts = np.zeros((num_workers, len(available)), np.int64)
        np.add.at(counts, (worker, np.repeat(np.arange(len(available)), available)), 1)
        return counts


@final
@dataclass(frozen=True)
class MajorityClass(Partition):
    """Every worker has one class that makes up a fixed part of its share; the rest is random.

    Wang, Liang and Joshi (arXiv 2002.09539): 16 workers with 3125 images of CIFAR-10 each, 2000 of
    them of one class, is fraction = 0.64. A worker takes the class of which most is left: with
    classes of equal size and nothing dropped, worker m takes class m mod C whatever the seed. The
    random rest may hold that class as well, so fraction is what a worker has at least.

    Attributes:
        fraction: in [0, 1]; 0 is Iid, large is heterogeneous.

    Raises:
        ValueError: fraction outside its range.
    """

    fraction: float

    def __post_init__(self) -> None:
        check_within(self, "[0, 1]", "fraction")

    def class_counts(
        self, available: np.ndarray, num_workers: int, generator: np.random.Generator
    ) -> np.ndarray:
        """One class a worker, taken from what is left of it."""
        left, majority = available.copy(), round(self.fraction * (available.sum() // num_workers))
        counts = np.zeros((num_workers, len(available)), np.int64)
        for worker in range(num_workers):
            largest = int(left.argmax())
            if left[largest] < majority:
                raise ValueError(
                    f"fraction={self.fraction} asks {majority} samples of one class for each of "
                    f"{num_workers} workers, but the classes suffice for {worker}; lower it"
                )
            counts[worker, largest] = majority
            left[largest] -= majority
        return counts


def _deal(classes: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Positions (M, n // M) with counts[m, c] of class c at worker m, open slots in given order."""
    num_workers, num_classes = counts.shape
    workers = np.arange(num_workers)
    owner = np.full(len(classes), -1)
    for index in range(num_classes):
        owners = np.repeat(workers, counts[:, index])
        owner[np.flatnonzero(classes == index)[: len(owners)]] = owners
    quota = len(classes) // num_workers
    owner[owner < 0] = np.repeat(workers, quota - counts.sum(axis=1))
    return np.argsort(owner, kind="stable").reshape(num_workers, quota)


def _log_dirichlet(
    parameters: np.ndarray, num_draws: int, generator: np.random.Generator
) -> np.ndarray:
    """Logarithms of Dirichlet draws up to a constant per draw, shape (num_draws, C).

    Gamma(a) is distributed as Gamma(a + 1) U^(1/a), whose logarithm is finite where small a makes
    all proportions but one underflow.
    """
    shape = (num_draws, len(parameters))
    gamma = generator.standard_gamma(parameters + 1, shape)
    return np.asarray(np.log(gamma) + np.log1p(-generator.random(shape)) / parameters)


def _fit(log_proportions: np.ndarray, available: np.ndarray) -> np.ndarray:
    """Real counts (M, C): rows sum to equal shares, columns to available; see Dirichlet.

    Each pass fills every worker or exhausts a class, so C passes are enough.
    """
    counts, left = np.zeros_like(log_proportions), available.astype(float)
    lacking = np.full((len(counts), 1), available.sum() / len(counts))
    remaining = np.ones(len(available), bool)
    for _ in available:
        wishes = np.where(remaining, log_proportions, -np.inf)
        wishes = np.exp(wishes - wishes.max(axis=1, keepdims=True))
        asked = lacking * wishes / wishes.sum(axis=1, keepdims=True)
        demand = asked.sum(axis=0)
        granted = asked * np.divide(left, demand, out=np.ones_like(left), where=demand > left)
        remaining &= demand < left
        counts += granted
        left = np.maximum(left - granted.sum(axis=0), 0)
        lacking = np.maximum(lacking - granted.sum(axis=1, keepdims=True), 0)
        if not remaining.any():
            break
    return counts


def _check(labels: np.ndarray, num_workers: int, seed: int) -> None:
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels of shape {labels.shape} and type {labels.dtype} must be one row of integers"
        )
    _require_count("num_workers", num_workers)
    if num_workers > len(labels):
        raise ValueError(
            f"num_workers={num_workers} must be at most the {len(labels)} samples; use fewer"
        )
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed={seed} must be an integer >= 0")


def _require_count(name: str, value: int) -> None:
    if not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name}={value} must be an integer >= 1")
