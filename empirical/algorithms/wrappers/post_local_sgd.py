"""Post-local SGD: workers communicate after every step first, and every K steps later.

After step t, counted from 1, the base's exchange is made if t <= switch_step, or if K divides
t. With switch_step = 0 this is the base; where it lies beyond the run, the base with K = 1.

Source: lin2020local, post-local SGD. Differs: K is counted from the start, not from the switch,
so that runs of whole rounds end on a communication.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.wrappers.scheduled import Scheduled
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import AdamW, HeavyBall
from empirical.field_ranges import check_whole


class PostLocalState(NamedTuple):
    """What a worker carries.

    Attributes:
        base: state of the method within.
        left: steps until the switch, so that rounds before and after it differ.
    """

    base: Any
    left: int


@dataclass(frozen=True, kw_only=True)
class PostLocalSGD(Scheduled[PostLocalState]):
    """Workers communicate after every step first, and every K steps from a given step on.

    Attributes:
        switch_step: the last step after which workers communicate anyway; >= 0.
        local_steps: K, after the switch. A run has num_rounds * K steps.

    Source: lin2020local, post-local SGD; the update rule stands at the top of this file.
    """

    switch_step: int

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole(self, 0, "switch_step")

    @classmethod
    def usual_base(cls) -> type[Algorithm[Any]]:
        """Returns Local SGD, the base where none is given."""
        return LocalSGD

    def due(self, state: PostLocalState, steps_done: int) -> tuple[int, ...]:
        """Every step up to the switch, every K steps after it."""
        often = steps_done <= self.switch_step
        return (0,) if often or steps_done % self.local_steps == 0 else ()

    def init(self, x: Tensor) -> PostLocalState:
        """The base at x."""
        return PostLocalState(self.base.init(x), self.switch_step)

    def local_step(self, state: PostLocalState, gradient: Tensor) -> PostLocalState:
        """One step of the base, and one less to the switch."""
        base = self.base.local_step(state.base, gradient)
        return PostLocalState(base, max(0, state.left - 1))


EXAMPLES = (
    PostLocalSGD(local_steps=3, step_size=0.05, switch_step=5),
    PostLocalSGD(
        base=LocalSGD(
            local_steps=4, step_size=0.02, inner_rule=HeavyBall(0.9), memory=BufferPolicy.AVERAGE
        ),
        switch_step=4,
    ),
    PostLocalSGD(
        base=LocalSGD(local_steps=2, step_size=0.02, inner_rule=AdamW(), memory=BufferPolicy.RESET),
        switch_step=3,
    ),
    PostLocalSGD(base=DecentralizedSGD(local_steps=3, step_size=0.05), switch_step=2),
)
