"""How far the workers' class shares are apart, beside what the rule alone would have given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empirical.problems.datasets.partition import Partition


@dataclass(frozen=True)
class PartitionReport:
    """The spread of class shares over workers.

    A worker's share p_mc of class c is the part of its samples that are of this class. Their mean
    square over workers and classes is 1/C^2 at least, where all workers have all classes alike, and
    1/C at most, where each has one.

    Attributes:
        dealt: mean of p_mc^2 over workers and classes, in the shares as they were dealt.
        asked: its expectation for shares of unequal sizes, which the rule alone would give; None
            where the rule says nothing of that.
    """

    dealt: float
    asked: float | None

    def __str__(self) -> str:
        """Returns the report as a sentence."""
        said = f"class shares of workers have mean square {self.dealt:.3g}"
        if self.asked is None:
            return said
        change = self.dealt / self.asked - 1
        how = "less" if change < 0 else "more"
        return (
            f"{said}, {abs(change):.0%} {how} than the {self.asked:.3g} expected of the rule "
            "alone, without equal sizes"
        )


def partition_report(
    partition: Partition, labels: np.ndarray, shards: np.ndarray
) -> PartitionReport:
    """Returns how far a split has the workers apart.

    Args:
        partition: the rule that dealt.
        labels: the class of every sample, integers, (n,).
        shards: indices of every worker's samples, (M, n // M), as partition.split returns them.
    """
    _, classes = np.unique(labels, return_inverse=True)
    count = int(classes.max()) + 1
    shares = class_histogram(classes, shards, count) / shards.shape[1]
    sizes = np.bincount(classes, minlength=count) / len(classes)
    return PartitionReport(float((shares**2).mean()), partition.mean_square_asked(sizes))


def class_histogram(labels: np.ndarray, indices: np.ndarray, num_classes: int) -> np.ndarray:
    """How many samples of each class every worker holds.

    Args:
        labels: shape (n,), integers in [0, num_classes).
        indices: shape (M, samples per worker), as split returns them.
        num_classes: C >= 1.

    Returns:
        Counts, int64, shape (M, C); every row sums to the samples of a worker.

    Raises:
        ValueError: a label outside [0, num_classes).
    """
    dealt = labels[indices]
    outside = dealt[(dealt < 0) | (dealt >= num_classes)]
    if outside.size:
        raise ValueError(f"label {outside[0]} must lie in [0, num_classes={num_classes})")
    counts = np.zeros((len(dealt), num_classes), np.int64)
    np.add.at(counts, (np.arange(len(dealt))[:, None], dealt), 1)
    return counts
