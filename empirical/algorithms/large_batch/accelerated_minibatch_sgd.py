"""Accelerated minibatch SGD: one step of AC-SA a round, with the mean of M K gradients.

Update:
    s_m <- s_m + g_m(x)                                       between communications, K times
    (x, ag) <- AC-SA(x, ag, mean_m s_m / K; r),  s_m <- 0     at the r-th communication

The form of AC-SA is that of the inner rule: without strong convexity, in one stage, or in many
stages. With a plain rule the method is Minibatch SGD. It is minimax optimal among all methods with
R rounds where workers share nothing but their optimum, and optimal up to logarithms where they
share their function and K <= sigma^2 R^3 / (L B)^2.

Source: woodworth2020minibatch, Section 3 (its Theorem 2, recalled); woodworth2021minmax,
Section 4.
"""

from dataclasses import dataclass, field

from empirical.algorithms.large_batch.large_batch import DenseBatch
from empirical.components.accelerated_rule import (
    ACSA,
    MultistageACSA,
    StronglyConvexACSA,
    reported_by,
)
from empirical.components.inner_rule import InnerRule
from theory.measures import ReportPoint


@dataclass(frozen=True, kw_only=True)
class AcceleratedMinibatchSGD(DenseBatch):
    """One accelerated step a round, with the mean of the M K gradients taken at one point.

    Reduces to Minibatch SGD where the inner rule is a plain one.

    Attributes:
        inner_rule: the form of AC-SA; x is its sequence md, where gradients are taken.

    Shapes:
        state.x, state.total (*batch, workers, d); message (*batch, workers, d).

    Source: woodworth2020minibatch, Section 3 (its Theorem 2, recalled); the update rule stands at
    the top of this file.
    """

    inner_rule: InnerRule = field(default_factory=ACSA)

    @property
    def report_point(self) -> ReportPoint:
        """The aggregate ag, or x_r with a plain rule; both are constant within a round."""
        return reported_by(self.inner_rule, ReportPoint.ROUND_START)


EXAMPLES = (
    AcceleratedMinibatchSGD(local_steps=3, step_size=0.2),
    AcceleratedMinibatchSGD(
        local_steps=1, step_size=0.1, inner_rule=StronglyConvexACSA(strong_convexity=0.3)
    ),
    AcceleratedMinibatchSGD(
        local_steps=2,
        step_size=0.2,
        inner_rule=MultistageACSA(
            strong_convexity=1.0, smoothness=1.0, gradient_noise=0.2, initial_gap=1.0
        ),
    ),
)
