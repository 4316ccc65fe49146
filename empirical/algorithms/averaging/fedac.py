"""FedAc: accelerated local SGD whose two sequences are coupled so that disturbances stay bounded.

Update (g_m the gradient at md_m; w_m = ag_m + b (md_m - ag_m)):
    ag_m <- md_m - eta g_m                            between communications, K times
    w_m  <- (1 - 1/a) w_m + md_m / a - gamma g_m
    md_m <- w_m / b + (1 - 1/b) ag_m
    md_m <- mean_m md_m,  ag_m <- mean_m ag_m         at a communication

The iterate x of the state is md, where gradients are taken. The weights a, b and gamma are constant
and follow from eta, mu and K (see FedAcRule); the algorithm enters its own K into the rule. With
any other inner rule the method is Local SGD with that rule.

Source: yuan2020fedac, Algorithm 1. Differs in what is sent: md and ag, not w and ag. As b is
constant, w is a fixed combination of the two, so that averaging either pair averages both.
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
    """FedAc: local accelerated SGD with the couplings of FedAcRule, averaged every K steps.

    Reduces to Local SGD where the inner rule is a plain one.

    Attributes:
        inner_rule: FedAcRule, with the strong convexity mu and the coupling; another rule may be
            given for comparison.
        memory: AVERAGE sends and averages both sequences, as the source does.

    Shapes:
        state.x (*batch, workers, d); message (*batch, workers, 2 d).

    Raises:
        ValueError: an attribute is out of its range, or eta mu is too large for the coupling.

    Source: yuan2020fedac, Algorithm 1; the update rule stands at the top of this file.
    """

    inner_rule: InnerRule
    memory: BufferPolicy = BufferPolicy.AVERAGE

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.inner_rule, FedAcRule):
            # Otherwise the error would come only at the first step of a run.
            self.inner_rule.check(self.step_size)
            # The rule's gamma = max{sqrt(eta / (mu K)), eta} depends on K, which is typed once.
            rule = replace(self.inner_rule, local_steps=self.local_steps)
            object.__setattr__(self, "inner_rule", rule)

    @property
    def report_point(self) -> ReportPoint:
        """The mean over workers of the aggregate ag, or x̄_t where the rule is a plain one."""
        return reported_by(self.inner_rule, ReportPoint.MEAN_ITERATE)


EXAMPLES = (
    FedAc(local_steps=4, step_size=0.05, inner_rule=FedAcRule(strong_convexity=0.2)),
    FedAc(
        local_steps=3,
        step_size=0.1,
        inner_rule=FedAcRule(strong_convexity=0.5, coupling=Coupling.SECOND),
    ),
)
