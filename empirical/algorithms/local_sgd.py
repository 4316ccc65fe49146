from dataclasses import dataclass

from torch import Tensor

from empirical.algorithm import Algorithm, WorkerState
from empirical.inner_rule import HeavyBall, Plain, WeightDecay
from theory.measures import ReportPoint


@dataclass(frozen=True, kw_only=True)
class LocalSGD(Algorithm[WorkerState]):
    r"""Every worker runs SGD on its own; every K steps all start again from the mean.

    Between communications:   x_m <- x_m - eta g_m                       (K times)
    At a communication:       x_m <- mean_m x_m

    The memory of the inner rule stays with its worker (neither averaged nor reset).
    Reduces to Minibatch SGD with batch M when local_steps = 1.

    Shapes:
        state.x (*batch, workers, d); message (*batch, workers, d).

    Source: stich2019local, Algorithm 1; FedAvg with full participation.
    """

    @property
    def report_point(self) -> ReportPoint:
        """x̄_t, at every step."""
        return ReportPoint.MEAN_ITERATE

    def init(self, x: Tensor) -> WorkerState:
        """All workers at x."""
        return WorkerState(x, self.inner_rule.init(x))

    def gradient_point(self, state: WorkerState) -> Tensor:
        """The local iterate."""
        return state.x

    def local_step(self, state: WorkerState, gradient: Tensor) -> WorkerState:
        """One step of the inner rule."""
        return WorkerState(*self.inner_rule.step(state.x, gradient, state.inner, self.step_size))

    def post(self, state: WorkerState) -> tuple[Tensor, WorkerState]:
        """Sends the local iterate."""
        return state.x, state

    def absorb(self, state: WorkerState, mean: Tensor) -> WorkerState:
        """Starts again from the mean."""
        return state._replace(x=mean.expand_as(state.x))

    def report(self, state: WorkerState) -> Tensor:
        """The mean iterate x̄_t."""
        return state.x


EXAMPLES = (
    LocalSGD(local_steps=1, step_size=0.1),
    LocalSGD(local_steps=4, step_size=0.05, inner_rule=Plain()),
    LocalSGD(local_steps=3, step_size=0.02, inner_rule=WeightDecay(0.1, HeavyBall(0.9))),
)
