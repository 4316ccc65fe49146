"""What a distributed optimisation algorithm is: one text that every reading runs.

An algorithm is a frozen description plus pure functions on a state of tensors. It never knows how
many workers there are, where they live, or how their messages travel: arrays end in the parameter
axis, the axis before it holds the local workers, and everything before that is a batch
(of seeds, of step sizes). The mean over all workers arrives with a worker axis of length one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from torch import Tensor

from empirical.components.inner_rule import InnerRule, InnerState, Plain
from empirical.components.topology import COMPLETE, Topology
from empirical.compressor import Draft
from empirical.field_ranges import check_known
from theory.measures import ReportPoint


class WorkerState(NamedTuple):
    """The least that a worker carries.

    Attributes:
        x: local iterates (*batch, workers, d).
        inner: memory of the inner rule.
    """

    x: Tensor
    inner: InnerState


S = TypeVar("S")


def _unchanged(state: S, own: Tensor) -> S:
    return state


@dataclass(frozen=True, kw_only=True)
class Relay(Generic[S]):
    """What a server encodes anew before it passes an answer on.

    Every worker does what the server would, with the same vector and the same noise, so that
    nothing travels.

    Attributes:
        draft: maps a state to the vector (*batch, 1, m) and its compressor.
        read: maps a state and the decoded vector (*batch, 1, m) to the next state.
    """

    draft: Callable[[S], Draft]
    read: Callable[[S, Tensor], S]


@dataclass(frozen=True, kw_only=True)
class Exchange(Generic[S]):
    """One message from every worker, and what each worker does with the answer.

    Attributes:
        post: maps a state to what each worker sends, (*batch, workers, m) or a draft that is
            encoded first, and to the state after sending.
        absorb: maps a state and the mean over all workers, (*batch, 1, m), to the next state. On
            another topology than the complete one each worker gets its own weighted mean,
            (*batch, workers, m).
        sent: receives the decoded message (*batch, workers, m) once a draft is encoded; error
            feedback keeps the difference.
        delay: local steps from post to absorb. 0 blocks: what is in flight is absorbed first.
        topology: which workers are averaged, with which weights.
        relay: follows absorb at once where the answer is compressed too.
    """

    post: Callable[[S], tuple[Tensor | Draft, S]]
    absorb: Callable[[S, Tensor], S]
    sent: Callable[[S, Tensor], S] = _unchanged
    delay: int = 0
    topology: Topology = COMPLETE
    relay: Relay[S] | None = None


@dataclass(frozen=True, kw_only=True)
class Algorithm(ABC, Generic[S]):
    """A communication-efficient distributed SGD.

    The loop calls local_step at every step; after every local_steps-th it calls post, sends the
    message, and comm_delay steps later hands the mean over all workers to absorb. Where a mean
    falls due at the step at which the next message is posted, it is absorbed first.

    A method that needs more than that overrides exchanges (several messages a synchronisation, a
    second one that depends on the answer to the first, messages to be encoded, gossip) and due
    (which of them follow a step).

    Attributes:
        local_steps: K, gradient steps per worker between communications; >= 1.
        step_size: eta, unit x^2/f; > 0. A tensor that broadcasts against (*batch, workers, d)
            runs several step sizes at once.
        inner_rule: what a worker does with a gradient.

    Raises:
        ValueError: an attribute is out of its range.

    Example:
        Local SGD whose workers go half of the way to their mean. Methods that step with their
        inner rule build on LocalSteps, which has the gradient point, the step and the report.

        >>> from dataclasses import dataclass
        >>> from empirical import LocalSteps, Tilted, WorkerState, simulate
        >>> from theory import ReportPoint
        >>> @dataclass(frozen=True, kw_only=True)
        ... class SoftAveraging(LocalSteps[WorkerState]):
        ...     pull: float = 0.5
        ...
        ...     report_point = ReportPoint.MEAN_ITERATE
        ...
        ...     def init(self, x):
        ...         return WorkerState(x, self.inner_rule.init(x))
        ...
        ...     def post(self, state):
        ...         return state.x, state
        ...
        ...     def absorb(self, state, mean):
        ...         return state._replace(x=state.x + self.pull * (mean - state.x))
        >>> method = SoftAveraging(local_steps=4, step_size=0.1)
        >>> problem = Tilted(num_workers=8, heterogeneity=1.0, gradient_noise=0.5)
        >>> run = simulate(method, problem, num_rounds=50, seeds=(0,))
        >>> print(f"{run.values['objective'][0, -1]:.1e}")
        1.5e-03
    """

    local_steps: int
    step_size: float | Tensor
    inner_rule: InnerRule = field(default_factory=Plain)

    def __post_init__(self) -> None:
        check_known(self, "local_steps", "step_size")
        if not 0 <= self.comm_delay <= self.local_steps:
            raise ValueError(
                f"comm_delay={self.comm_delay} must lie in [0, local_steps={self.local_steps}]"
            )

    @property
    @abstractmethod
    def report_point(self) -> ReportPoint:
        """The iterate of which theorems on this algorithm speak."""

    @property
    def comm_delay(self) -> int:
        """Local steps from posting a message to absorbing its mean; 0 blocks, at most K."""
        return 0

    @property
    def exchanges(self) -> tuple[Exchange[S], ...]:
        """All exchanges that this method may make, in the order in which they follow each other."""
        return (Exchange(post=self.post, absorb=self.absorb, delay=self.comm_delay),)

    def due(self, state: S, steps_done: int) -> tuple[int, ...]:
        """The exchanges that follow a step, as places in exchanges; the same on all ranks.

        Only plain values of the state may decide, since these are the same on all ranks.
        """
        return tuple(range(len(self.exchanges))) if steps_done % self.local_steps == 0 else ()

    @property
    def sends_points(self) -> bool:
        """True if a message moves along with x_0, as an iterate does and a gradient does not."""
        return True

    @property
    def workers_alike(self) -> bool:
        """True if renumbering the workers changes nothing."""
        return True

    @property
    def keeps_to_scale(self) -> bool:
        """True if s f with step size eta / s runs through the same points."""
        return self.inner_rule.keeps_to_scale

    @property
    def coordinates_alike(self) -> bool:
        """True if renumbering the coordinates renumbers the iterates."""
        return self.inner_rule.coordinates_alike

    @abstractmethod
    def init(self, x: Tensor) -> S:
        """The state before the first step, all workers at x (*batch, workers, d)."""

    @abstractmethod
    def gradient_point(self, state: S) -> Tensor:
        """Where each worker takes its next gradient, (*batch, workers, d)."""

    @abstractmethod
    def local_step(self, state: S, gradient: Tensor) -> S:
        """One step of every worker with its stochastic gradient (*batch, workers, d)."""

    @abstractmethod
    def post(self, state: S) -> tuple[Tensor | Draft, S]:
        """What each worker sends, (*batch, workers, m), and its state after sending."""

    @abstractmethod
    def absorb(self, state: S, mean: Tensor) -> S:
        """The state once the mean over all workers, (*batch, 1, m), has arrived."""

    @abstractmethod
    def report(self, state: S) -> Tensor:
        """Each worker's share of the report point: its mean over all workers is that point.

        The loop calls it on a state that has absorbed its own message in flight. Algorithms are
        linear, so the mean of that over the workers is the report point once the mean arrives.
        """

    def moved(self, state: S, x: Tensor) -> S:
        """The state with every worker at a common point x (*batch, 1, d): a fresh start there.

        Methods around others call it; what survives a move, such as the memory of an inner rule,
        is the method's to say.
        """
        return self.init(x.expand_as(self.gradient_point(state)))

    def inner_state(self, state: S) -> InnerState:
        """The memory of the inner rule; empty for a method that keeps none."""
        return ()

    def with_inner_state(self, state: S, inner: InnerState) -> S:
        """The state with another memory of the inner rule."""
        return state

    @property
    def objective_every(self) -> int:
        """Steps between objective values handed to the method, x_0's included; 0 for none.

        Runs that share a tensor share a schedule: a method that asks for the objective runs one
        seed at a time, and has no exact reading.
        """
        return 0

    def on_objective(self, state: S, objective: float) -> S:
        """The state once F at the report point is known; the same number on all ranks."""
        return state
