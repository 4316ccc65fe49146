"""FedOpt: any optimizer's step as the outer step of any method (FedAdam, FedAvgM).

Between outer steps:   K steps of the base
At an outer step:      z <- one step of the outer rule with d = z - mean_m x_m;   x_m <- z

Source: reddi2021adaptive, Algorithm 2, with full participation. Differs: its moments are
corrected for their start at 0, as in AdamW, and epsilon is ours.
"""

from dataclasses import dataclass, field
from typing import Any

from empirical.algorithm import Algorithm
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.wrappers.outer_loop import ScaledOuterLoop
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import AdamW, HeavyBall, InnerRule


@dataclass(frozen=True, kw_only=True)
class FedOpt(ScaledOuterLoop):
    """Any method, with any rule as its outer step: FedAdam, FedAvgM and others.

    Attributes:
        outer_step_size: lambda, > 0; dimensionless, but of unit x with AdamW.
        outer_rule: what is done with d; AdamW's epsilon has the unit of x here.

    Shapes:
        as OuterLoop; state.outer is the memory of the outer rule.

    Source: reddi2021adaptive, Algorithm 2, with full participation; the update rule stands at the
    top of this file.
    """

    outer_rule: InnerRule = field(default_factory=lambda: AdamW(epsilon=1e-3))

    @classmethod
    def usual_base(cls) -> type[Algorithm[Any]]:
        """Returns Local SGD, the base where none is given."""
        return LocalSGD

    @property
    def _outer_rule(self) -> InnerRule:
        return self.outer_rule


EXAMPLES = (
    FedOpt(local_steps=3, step_size=0.05, outer_step_size=0.02, outer_rule=AdamW(epsilon=0.1)),
    FedOpt(
        base=LocalSGD(local_steps=2, step_size=0.02, inner_rule=HeavyBall(0.5)),
        outer_step_size=1.0,
        outer_rule=HeavyBall(0.9),
        memory=BufferPolicy.RESET,
    ),
)
