"""An outer step every K steps of a method: what SlowMo, DiLoCo and their relatives share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from empirical.algorithm import Algorithm, Exchange, WorkerState
from empirical.algorithms.averaging.local_averaging import LocalAveraging
from empirical.algorithms.wrappers.wrapper import FROM_BASE, Wrapper
from empirical.components.buffer_policy import BufferPolicy, packed, unpacked
from empirical.components.inner_rule import InnerRule, InnerState
from empirical.components.topology import COMPLETE, Topology
from empirical.field_ranges import check_known
from theory.measures import ReportPoint


class OuterState(NamedTuple):
    """What a worker carries.

    Attributes:
        base: state of the method within.
        z: iterate of the outer rule, (*batch, 1, d); (*batch, workers, d) without exact average.
        outer: memory of the outer rule.
    """

    base: Any
    z: Tensor
    outer: InnerState


@dataclass(frozen=True, kw_only=True)
class OuterLoop(Wrapper[OuterState]):
    r"""Any method; after every K of its steps one outer step, with what they did as its gradient.

    Between outer steps:   steps of the base, its own exchanges included      (K steps)
    At an outer step:      d = z - mean_m x_m
                           z <- one step of the outer rule with d;   x_m <- z

    x_m is the worker's share of the base's report point. The outer exchange blocks, and so first
    absorbs what the base has in flight. Where the base makes an exchange at the same step:

    - gossip is left out, since an exact mean makes it pointless;
    - Local SGD takes K, and has no exchange of its own but this;
    - any other method makes its own first: more than the mean of its iterates may hang on it.

    Outer rules are inner rules: d in place of the gradient, z in place of x.

    Attributes:
        memory: what becomes of the memory of the base's inner rule at an outer step, the base's
            own choice where it is None (kept, if it has none). What is averaged is sent along.
        local_steps: K, base steps between outer steps, a multiple of the base's own; the base's
            own where it is 0.

    Shapes:
        state.z (*batch, 1, d); message (*batch, workers, d), what a worker did, and as much again
        for every buffer of the inner rule that is averaged.

    Raises:
        ValueError: the base communicates at other steps, or never by itself though it is to mix.
    """

    memory: BufferPolicy = FROM_BASE

    def __post_init__(self) -> None:
        super().__post_init__()
        given: BufferPolicy | None = self.memory
        self._settle(memory=given or getattr(self.base, "memory", BufferPolicy.KEEP))

    @property
    @abstractmethod
    def _outer_rule(self) -> InnerRule:
        """What is done with the pseudo-gradient."""

    @property
    @abstractmethod
    def _outer_step(self) -> float | Tensor:
        """The outer step size, for d = z - mean x as it is."""

    @property
    def _unit(self) -> float | Tensor:
        """What d is divided by for the outer rule's memory, and its step multiplied by."""
        return 1.0

    @property
    def _heard(self) -> Topology:
        """The topology by which d is averaged at an outer step."""
        return COMPLETE

    def _fitted(self, base: Algorithm[Any]) -> Algorithm[Any]:
        every, own = self.local_steps or base.local_steps, base.local_steps
        if averages_iterates(base):
            return replace(base, local_steps=every)
        if every % own:
            raise ValueError(
                f"local_steps={every} must be a multiple of base.local_steps={own}, so that outer "
                "steps follow whole rounds of the base"
            )
        if mixes_iterates(base) and every == own > 1 and self._heard == COMPLETE:
            raise ValueError(
                f"base.local_steps={own} must be below local_steps={every}: the exact average "
                "takes the place of the base's own mixing, and none would be left"
            )
        return base

    @property
    def report_point(self) -> ReportPoint:
        """The report point of the base."""
        return self.base.report_point

    @property
    def coordinates_alike(self) -> bool:
        """If they are to the base and to the outer rule."""
        return self.base.coordinates_alike and self._outer_rule.coordinates_alike

    @property
    def sends_points(self) -> bool:
        """It sends what a worker did since the last outer step; the base may send points."""
        return bool(self._own) and self.base.sends_points

    @property
    def _own(self) -> tuple[Exchange[OuterState], ...]:
        """The exchanges of the base that are ever made."""
        return () if averages_iterates(self.base) else tuple(map(self._lifted, self.base.exchanges))

    @property
    def exchanges(self) -> tuple[Exchange[OuterState], ...]:
        """Those of the base, then the outer one."""
        return (*self._own, Exchange(post=self.post, absorb=self.absorb, topology=self._heard))

    def due(self, state: OuterState, steps_done: int) -> tuple[int, ...]:
        """The base's own, and after every K steps the outer exchange."""
        count = len(self._own)
        own = self.base.due(state.base, steps_done) if count else ()
        if steps_done % self.local_steps:
            return own
        moot = mixes_iterates(self.base) and self._heard == COMPLETE
        return (count,) if moot else (*own, count)

    def init(self, x: Tensor) -> OuterState:
        """The base and the anchor at x, before any step."""
        z = x[..., :1, :] if self._heard == COMPLETE else x
        return OuterState(self.base.init(x), z, self._outer_rule.init(z))

    def post(self, state: OuterState) -> tuple[Tensor, OuterState]:
        """Sends what a worker did since the last outer step, and its memory where averaged."""
        worker = self._worker(state)
        start = self._outer_rule.gradient_point(state.z, state.outer)
        return packed(worker._replace(x=start - worker.x), self.memory), state

    def absorb(self, state: OuterState, mean: Tensor) -> OuterState:
        """One step of the outer rule, from which all workers start again."""
        size, rule, unit = state.z.shape[-1], self._outer_rule, self._unit
        gradient = mean[..., :size] / unit
        z, outer = rule.step(state.z, gradient, state.outer, self._outer_step * unit)
        start = rule.gradient_point(z, outer)
        heard = torch.cat([start, mean[..., size:]], dim=-1)
        worker = unpacked(self._worker(state), heard, self.memory, self.base.inner_rule)
        base = self.base.with_inner_state(self.base.moved(state.base, start), worker.inner)
        return OuterState(base, z, outer)

    def moved(self, state: OuterState, x: Tensor) -> OuterState:
        """Base and anchor at x; the outer memory stays."""
        return state._replace(base=self.base.moved(state.base, x), z=x.expand_as(state.z))

    def _worker(self, state: OuterState) -> WorkerState:
        """A worker's share of the report point, and the memory of its inner rule."""
        return WorkerState(self.base.report(state.base), self.base.inner_state(state.base))


@dataclass(frozen=True, kw_only=True)
class ScaledOuterLoop(OuterLoop):
    """An outer loop with a step size of its own.

    Attributes:
        outer_step_size: in units of d = z - mean x; > 0, above 1 allowed.

    Raises:
        ValueError: it is out of its range.
    """

    outer_step_size: float

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "outer_step_size")

    @property
    def _outer_step(self) -> float:
        return self.outer_step_size


def averages_iterates(base: Algorithm[Any]) -> bool:
    """Whether all that a method's workers ever do together is to take the mean of iterates."""
    return isinstance(base, LocalAveraging) and _heard_by(base) == {COMPLETE}


def mixes_iterates(base: Algorithm[Any]) -> bool:
    """Whether all that they ever do together is to mix iterates with those of some others."""
    return isinstance(base, LocalAveraging) and COMPLETE not in _heard_by(base)


def _heard_by(base: Algorithm[Any]) -> set[Topology]:
    return {exchange.topology for exchange in base.exchanges}
