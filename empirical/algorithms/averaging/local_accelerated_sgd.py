"""Local accelerated SGD: workers run AC-SA on their own and average both of its sequences.

Between communications:   one step of AC-SA, its count running on    (K times)
At a communication:       x_m <- mean_m x_m,   ag_m <- mean_m ag_m

On quadratics that share their Hessian the means move exactly as AC-SA does with the variance
sigma^2 / M; restarting the count at every round (Memory.RESET) loses that. Averaging x alone
(Memory.KEEP) shows where curvatures differ. Where curvature changes along the way the means
move otherwise, and AC-SA passes disturbances on enlarged: see FedAc.

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
    """Every worker runs AC-SA on its own; every K steps all start again from both means.

    Shapes:
        state.x (*batch, workers, d); message (*batch, workers, 2 d).

    Source: woodworth2020local, Section 3 (recalled): local AC-SA of their Corollary 1; the update
    rule stands at the top of this file.
    """

    inner_rule: InnerRule = field(default_factory=ACSA)
    memory: BufferPolicy = BufferPolicy.AVERAGE

    @property
    def report_point(self) -> ReportPoint:
        """The mean aggregate; x̄_t with a plain rule."""
        return reported_by(self.inner_rule, ReportPoint.MEAN_ITERATE)


EXAMPLES = (
    LocalAcceleratedSGD(local_steps=3, step_size=0.1),
    LocalAcceleratedSGD(
        local_steps=2, step_size=0.1, inner_rule=StronglyConvexACSA(strong_convexity=0.2)
    ),
)
