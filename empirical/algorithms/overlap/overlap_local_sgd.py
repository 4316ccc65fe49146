"""Overlap-Local-SGD: workers are pulled to an anchor whose average travels while they compute.

Update:
    x_m <- x_m - eta g_m                          between communications, K times
    x_m <- (1 - alpha) x_m + alpha z              at a communication, then x_m is sent
    v <- beta v + (mean_m x_m - z),  z <- z + v   when the mean of the sent x_m arrives

The anchor that a pull-back uses is made of the mean sent one round before. A message therefore has
K local steps to travel, and a worker waits only if the message takes longer. The first pull-back is
to z = x_0. The memory of the inner rule stays with its worker.

Source: wang2020overlap, Section 2. Differs from the authors' code, which takes one step more
in the first round and divides the anchor's momentum by the step size.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, zeros_like

from empirical.algorithms.local_steps import LocalSteps
from empirical.components.inner_rule import HeavyBall, InnerState
from empirical.field_ranges import check_known
from theory.measures import ReportPoint


class OverlapState(NamedTuple):
    """The state of the workers in Overlap-Local-SGD.

    Attributes:
        x: local iterates (*batch, workers, d).
        inner: memory of the inner rule.
        z: the anchor (*batch, 1, d), the same on every worker.
        v: the anchor's momentum (*batch, 1, d), in units of x.
    """

    x: Tensor
    inner: InnerState
    z: Tensor
    v: Tensor


@dataclass(frozen=True, kw_only=True)
class OverlapLocalSGD(LocalSteps[OverlapState]):
    """Overlap-Local-SGD: workers are pulled to an anchor whose average travels while they compute.

    Without anchor momentum it is EASGD with anchor_rate = 1 - pullback, step by step.

    Attributes:
        pullback: alpha, dimensionless, in (0, 1).
        anchor_momentum: beta, dimensionless, in [0, 1); 0 is the vanilla form.
        blocking: whether workers wait for the mean at once. The iterates are the same, since the
            anchor is not used before the next pull-back; only the run time differs.

    Shapes:
        state.x (*batch, workers, d); state.z, state.v (*batch, 1, d); message (*batch, workers, d).

    Source: wang2020overlap, Section 2; the update rule stands at the top of this file.
    """

    pullback: float
    anchor_momentum: float = 0.0
    blocking: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "pullback", "anchor_momentum")

    @property
    def comm_delay(self) -> int:
        """Local steps from post to absorb: K, or 0 when blocking."""
        return 0 if self.blocking else self.local_steps

    @property
    def report_point(self) -> ReportPoint:
        """The point y_t = (1 - alpha) x̄_t + alpha z, or ŷ_t of MOMENTUM_MEAN if beta > 0."""
        return ReportPoint.MOMENTUM_MEAN if self.anchor_momentum else ReportPoint.ANCHORED_MEAN

    def init(self, x: Tensor) -> OverlapState:
        """Returns the state with all workers and the anchor at x, and no anchor momentum."""
        anchor = x[..., :1, :]
        return OverlapState(x, self.inner_rule.init(x), anchor, zeros_like(anchor))

    def post(self, state: OverlapState) -> tuple[Tensor, OverlapState]:
        """Pulls the local iterate back to the anchor, and sends the result."""
        x = (1 - self.pullback) * state.x + self.pullback * state.z
        return x, state._replace(x=x)

    def absorb(self, state: OverlapState, mean: Tensor) -> OverlapState:
        """Moves the anchor to the mean that has arrived, with momentum beta."""
        v = self.anchor_momentum * state.v + (mean - state.z)
        return state._replace(z=state.z + v, v=v)

    def report(self, state: OverlapState) -> Tensor:
        """Returns each worker's share of y_t, or of ŷ_t with anchor momentum.

        The sequence that the inner rule reports stands in for x_m.
        """
        alpha, beta = self.pullback, self.anchor_momentum
        point = super().report(state)
        # At beta = 0 this is y_t. The weights are those for which a communication cancels out.
        pulled = (1 - alpha) * point + alpha * (1 - beta) * state.z + alpha * beta * state.v
        return pulled / (1 - alpha * beta)


EXAMPLES = (
    OverlapLocalSGD(local_steps=4, step_size=0.05, pullback=0.6),
    OverlapLocalSGD(local_steps=4, step_size=0.05, pullback=0.6, blocking=True),
    OverlapLocalSGD(local_steps=3, step_size=0.04, pullback=0.5, anchor_momentum=0.7),
    OverlapLocalSGD(local_steps=1, step_size=0.05, pullback=0.3, inner_rule=HeavyBall(0.5)),
)
