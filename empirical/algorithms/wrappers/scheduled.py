"""Schedules around a method: when its one exchange is made, whatever its own K."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from torch import Tensor

from empirical.algorithm import Algorithm, Exchange
from empirical.algorithms.averaging.local_averaging import LocalAveraging
from empirical.algorithms.wrappers.wrapper import Wrapper
from empirical.compressor import Draft
from empirical.description import name_of
from theory.measures import ReportPoint

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class Scheduled(Wrapper[S]):
    """A method of one blocking exchange, made at steps that a subclass chooses.

    The exchange must be the same whenever it is made. So is an average of iterates, exact, gossip
    or compressed, and an outer step on one; gradients divided by K are not.

    A run has num_rounds * local_steps steps, however often workers communicate in them.

    Raises:
        ValueError: the base makes another kind of exchange, or has a schedule of its own.
    """

    def _fitted(self, base: Algorithm[Any]) -> Algorithm[Any]:
        core = base
        while isinstance(core, Wrapper) and not isinstance(core, Scheduled):
            core = core.base
        exchanges = base.exchanges
        alone = len(exchanges) == 1 and exchanges[0].delay == 0
        if not (alone and isinstance(core, LocalAveraging)):
            raise ValueError(
                f"base={name_of(type(base))} does not fit: a schedule needs a method of one "
                "blocking exchange that does not depend on K, such as local_sgd"
            )
        return replace(base, local_steps=self.local_steps or base.local_steps)

    @property
    def report_point(self) -> ReportPoint:
        """The report point of the base."""
        return self.base.report_point

    @property
    def sends_points(self) -> bool:
        """Whether messages of the base are points rather than differences."""
        return self.base.sends_points

    @property
    def exchanges(self) -> tuple[Exchange[S], ...]:
        """That of the method within."""
        [exchange] = self.base.exchanges
        return (replace(self._lifted(exchange), absorb=self.absorb),)

    def post(self, state: S) -> tuple[Tensor | Draft, S]:
        """Posts the message of the base."""
        return self.exchanges[0].post(state)

    def absorb(self, state: Any, mean: Tensor) -> Any:
        """Absorbs the mean of the messages as the base does."""
        return self._lifted(self.base.exchanges[0]).absorb(state, mean)

    def moved(self, state: Any, x: Tensor) -> Any:
        """The base at x; the schedule goes on."""
        return state._replace(base=self.base.moved(state.base, x))
