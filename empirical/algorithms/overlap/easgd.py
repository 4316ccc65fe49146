"""EASGD: workers and an anchor attract each other elastically; EAMSGD with momentum.

Between communications:   x_m <- x_m - eta g_m                       (K times)
At a communication:       x_m <- x_m - alpha (x_m - z)
                          z <- z + beta_e (mean_m x_m - z),          both of the old values

The symmetric form, whose forces are equal, has beta_e = M alpha; a method never knows M, so the
anchor's rate is a field. What gradients alone move is ŷ = (beta_e x̄ + alpha z) / (alpha +
beta_e), with effective step beta_e / (alpha + beta_e) eta: in the symmetric form
(M x̄ + z) / (M + 1) and M / (M + 1) eta. The mean settles if alpha + beta_e < 2; it forgets
z - x̄ by 1 - alpha - beta_e a round, deviations by 1 - alpha.

With beta_e = 1 - alpha it is Overlap-Local-SGD without anchor momentum, step by step.

Source: zhang2015easgd, Section 3 (recalled), synchronous form; wang2021cooperative, Theorem 3
(its matrix W_alpha). Differs from the former in pulling after the K local steps, as the latter
does, not beside the first of them; and, with Nesterov's rule (EAMSGD), in pulling the point
where the gradient is taken (torch's form of the rule).
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from empirical.algorithms.local_steps import LocalSteps
from empirical.components.inner_rule import InnerState, Nesterov
from empirical.field_ranges import check_known, check_within
from theory.measures import ReportPoint


class ElasticState(NamedTuple):
    """What a worker carries.

    Attributes:
        x: local iterates (*batch, workers, d).
        inner: memory of the inner rule.
        z: the anchor (*batch, 1, d), the same on every worker.
    """

    x: Tensor
    inner: InnerState
    z: Tensor


@dataclass(frozen=True, kw_only=True)
class EASGD(LocalSteps[ElasticState]):
    """Workers and an anchor pull at each other elastically; with momentum it is EAMSGD.

    Attributes:
        pullback: alpha, dimensionless, in (0, 1).
        anchor_rate: beta_e, dimensionless, in (0, 2); M alpha is the symmetric form.
        blocking: wait for the mean at once. The iterates are the same, since the anchor is not
            used before the next communication; only the clock differs.

    Shapes:
        state.x (*batch, workers, d); state.z (*batch, 1, d); message (*batch, workers, d).

    Raises:
        ValueError: an attribute is out of its range.

    Source: zhang2015easgd, Section 3 (recalled), synchronous form; the update rule stands at the
    top of this file.
    """

    pullback: float
    anchor_rate: float
    blocking: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "pullback")
        check_within(self, "(0, 2)", "anchor_rate")

    @property
    def comm_delay(self) -> int:
        """K, or 0 when blocking."""
        return 0 if self.blocking else self.local_steps

    @property
    def report_point(self) -> ReportPoint:
        """The point ŷ_t, which gradients alone move, at every step."""
        return ReportPoint.CONSERVED_MEAN

    def init(self, x: Tensor) -> ElasticState:
        """All workers and the anchor at x."""
        return ElasticState(x, self.inner_rule.init(x), x[..., :1, :])

    def post(self, state: ElasticState) -> tuple[Tensor, ElasticState]:
        """Sends the local iterate, then is pulled to the anchor."""
        return state.x, state._replace(x=state.x - self.pullback * (state.x - state.z))

    def absorb(self, state: ElasticState, mean: Tensor) -> ElasticState:
        """The anchor is pulled to the mean, as it was before the pull."""
        return state._replace(z=state.z + self.anchor_rate * (mean - state.z))

    def report(self, state: ElasticState) -> Tensor:
        """ŷ_t, of the sequence that the inner rule reports."""
        total = self.pullback + self.anchor_rate
        point = super().report(state)
        return (self.anchor_rate * point + self.pullback * state.z) / total

    def moved(self, state: ElasticState, x: Tensor) -> ElasticState:
        """Workers and anchor at x, with the memory that they have."""
        return self.init(x.expand_as(state.x))._replace(inner=state.inner)


EXAMPLES = (
    EASGD(local_steps=4, step_size=0.05, pullback=0.2, anchor_rate=0.8),
    EASGD(local_steps=3, step_size=0.05, pullback=0.3, anchor_rate=0.5, blocking=True),
    EASGD(local_steps=2, step_size=0.03, pullback=0.15, anchor_rate=0.9, inner_rule=Nesterov(0.5)),
)
