"""Minibatch SGD: one step a round, with the mean of M K gradients taken at one point.

Update:
    s_m <- s_m + g_m(x)                       between communications, K times
    x <- x - eta mean_m s_m / K,  s_m <- 0    at a communication

It uses as many gradients and messages as Local SGD with the same K and R, and is therefore the
baseline that Local SGD is compared with.

Source: woodworth2020minibatch, Section 2.
"""

from dataclasses import dataclass

from empirical.algorithms.large_batch.large_batch import DenseBatch
from empirical.components.inner_rule import Nesterov
from theory.measures import ReportPoint


@dataclass(frozen=True, kw_only=True)
class MinibatchSGD(DenseBatch):
    """Minibatch SGD: one step a round, with the mean of M K gradients taken at one point.

    Reduces to Local SGD when local_steps = 1 and the inner rule is plain.

    Shapes:
        state.x, state.total (*batch, workers, d); message (*batch, workers, d).

    Source: woodworth2020minibatch, Section 2; the update rule stands at the top of this file.
    """

    @property
    def report_point(self) -> ReportPoint:
        """The common iterate x_r, which is constant within a round."""
        return ReportPoint.ROUND_START


EXAMPLES = (
    MinibatchSGD(local_steps=1, step_size=0.1),
    MinibatchSGD(local_steps=4, step_size=0.2),
    MinibatchSGD(local_steps=3, step_size=0.05, inner_rule=Nesterov(0.8)),
)
