"""What a worker does with one gradient: the part that is plugged into every algorithm.

Rules agree step by step with torch.optim.SGD or AdamW of the same hyperparameters.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from torch import Tensor, zeros_like

from empirical.field_ranges import check_within

InnerState = tuple[Tensor | int, ...]
"""The memory of a rule: buffers shaped like the iterate, and plain counters."""


class InnerRule(ABC):
    """A pure map from iterate, gradient and memory to the next iterate and memory."""

    @property
    def coordinates_alike(self) -> bool:
        """Whether it does the same to every coordinate."""
        return True

    @property
    def keeps_to_scale(self) -> bool:
        """Whether gradients s g with step size eta / s lead through the same points."""
        return True

    def gradient_point(self, x: Tensor, inner: InnerState) -> Tensor:
        """Where it takes its next gradient; accelerated rules look elsewhere than at x."""
        return x

    def report(self, x: Tensor, inner: InnerState) -> Tensor:
        """The sequence that its theorems speak of."""
        return x

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
        """Returns an empty memory: plain SGD remembers nothing."""
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
        check_within(self, "[0, 1)", "momentum")

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
        check_within(self, "[0, inf)", "rate")

    @property
    def coordinates_alike(self) -> bool:
        """Whether the rule that is decayed treats all coordinates alike."""
        return self.rule.coordinates_alike

    @property
    def keeps_to_scale(self) -> bool:
        """The rate has a unit."""
        return False

    def init(self, x: Tensor) -> InnerState:
        """The memory of the rule within."""
        return self.rule.init(x)

    def gradient_point(self, x: Tensor, inner: InnerState) -> Tensor:
        """Where the rule within takes it."""
        return self.rule.gradient_point(x, inner)

    def report(self, x: Tensor, inner: InnerState) -> Tensor:
        """The sequence of the rule within."""
        return self.rule.report(x, inner)

    def step(
        self, x: Tensor, gradient: Tensor, inner: InnerState, step_size: float | Tensor
    ) -> tuple[Tensor, InnerState]:
        """One step of the rule within, decay taken where the gradient was."""
        decay = self.rate * self.rule.gradient_point(x, inner)
        return self.rule.step(x, gradient + decay, inner, step_size)


@dataclass(frozen=True)
class AdamW(InnerRule):
    """Adam with decoupled weight decay, as torch.optim.AdamW has it: not linear.

    m <- beta1 m + (1 - beta1) g,  v <- beta2 v + (1 - beta2) g^2,
    x <- (1 - eta rate) x - eta (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).

    The step size eta has the unit of x here, and the invariance of SGD under rescaling of f is
    another: the iterates do not change at all (but for epsilon).

    Attributes:
        first_decay: beta1, dimensionless, in [0, 1).
        second_decay: beta2, dimensionless, in [0, 1).
        epsilon: unit f/x, > 0.
        rate: of weight decay, times eta dimensionless, >= 0.

    Raises:
        ValueError: an attribute is out of its range.

    Source: loshchilov2019adamw, Algorithm 2.
    """

    first_decay: float = 0.9
    second_decay: float = 0.999
    epsilon: float = 1e-8
    rate: float = 0.0

    def __post_init__(self) -> None:
        check_within(self, "[0, 1)", "first_decay", "second_decay")
        check_within(self, "(0, inf)", "epsilon")
        check_within(self, "[0, inf)", "rate")

    @property
    def keeps_to_scale(self) -> bool:
        """The step size has another unit."""
        return False

    def init(self, x: Tensor) -> InnerState:
        """Both moments 0, and no step taken."""
        return (zeros_like(x), zeros_like(x), 0)

    def step(
        self, x: Tensor, gradient: Tensor, inner: InnerState, step_size: float | Tensor
    ) -> tuple[Tensor, InnerState]:
        """One step of AdamW."""
        first, second, count = inner
        first = self.first_decay * first + (1 - self.first_decay) * gradient
        second = self.second_decay * second + (1 - self.second_decay) * gradient.square()
        count = int(count) + 1
        mean = first / (1 - self.first_decay**count)
        size = (second / (1 - self.second_decay**count)).sqrt() + self.epsilon
        x = x - step_size * self.rate * x
        return x - step_size * mean / size, (first, second, count)


EXAMPLES: tuple[InnerRule, ...] = (
    Plain(),
    HeavyBall(0.9),
    Nesterov(0.8),
    WeightDecay(0.1),
    WeightDecay(0.05, Nesterov(0.5)),
    AdamW(rate=0.01),
)
