"""DiLoCo: an outer Nesterov step every K steps of any method, in units of the parameters.

Between outer steps:   K steps of the base
At an outer step:      d = z - mean_m x_m,   u <- beta u + d
                       z <- z - lambda (d + beta u),   x_m <- z

Built around Local SGD, whose inner rule is AdamW where neither it nor the base is given; K is
some 500 there. The memory of the inner rule stays with its worker unless `memory` says
otherwise. With plain SGD steps inside, the conserved average moves by lambda / (1 - beta) eta
times the mean gradient: 7 eta with the defaults.

Source: douillard2023diloco, Algorithm 1, with the outer step as torch.optim.SGD has it.
"""

from dataclasses import dataclass
from typing import Any

from empirical.algorithm import Algorithm
from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.wrappers.outer_loop import ScaledOuterLoop
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import AdamW, HeavyBall, InnerRule, Nesterov, Plain
from empirical.field_ranges import check_known


@dataclass(frozen=True, kw_only=True)
class DiLoCo(ScaledOuterLoop):
    """Any method, with an outer Nesterov step every K steps, in units of the parameters.

    Attributes:
        outer_step_size: lambda, dimensionless; > 0.
        outer_momentum: beta, dimensionless, in [0, 1).

    Shapes:
        as OuterLoop; state.outer is u, shaped like z, unit x.

    Source: douillard2023diloco, Algorithm 1, with the outer step as torch.optim.SGD has it; the
    update rule stands at the top of this file.
    """

    outer_step_size: float = 0.7
    outer_momentum: float = 0.9

    def __post_init__(self) -> None:
        if not (self.base or self.inner_rule):
            self._settle(inner_rule=AdamW())
        super().__post_init__()
        check_known(self, "outer_momentum")

    @classmethod
    def usual_base(cls) -> type[Algorithm[Any]]:
        """Returns Local SGD, the base where none is given."""
        return LocalSGD

    @property
    def _outer_rule(self) -> InnerRule:
        return Nesterov(self.outer_momentum)


EXAMPLES = (
    DiLoCo(local_steps=3, step_size=0.02, inner_rule=Plain()),
    DiLoCo(local_steps=5, step_size=0.01),
    DiLoCo(
        base=LocalSGD(local_steps=2, step_size=0.02, inner_rule=HeavyBall(0.5)),
        outer_step_size=0.5,
        outer_momentum=0.6,
        memory=BufferPolicy.RESET,
    ),
    DiLoCo(local_steps=2, step_size=0.01, inner_rule=AdamW(), memory=BufferPolicy.AVERAGE),
    DiLoCo(
        base=DecentralizedSGD(local_steps=1, step_size=0.02),
        local_steps=4,
        outer_momentum=0.5,
    ),
)
