"""Minibatch SGD: one step a round, with the mean of M K gradients taken at one point.

Between communications:   s_m <- s_m + g_m(x)                        (K times)
At a communication:       x <- x - eta mean_m s_m / K,   s_m <- 0

It spends the gradients and the messages of Local SGD at the same K and R, and is what
Local SGD is to be compared with.

Source: woodworth2020minibatch, Section 2.
"""

from dataclasses import dataclass

from empirical.algorithms.large_batch.large_batch import DenseBatch
from empirical.components.inner_rule import Nesterov
from theory.measures import ReportPoint


@dataclass(frozen=True, kw_only=True)
class MinibatchSGD(DenseBatch):
    """One step a round, with the mean of the M K gradients taken at one point.

    Shapes:
        state.x, state.total (*batch, workers, d); message (*batch, workers, d).

    Source: woodworth2020minibatch, Section 2; the update rule stands at the top of this file.
    """

    @property
    def report_point(self) -> ReportPoint:
        """x_r; the iterate stands still within a round."""
        return ReportPoint.ROUND_START


EXAMPLES = (
    MinibatchSGD(local_steps=1, step_size=0.1),
    MinibatchSGD(local_steps=4, step_size=0.2),
    MinibatchSGD(local_steps=3, step_size=0.05, inner_rule=Nesterov(0.8)),
)
