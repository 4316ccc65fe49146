"""Local SGD: workers run SGD on their own and restart from their mean every K steps.

Update:
    x_m <- x_m - eta g_m                      between communications, K times
    x_m <- mean_m x_m                         at a communication

The memory of the inner rule stays with its worker unless `memory` says otherwise.
Reduces to Minibatch SGD with batch M when local_steps = 1.

Source: stich2019local, Algorithm 1; FedAvg with full participation.
"""

from dataclasses import dataclass

from empirical.algorithms.averaging.local_averaging import LocalAveraging
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import AdamW, HeavyBall, Plain, WeightDecay
from theory.measures import ReportPoint


@dataclass(frozen=True, kw_only=True)
class LocalSGD(LocalAveraging):
    """Local SGD: every worker runs SGD on its own, and every K steps all restart from the mean.

    Shapes:
        state.x (*batch, workers, d); message (*batch, workers, d), longer by d numbers for every
        buffer of the inner rule that is averaged.

    Source: stich2019local, Algorithm 1; the update rule stands at the top of this file.
    """

    @property
    def report_point(self) -> ReportPoint:
        """The mean iterate x̄_t, at every step."""
        return ReportPoint.MEAN_ITERATE


EXAMPLES = (
    LocalSGD(local_steps=1, step_size=0.1),
    LocalSGD(local_steps=4, step_size=0.05, inner_rule=Plain()),
    LocalSGD(local_steps=3, step_size=0.02, inner_rule=WeightDecay(0.1, HeavyBall(0.9))),
    LocalSGD(local_steps=3, step_size=0.02, inner_rule=HeavyBall(0.5), memory=BufferPolicy.AVERAGE),
    LocalSGD(local_steps=2, step_size=0.02, inner_rule=AdamW(), memory=BufferPolicy.RESET),
)
