"""FedAc: accelerated local SGD whose two sequences are coupled so that disturbances stay bounded.

Between communications:   one step of the rule of FedAc              (K times)
At a communication:       x_m <- mean_m x_m,   ag_m <- mean_m ag_m

The weights of the rule are constant and depend on the step size, mu and K; K is entered into
the rule here. With another rule it is Local SGD with that rule.

Source: yuan2020fedac, Algorithm 1. Differs in what travels: md and ag, not w and ag, whose
means say the same.
"""

from dataclasses import dataclass, replace

from empirical.algorithms.averaging.local_averaging import LocalAveraging
from empirical.components.accelerated_rule import reported_by
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.fedac_rule import Coupling, FedAcRule
from empirical.components.inner_rule import InnerRule
from theory.measures import ReportPoint


@dataclass(frozen=True, kw_only=True)
class FedAc(LocalAveraging):
    """Local accelerated SGD whose two sequences are tied so that disturbances do not grow.

    Shapes:
        state.x (*batch, workers, d); message (*batch, workers, 2 d).

    Raises:
        ValueError: an attribute is out of its range; the step size is too large for the rule.

    Source: yuan2020fedac, Algorithm 1; the update rule stands at the top of this file.
    """

    inner_rule: InnerRule
    memory: BufferPolicy = BufferPolicy.AVERAGE

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.inner_rule, FedAcRule):
            self.inner_rule.check(self.step_size)
            rule = replace(self.inner_rule, local_steps=self.local_steps)
            object.__setattr__(self, "inner_rule", rule)

    @property
    def report_point(self) -> ReportPoint:
        """The mean aggregate; x̄_t with a plain rule."""
        return reported_by(self.inner_rule, ReportPoint.MEAN_ITERATE)


EXAMPLES = (
    FedAc(local_steps=4, step_size=0.05, inner_rule=FedAcRule(strong_convexity=0.2)),
    FedAc(
        local_steps=3,
        step_size=0.1,
        inner_rule=FedAcRule(strong_convexity=0.5, coupling=Coupling.SECOND),
    ),
)
