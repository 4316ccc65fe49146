"""What becomes of a worker's own steps when an average of older iterates arrives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor

from empirical.field_ranges import check_within


class MergeRule(ABC):
    """How a worker goes on once it receives the average of what was sent some steps ago.

    Every rule is linear, with weights that sum to 1: points stay points.
    """

    @property
    @abstractmethod
    def kept(self) -> float:
        """Share, in [0, 1], of the steps taken while the message travelled that the mean keeps."""

    @abstractmethod
    def merged(self, x: Tensor, sent: Tensor, heard: Tensor) -> Tensor:
        """Where a worker goes on, (*batch, workers, m).

        Args:
            x: where it is, (*batch, workers, m).
            sent: what it has sent, (*batch, workers, m).
            heard: the average of what was sent, (*batch, workers or 1, m).
        """


@dataclass(frozen=True)
class Overwrite(MergeRule):
    """x <- heard: what was done while the message travelled is lost."""

    @property
    def kept(self) -> float:
        """Returns 0: steps taken while a message travels are lost."""
        return 0.0

    def merged(self, x: Tensor, sent: Tensor, heard: Tensor) -> Tensor:
        """Returns the mean that was received."""
        return heard.expand_as(x)


@dataclass(frozen=True)
class Lerp(MergeRule):
    """x <- weight x + (1 - weight) heard: a pull-back with alpha = 1 - weight.

    Its limits are Overwrite at weight 0 and no communication at all at weight 1.

    Attributes:
        weight: of the worker's own iterate, dimensionless, in (0, 1).

    Raises:
        ValueError: weight is out of its range.
    """

    weight: float

    def __post_init__(self) -> None:
        check_within(self, "(0, 1)", "weight")

    @property
    def kept(self) -> float:
        """Returns the weight of the worker's own iterate."""
        return self.weight

    def merged(self, x: Tensor, sent: Tensor, heard: Tensor) -> Tensor:
        """Returns a point between the worker's iterate and the average."""
        return heard + self.weight * (x - heard)


@dataclass(frozen=True)
class DelayCorrected(MergeRule):
    """x <- heard + (x - sent): the average, and every step taken since it was posted."""

    @property
    def kept(self) -> float:
        """Returns 1: every step taken while a message travels counts in full."""
        return 1.0

    def merged(self, x: Tensor, sent: Tensor, heard: Tensor) -> Tensor:
        """Returns the average, moved by the worker's own steps since."""
        return heard + (x - sent)


EXAMPLES: tuple[MergeRule, ...] = (Overwrite(), Lerp(0.3), DelayCorrected())
