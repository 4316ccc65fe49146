"""Who receives from whom at a communication, and with what weight."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

_SAME = 1e-9
"""What rounding may leave of a weight."""


class Topology(ABC):
    """A mixing matrix for every number of workers, possibly another one every time."""

    @property
    def points_stay(self) -> bool:
        """Whether rows sum to 1 as well, so that a point that all workers share stays theirs."""
        return True

    @abstractmethod
    def period(self, num_workers: int) -> int:
        """After how many communications the matrices repeat."""

    @abstractmethod
    def weights(self, num_workers: int, communication: int) -> np.ndarray | None:
        """(M, M): row i weighs what worker i receives from all workers; None is the mean.

        Columns sum to 1 (nothing is lost), and rows do unless the class says otherwise.
        """


@dataclass(frozen=True)
class Complete(Topology):
    """All workers receive from all, with weight 1/M: the exact mean."""

    def period(self, num_workers: int) -> int:
        """Returns 1: all communications use the same weights."""
        return 1

    def weights(self, num_workers: int, communication: int) -> np.ndarray | None:
        """Returns None, which stands for the uniform mean over workers."""
        return None


@dataclass(frozen=True)
class Alone(Topology):
    """Every worker keeps its own: nothing travels."""

    def period(self, num_workers: int) -> int:
        """Returns 1: all communications use the same weights."""
        return 1

    def weights(self, num_workers: int, communication: int) -> np.ndarray | None:
        """Returns the identity matrix: no worker receives anything."""
        return np.eye(num_workers)


@dataclass(frozen=True)
class Ring(Topology):
    """A worker averages itself and its two neighbours on a circle, with weight 1/3 each."""

    def period(self, num_workers: int) -> int:
        """Returns 1: all communications use the same weights."""
        return 1

    def weights(self, num_workers: int, communication: int) -> np.ndarray | None:
        """Symmetric; two neighbours that are the same worker count once, with weight 1/2."""
        if num_workers <= 3:
            return np.full((num_workers, num_workers), 1 / num_workers)
        eye = np.eye(num_workers)
        return (eye + np.roll(eye, 1, axis=0) + np.roll(eye, -1, axis=0)) / 3


@dataclass(frozen=True)
class Exponential(Topology):
    """A worker receives from those that are 1, 2, 4, ... places before it.

    Attributes:
        one_peer: one of them at a time, in turn, with weight 1/2 (the directed graph of stochastic
            gradient push); otherwise all of them and itself, with equal weights.
    """

    one_peer: bool = True

    def period(self, num_workers: int) -> int:
        """As many as there are distances."""
        return max(1, len(_distances(num_workers))) if self.one_peer else 1

    def weights(self, num_workers: int, communication: int) -> np.ndarray | None:
        """Circulant, so that rows and columns sum to 1; not symmetric."""
        distances = _distances(num_workers)
        if not distances:
            return np.ones((1, 1))
        if self.one_peer:
            distances = [distances[communication % len(distances)]]
        eye = np.eye(num_workers)
        heard = eye + sum(np.roll(eye, distance, axis=0) for distance in distances)
        return np.asarray(heard / (1 + len(distances)))


@dataclass(frozen=True)
class Star(Topology):
    """All push equal shares to themselves and to worker 0; worker 0 pushes to all.

    Worker 0 receives more than it sends, so that rows do not sum to 1: for push-sum methods only.
    """

    @property
    def points_stay(self) -> bool:
        """With three workers or more they do not."""
        return False

    def period(self, num_workers: int) -> int:
        """Returns 1: all communications use the same weights."""
        return 1

    def weights(self, num_workers: int, communication: int) -> np.ndarray | None:
        """Column j holds the shares that worker j sends."""
        heard = np.eye(num_workers)
        heard[0, :] = heard[:, 0] = 1
        return np.asarray(heard / heard.sum(0))


@dataclass(frozen=True)
class Given(Topology):
    """One mixing matrix, as it is given.

    Attributes:
        matrix: (M, M), entries >= 0 or not, columns that sum to 1; row i holds the weights of what
            worker i receives.

    Raises:
        ValueError: it is not square, or a column does not sum to 1.
    """

    matrix: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        sizes = {len(row) for row in self.matrix}
        if sizes != {len(self.matrix)}:
            raise ValueError(f"matrix must be square; it has {len(self.matrix)} rows of {sizes}")
        sums = np.array(self.matrix).sum(0)
        if np.abs(sums - 1).max() > _SAME:
            worst = int(np.abs(sums - 1).argmax())
            raise ValueError(
                f"matrix must have columns that sum to 1; column {worst} sums to {sums[worst]:g}"
            )

    @property
    def points_stay(self) -> bool:
        """If its rows sum to 1."""
        return bool(np.abs(np.array(self.matrix).sum(1) - 1).max() <= _SAME)

    def period(self, num_workers: int) -> int:
        """Returns 1: all communications use the same weights."""
        return 1

    def weights(self, num_workers: int, communication: int) -> np.ndarray | None:
        """The matrix, for as many workers as it has rows.

        Raises:
            ValueError: there are not that many workers.
        """
        if len(self.matrix) != num_workers:
            raise ValueError(
                f"matrix is for {len(self.matrix)} workers and there are {num_workers}; "
                "give num_workers or another matrix"
            )
        return np.array(self.matrix)


COMPLETE = Complete()
"""The exact mean, which every method takes unless it says otherwise."""


def check_points_stay(topology: Topology) -> None:
    """Raises ValueError if mixing moves a point that all workers share."""
    if not topology.points_stay:
        name = type(topology).__name__.lower()
        raise ValueError(
            f"topology={name} must have rows that sum to 1; stochastic_gradient_push takes others"
        )


def mixing_rate(weights: np.ndarray | None) -> float:
    """The second largest singular value of W - 11'/M: 0 for the mean, 1 for no mixing at all."""
    if weights is None:
        return 0.0
    count = len(weights)
    return float(np.linalg.norm(weights - np.full((count, count), 1 / count), 2))


def _distances(num_workers: int) -> list[int]:
    """Powers of two below M."""
    return [2**power for power in range((num_workers - 1).bit_length())]
