"""What a worker does with one gradient: the part that is plugged into every algorithm.

Every rule agrees step by step with torch.optim.SGD of the same hyperparameters.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from torch import Tensor, zeros_like

InnerState = tuple[Tensor, ...]
"""The memory of a rule, one tensor a buffer, each shaped like the iterate."""


class InnerRule(ABC):
    """A pure map from iterate, gradient and memory to the next iterate and memory."""

    @abstractmethod
    def init(self, x: Tensor) -> InnerState:
        """The memory before the first step, for an iterate of this shape."""

    @abstractmethod
    def step(
        self, x: Tensor, gradient: Tensor, inner: InnerState, step_size: float | Tensor
    ) -> tuple[Tensor, InnerState]:
        """One step; x and gradient (*batch, workers, d), step_size broadcasts against them."""


@dataclass(frozen=True)
class Plain(InnerRule):
    """x <- x - eta g: the rule that the theorems here speak of."""

    def init(self, x: Tensor) -> InnerState:
        """No memory."""
        return ()

    def step(
        self, x: Tensor, gradient: Tensor, inner: InnerState, step_size: float | Tensor
    ) -> tuple[Tensor, InnerState]:
        """One step of SGD."""
        return x - step_size * gradient, inner


@dataclass(frozen=True)
class Momentum(InnerRule):
    """u <- momentum u + g, x <- x - eta times a direction made of g and u.

    Attributes:
        momentum: dimensionless, in [0, 1).

    Raises:
        ValueError: momentum is out of its range.
    """

    momentum: float

    def __post_init__(self) -> None:
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum={self.momentum} must lie in [0, 1)")

    def init(self, x: Tensor) -> InnerState:
        """The buffer u = 0."""
        return (zeros_like(x),)

    def step(
        self, x: Tensor, gradient: Tensor, inner: InnerState, step_size: float | Tensor
    ) -> tuple[Tensor, InnerState]:
        """One step of SGD with momentum, in torch's form."""
        buffer = self.momentum * inner[0] + gradient
        return x - step_size * self._direction(gradient, buffer), (buffer,)

    @abstractmethod
    def _direction(self, gradient: Tensor, buffer: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class HeavyBall(Momentum):
    """u <- momentum u + g, x <- x - eta u."""

    def _direction(self, gradient: Tensor, buffer: Tensor) -> Tensor:
        return buffer


@dataclass(frozen=True)
class Nesterov(Momentum):
    """u <- momentum u + g, x <- x - eta (g + momentum u)."""

    def _direction(self, gradient: Tensor, buffer: Tensor) -> Tensor:
        return gradient + self.momentum * buffer


@dataclass(frozen=True)
class WeightDecay(InnerRule):
    """Any rule on the gradient of f(x) + rate |x|^2 / 2 (coupled, as in torch.optim.SGD).

    Attributes:
        rate: unit f/x^2, >= 0.
        rule: what is done with g + rate x.
    """

    rate: float
    rule: InnerRule = field(default_factory=Plain)

    def __post_init__(self) -> None:
        if not self.rate >= 0:
            raise ValueError(f"rate={self.rate} must be >= 0")

    def init(self, x: Tensor) -> InnerState:
        """The memory of the rule within."""
        return self.rule.init(x)

    def step(
        self, x: Tensor, gradient: Tensor, inner: InnerState, step_size: float | Tensor
    ) -> tuple[Tensor, InnerState]:
        """One step of the rule within."""
        return self.rule.step(x, gradient + self.rate * x, inner, step_size)


EXAMPLES: tuple[InnerRule, ...] = (
    Plain(),
    HeavyBall(0.9),
    Nesterov(0.8),
    WeightDecay(0.1),
    WeightDecay(0.05, Nesterov(0.5)),
)
