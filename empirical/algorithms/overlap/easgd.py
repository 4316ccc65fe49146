"""EASGD: workers and an anchor attract each other elastically; with momentum it is EAMSGD.

Update:
    x_m <- x_m - eta g_m                          between communications, K times
    x_m <- x_m - alpha (x_m - z)                  at a communication
    z <- z + beta_e (mean_m x_m - z)              with x_m and z as before the line above

In the symmetric form, where both forces are equal, beta_e = M alpha; a method never knows M, so
the rate of the anchor is a field. The point that only gradients move is ŷ = (beta_e x̄ + alpha z) /
(alpha + beta_e), with effective step beta_e / (alpha + beta_e) eta: in the symmetric form
(M x̄ + z) / (M + 1) and M / (M + 1) eta. The mean converges if alpha + beta_e < 2. In a round,
z - x̄ is multiplied by 1 - alpha - beta_e, and deviations of workers from x̄ by 1 - alpha.

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
    """The state of the workers in EASGD.

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
    """EASGD: workers and an anchor attract each other; with Nesterov's inner rule it is EAMSGD.

    Reduces to Overlap-Local-SGD without anchor momentum when anchor_rate = 1 - pullback.

    Attributes:
        pullback: alpha, dimensionless, in (0, 1).
        anchor_rate: beta_e, dimensionless, in (0, 2); M alpha is the symmetric form.
        blocking: whether workers wait for the mean at once. The iterates are the same, since the
            anchor is not used before the next communication; only the run time differs.

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
        """Local steps from post to absorb: K, or 0 when blocking."""
        return 0 if self.blocking else self.local_steps

    @property
    def report_point(self) -> ReportPoint:
        """The point ŷ_t = (beta_e x̄_t + alpha z) / (alpha + beta_e), moved by gradients only."""
        return ReportPoint.CONSERVED_MEAN

    def init(self, x: Tensor) -> ElasticState:
        """Returns the state with all workers and the anchor at x."""
        return ElasticState(x, self.inner_rule.init(x), x[..., :1, :])

    def post(self, state: ElasticState) -> tuple[Tensor, ElasticState]:
        """Sends the local iterate, and then pulls it towards the anchor by alpha."""
        return state.x, state._replace(x=state.x - self.pullback * (state.x - state.z))

    def absorb(self, state: ElasticState, mean: Tensor) -> ElasticState:
        """Moves the anchor by beta_e towards the mean of the iterates before their pull."""
        return state._replace(z=state.z + self.anchor_rate * (mean - state.z))

    def report(self, state: ElasticState) -> Tensor:
        """Returns each worker's share of ŷ_t, made of the sequence that the inner rule reports."""
        # With these weights the pull of the workers and that of the anchor cancel out.
        total = self.pullback + self.anchor_rate
        point = super().report(state)
        return (self.anchor_rate * point + self.pullback * state.z) / total

    def moved(self, state: ElasticState, x: Tensor) -> ElasticState:
        """Returns the state with workers and anchor at x; the memory of the rule is kept."""
        return self.init(x.expand_as(state.x))._replace(inner=state.inner)


EXAMPLES = (
    EASGD(local_steps=4, step_size=0.05, pullback=0.2, anchor_rate=0.8),
    EASGD(local_steps=3, step_size=0.05, pullback=0.3, anchor_rate=0.5, blocking=True),
    EASGD(local_steps=2, step_size=0.03, pullback=0.15, anchor_rate=0.9, inner_rule=Nesterov(0.5)),
)
