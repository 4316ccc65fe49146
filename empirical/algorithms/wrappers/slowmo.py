"""SlowMo: slow momentum on what any method does in K steps, in units of the gradient.

Between outer steps:   K steps of the base
At an outer step:      u <- beta u + (z - mean_m x_m) / eta
                       z <- z - alpha eta u,   x_m <- z

At one step size this is heavy ball with step alpha on d = z - mean x. The two differ once eta
changes between rounds (a run resumed at another step size): u is a sum of gradients, so that
what earlier rounds left in it moves z by the new eta. eta = 0, as in a warm-up, is refused:
nothing is ever divided by it.

alpha = 1 over Local SGD is BMUF, and with beta = 0 Local SGD itself; K = 1, alpha = 1 is
Minibatch SGD with heavy ball; one worker and beta = 0 is Lookahead.

Source: wang2020slowmo, Algorithm 1; chen2016bmuf and zhang2019lookahead for the special cases.
"""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from empirical.algorithm import Algorithm
from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.wrappers.outer_loop import OuterLoop, mixes_iterates
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import AdamW, HeavyBall, InnerRule
from empirical.components.topology import COMPLETE, Alone, Exponential, Topology
from empirical.field_ranges import check_known


@dataclass(frozen=True, kw_only=True)
class SlowMo(OuterLoop):
    """Any method, with momentum on what it does in K steps, in units of the gradient.

    Attributes:
        slow_step_size: alpha, dimensionless; > 0.
        slow_momentum: beta, dimensionless, in [0, 1).
        exact_average: whether workers meet at an outer step. Without, every worker steps with what
            it did itself, with an anchor and a momentum of its own ("noaverage"), and nothing is
            sent; only a base that mixes at that step by itself makes sense of it.

    Shapes:
        as OuterLoop; state.outer is u, shaped like z, unit f/x.

    Source: wang2020slowmo, Algorithm 1; the update rule stands at the top of this file.
    """

    slow_step_size: float = 1.0
    slow_momentum: float
    exact_average: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "slow_step_size", "slow_momentum")

    def _fitted(self, base: Algorithm[Any]) -> Algorithm[Any]:
        if not (self.exact_average or mixes_iterates(base)):
            raise ValueError(
                "exact_average=False needs a base whose workers mix with their neighbours by "
                "themselves: base=decentralized_sgd"
            )
        return super()._fitted(base)

    @classmethod
    def usual_base(cls) -> type[Algorithm[Any]]:
        """Returns Local SGD, the base where none is given."""
        return LocalSGD

    @property
    def _outer_rule(self) -> InnerRule:
        return HeavyBall(self.slow_momentum)

    @property
    def _outer_step(self) -> float:
        return self.slow_step_size

    @property
    def _unit(self) -> float | Tensor:
        return self.base.step_size

    @property
    def _heard(self) -> Topology:
        return COMPLETE if self.exact_average else Alone()


_GOSSIP = DecentralizedSGD(local_steps=1, step_size=0.05)

EXAMPLES = (
    SlowMo(local_steps=4, step_size=0.05, slow_momentum=0.7),
    SlowMo(
        base=LocalSGD(local_steps=3, step_size=0.02, inner_rule=HeavyBall(0.9)),
        slow_step_size=0.8,
        slow_momentum=0.5,
        memory=BufferPolicy.AVERAGE,
    ),
    SlowMo(
        base=LocalSGD(local_steps=2, step_size=0.02, inner_rule=AdamW(), memory=BufferPolicy.RESET),
        slow_momentum=0.5,
    ),
    SlowMo(base=_GOSSIP, local_steps=4, slow_momentum=0.6),
    SlowMo(
        base=DecentralizedSGD(
            local_steps=1, step_size=0.05, topology=Exponential(), inner_rule=HeavyBall(0.5)
        ),
        local_steps=3,
        slow_momentum=0.4,
        memory=BufferPolicy.RESET,
    ),
    SlowMo(base=_GOSSIP, local_steps=3, slow_momentum=0.5, exact_average=False),
)
