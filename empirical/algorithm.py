"""What a distributed optimisation algorithm is: one text that every reading runs.

An algorithm is a frozen description plus pure functions on a state of tensors. It never knows how
many workers there are, where they live, or how their messages travel: arrays end in the parameter
axis, the axis before it holds the workers that live here, and everything before that is a batch
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
from theory.measures import ReportPoint
from theory.notation import GLOSSARY


class WorkerState(NamedTuple):
    """The least that a worker carries.

    Attributes:
        x: local iterates (*batch, workers, d).
        inner: memory of the inner rule.
    """

    x: Tensor
    inner: InnerState


S = TypeVar("S")


def _as_it_is(state: S, own: Tensor) -> S:
    return state


@dataclass(frozen=True, kw_only=True)
class Exchange(Generic[S]):
    """One message from every worker and what all of them make of it.

    Attributes:
        post: what each worker sends, (*batch, workers, m) or a draft that is encoded first, and
            its state after sending.
        absorb: the state once (*batch, 1, m), the mean over all workers, has arrived; or, with
            another topology than the complete one, (*batch, workers, m), what each worker hears.
        sent: the state once a draft is encoded, told what all will read of it (*batch, workers,
            m): error feedback keeps the rest.
        delay: local steps from post to absorb; 0 blocks, and first absorbs all that is in flight.
        topology: who hears whom.
    """

    post: Callable[[S], tuple[Tensor | Draft, S]]
    absorb: Callable[[S, Tensor], S]
    sent: Callable[[S, Tensor], S] = _as_it_is
    delay: int = 0
    topology: Topology = COMPLETE


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
    """

    local_steps: int
    step_size: float | Tensor
    inner_rule: InnerRule = field(default_factory=Plain)

    def __post_init__(self) -> None:
        GLOSSARY["local_steps"].check(self.local_steps)
        GLOSSARY["step_size"].check(self.step_size)
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
        """Which exchanges follow so many steps, by their place in exchanges; the same everywhere.

        A state may be asked only for its plain values, which are the same on all ranks.
        """
        return tuple(range(len(self.exchanges))) if steps_done % self.local_steps == 0 else ()

    @property
    def sends_points(self) -> bool:
        """Whether a message moves along with x_0, as an iterate does and a gradient does not."""
        return True

    @property
    def workers_alike(self) -> bool:
        """Whether renumbering the workers changes nothing."""
        return True

    @property
    def keeps_to_scale(self) -> bool:
        """Whether s f with step size eta / s runs through the same points."""
        return self.inner_rule.keeps_to_scale

    @property
    def coordinates_alike(self) -> bool:
        """Whether renumbering the coordinates renumbers the iterates."""
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

    @property
    def listens_every(self) -> int:
        """Steps between those after which it is told the objective, x_0 included; 0 for never.

        Runs that share a tensor share a schedule: a method that listens runs one seed at a time,
        and has no exact reading.
        """
        return 0

    def hear(self, state: S, objective: float) -> S:
        """The state once it is told F at the report point, the same number on all ranks."""
        return state
