"""The inner rule of FedAc: two coupled sequences whose weights are constant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor

from empirical.components.accelerated_rule import Accelerated, Weights, coupled
from empirical.field_ranges import check_known


class Coupling(Enum):
    """How FedAc ties its sequences: a and b from gamma mu."""

    FIRST = "a = 1 / (gamma mu), b = a + 1"
    SECOND = "a = 3 / (2 gamma mu) - 1/2, b = (2 a^2 - 1) / (a - 1)"


@dataclass(frozen=True)
class FedAcRule(Accelerated):
    r"""The rule of FedAc: constant weights, tied by the number of local steps.

    With eta the step size and gamma = max{sqrt(eta / (mu K)), eta}:

        md = w / b + (1 - 1/b) ag,   ag <- md - eta g(md),
        w <- (1 - 1/a) w + md / a - gamma g(md).

    Attributes:
        strong_convexity: mu, unit f/x^2, > 0; for functions that are only convex a parameter to be
            tuned. The couplings need eta mu <= 1, the second one eta mu < 1.
        coupling: a and b.
        local_steps: K, >= 1; FedAc enters its own.

    Raises:
        ValueError: an attribute is out of its range; or, at a step, eta mu is.

    Source: yuan2020fedac, Algorithm 1, restated. Differs from the released code in the second
    coupling, whose b is 2 a^2 / (a - 1) there.
    """

    strong_convexity: float
    coupling: Coupling = Coupling.FIRST
    local_steps: int = 1

    def __post_init__(self) -> None:
        check_known(self, "strong_convexity", "local_steps")

    @property
    def keeps_to_scale(self) -> bool:
        """The strong convexity has a unit."""
        return False

    @property
    def steady(self) -> bool:
        """Whether the weights are the same at every step: they are."""
        return True

    def weights(self, count: int, step_size: float | Tensor) -> Weights:
        """Returns the weights, which are the same at every step."""
        self.check(step_size)
        curved = self.strong_convexity * step_size
        ratio = _at_least(1 / (curved * self.local_steps), 1.0) ** 0.5  # gamma / eta
        inverse = ratio * curved  # gamma mu
        if self.coupling is Coupling.FIRST:
            a = 1 / inverse
            b = a + 1
        else:
            a = 3 / (2 * inverse) - 0.5
            b = (2 * a**2 - 1) / (a - 1)
        return coupled(pull=1 / a, here=b, ahead=b, long=ratio * step_size, short=step_size)

    def check(self, step_size: float | Tensor) -> None:
        """Refuses step sizes for which a < 1, or b has no value.

        Raises:
            ValueError: eta mu is too large.
        """
        largest = self.strong_convexity * float(torch.as_tensor(step_size).max())
        if largest > 1 or (largest == 1 and self.coupling is Coupling.SECOND):
            sign = "<" if self.coupling is Coupling.SECOND else "<="
            raise ValueError(
                f"step_size={largest / self.strong_convexity:g} times "
                f"strong_convexity={self.strong_convexity:g} must be {sign} 1"
            )


def _at_least(value: float | Tensor, bound: float) -> float | Tensor:
    return value.clamp(min=bound) if isinstance(value, Tensor) else max(value, bound)
