"""Delayed local SGD (DaSGD): the average arrives some local steps after it was posted.

Update:
    x_m <- x_m - eta g_m                          between communications, K times
    s_m <- x_m,  then x_m is sent                 at a communication
    x_m <- merged(x_m, s_m, mean_m s_m)           `delay` steps later

With a delay-corrected merge x̄_t moves by -eta ḡ_t at every step, and Theorem G holds with
C_w <= (F + sqrt(K delay))^2, F^2 = K (K - 1) / 2, and N_w = delay + (K - 1) / 2. With the other
merges the steps taken while a message travels count with the factor `kept` of the merge rule.

Reduces to Local SGD when delay = 0, for every merge except Lerp; to CoCoD-SGD when delay = K
and the merge is delay-corrected. With delay = K and Lerp(1 - alpha) it is, from the first
average on, Overlap-Local-SGD.

Source: zhou2020dasgd (its abstract; which merge it takes was not read); maziane2026loscar for
the delay-corrected merge, here with dense messages and equal numbers of steps.
"""

from dataclasses import dataclass, field

from typing_extensions import override

from empirical.algorithms.overlap.delayed_averaging import DelayedAveraging
from empirical.components.inner_rule import AdamW, HeavyBall
from empirical.components.merge_rule import DelayCorrected, Lerp, MergeRule, Overwrite
from empirical.field_ranges import check_whole


@dataclass(frozen=True, kw_only=True)
class DelayedLocalSGD(DelayedAveraging):
    """Local SGD whose average arrives some local steps after it was posted (DaSGD).

    Attributes:
        delay: local steps that an average travels, >= 0. Workers wait at the next communication
            for an average that takes longer than a round, so that at most one is in flight.
        merge: how a worker combines its iterate with an average that arrives.

    Shapes:
        state.x, state.sent (*batch, workers, d); message (*batch, workers, d).

    Raises:
        ValueError: delay is not a whole number >= 0, or an attribute is out of its range.

    Source: zhou2020dasgd (its abstract; which merge it takes was not read); the update rule stands
    at the top of this file.
    """

    delay: int
    merge: MergeRule = field(default_factory=DelayCorrected)

    def __post_init__(self) -> None:
        # The base reads comm_delay, and would blame that name instead of `delay`.
        check_whole(self, 0, "delay")
        super().__post_init__()

    @property
    def comm_delay(self) -> int:
        """Local steps from post to absorb: the delay, or K where the delay is longer."""
        return min(self.delay, self.local_steps)

    @property
    @override
    def merging(self) -> MergeRule:
        return self.merge


EXAMPLES = (
    DelayedLocalSGD(local_steps=4, step_size=0.05, delay=1),
    DelayedLocalSGD(local_steps=3, step_size=0.05, delay=3, merge=Lerp(0.4)),
    DelayedLocalSGD(
        local_steps=3, step_size=0.02, delay=2, merge=Overwrite(), inner_rule=HeavyBall(0.5)
    ),
    DelayedLocalSGD(local_steps=2, step_size=0.02, delay=1, inner_rule=AdamW()),
)
