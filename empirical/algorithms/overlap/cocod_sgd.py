"""CoCoD-SGD: local SGD whose average travels for a whole round, behind the next K steps.

Update:
    x_m <- x_m - eta g_m                          within a round, K times
    x_m <- mean_m s_m + (x_m - s_m)               at its end; then s_m <- x_m is sent

s_m is the iterate that worker m had when the round began. x̄_t moves as in Local SGD, while the
deviations x_m - x̄_t last one round longer. The first average is x_0, so that the first
communication changes nothing.

Source: shen2019cocod (restated, as the code of wang2020overlap's authors has it), with equal
batches on all workers.
"""

from dataclasses import dataclass

from empirical.algorithms.overlap.delayed_averaging import DelayedAveraging, DelayedByARound
from empirical.components.inner_rule import Nesterov


@dataclass(frozen=True, kw_only=True)
class CoCoDSGD(DelayedByARound, DelayedAveraging):
    """CoCoD-SGD: local SGD whose average travels for a whole round, behind the next K steps.

    The same as DelayedLocalSGD with delay = K and a delay-corrected merge.

    Shapes:
        state.x, state.sent (*batch, workers, d); message (*batch, workers, d).

    Source: shen2019cocod (restated, as the code of wang2020overlap's authors has it), with equal
    batches on all workers; the update rule stands at the top of this file.
    """


EXAMPLES = (
    CoCoDSGD(local_steps=4, step_size=0.05),
    CoCoDSGD(local_steps=1, step_size=0.1),
    CoCoDSGD(local_steps=3, step_size=0.03, inner_rule=Nesterov(0.5)),
)
