"""Local SGD with an inner and an outer step size.

Between outer steps:   x_m <- x_m - eta g_m                          (K times)
At an outer step:      z <- z - beta (z - mean_m x_m),   x_m <- z

beta = 1 is Local SGD. With beta eta K held fixed and eta -> 0 the K gradients of a round are
all taken at its start: Minibatch SGD with step beta eta K. So tuned pairs are never worse than
either. FedAvg with a step size at the server is this method.

Source: patel2024limits, equation 5; woodworth2020minibatch, Section 6, has the outer step on
the sum of the gradients, which is beta eta for a plain inner step.
"""

from dataclasses import dataclass
from typing import Any

from empirical.algorithm import Algorithm
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.wrappers.outer_loop import ScaledOuterLoop
from empirical.components.inner_rule import HeavyBall, InnerRule, Plain


@dataclass(frozen=True, kw_only=True)
class InnerOuterLocalSGD(ScaledOuterLoop):
    """Local SGD with two step sizes: within a round, and for the step from its start to the mean.

    Attributes:
        outer_step_size: beta, dimensionless; > 0, above 1 allowed.

    Shapes:
        as OuterLoop, without outer memory.

    Source: patel2024limits, equation 5; the update rule stands at the top of this file.
    """

    @classmethod
    def usual_base(cls) -> type[Algorithm[Any]]:
        """Returns Local SGD, the base where none is given."""
        return LocalSGD

    @property
    def _outer_rule(self) -> InnerRule:
        return Plain()


EXAMPLES = (
    InnerOuterLocalSGD(local_steps=4, step_size=0.02, outer_step_size=1.5),
    InnerOuterLocalSGD(
        local_steps=3, step_size=0.02, outer_step_size=0.5, inner_rule=HeavyBall(0.5)
    ),
)
