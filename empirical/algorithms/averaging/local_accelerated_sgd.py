"""Local accelerated SGD: workers run AC-SA on their own and average both of its sequences.

Update:
    (x_m, ag_m) <- AC-SA(x_m, ag_m, g_m; t)                   between communications, K times
    x_m <- mean_m x_m,  ag_m <- mean_m ag_m                   at a communication

The step count t runs on over the rounds. On quadratics that share their Hessian the means then
move exactly as AC-SA does on one worker with the variance sigma^2 / M; restarting the count in
every round (memory=BufferPolicy.RESET) loses that. Averaging x alone (memory=BufferPolicy.KEEP)
changes the means only where workers have different Hessians or Hessians vary along the way. Where
they vary, the means do not move as AC-SA on one worker in any case, and AC-SA amplifies
disturbances of its sequences: see FedAc, whose coupling keeps them bounded.

Reduces to Accelerated Minibatch SGD when local_steps = 1, and to Local SGD with the inner rule
where that is a plain one.

Source: woodworth2020local, Section 3 (recalled): local AC-SA of their Corollary 1.
"""

from dataclasses import dataclass, field

from empirical.algorithms.averaging.local_averaging import LocalAveraging
from empirical.components.accelerated_rule import ACSA, StronglyConvexACSA, reported_by
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import InnerRule
from theory.measures import ReportPoint


@dataclass(frozen=True, kw_only=True)
class LocalAcceleratedSGD(LocalAveraging):
    """Every worker runs AC-SA on its own; every K steps all restart from the means of x and ag.

    Attributes:
        inner_rule: the form of AC-SA; StronglyConvexACSA where mu > 0.
        memory: what happens to ag at a communication; RESET restarts the step count too.

    Shapes:
        state.x (*batch, workers, d); message (*batch, workers, 2 d), its last axis d
        only if `memory` is not AVERAGE.

    Source: woodworth2020local, Section 3 (recalled): local AC-SA of their Corollary 1; the update
    rule stands at the top of this file.
    """

    inner_rule: InnerRule = field(default_factory=ACSA)
    memory: BufferPolicy = BufferPolicy.AVERAGE

    @property
    def report_point(self) -> ReportPoint:
        """The mean over workers of the aggregate ag, or x̄_t where the rule is a plain one."""
        return reported_by(self.inner_rule, ReportPoint.MEAN_ITERATE)


EXAMPLES = (
    LocalAcceleratedSGD(local_steps=3, step_size=0.1),
    LocalAcceleratedSGD(
        local_steps=2, step_size=0.1, inner_rule=StronglyConvexACSA(strong_convexity=0.2)
    ),
)
