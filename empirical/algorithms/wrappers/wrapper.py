"""What methods around another method share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from torch import Tensor

from empirical.algorithm import Algorithm, Exchange, Relay
from empirical.components.inner_rule import InnerRule, InnerState
from empirical.description import name_of

S = TypeVar("S")


FROM_BASE: Any = None
"""The default of a field that a wrapper takes from its base, once it is made."""


@dataclass(frozen=True, kw_only=True)
class Wrapper(Algorithm[S]):
    """A method around another method, its base; its states hold the base's as the field `base`.

    Step size and inner rule are those of the base; given here they replace the base's, so that a
    changed copy of the wrapper is a changed copy of both.

    Attributes:
        base: the method within; the usual one where it is not given, if there is one.
        step_size: eta of the base; the base's own where it is not given.
        inner_rule: of the base; the base's own where it is not given.
        local_steps: K of this method; the base's own where it is 0.

    Raises:
        ValueError: the base does not fit, or there is none.
    """

    base: Algorithm[Any] = FROM_BASE
    local_steps: int = 0
    step_size: float | Tensor = FROM_BASE
    inner_rule: InnerRule = FROM_BASE

    def __post_init__(self) -> None:
        own = {name: getattr(self, name) for name in ("step_size", "inner_rule")}
        given = {name: value for name, value in own.items() if value is not None}
        base = self.base or self._usual(given)
        base = self._fitted(replace(base, **given) if given else base)
        self._settle(base=base, **{name: getattr(base, name) for name in own})
        self._settle(local_steps=self.local_steps or base.local_steps)
        super().__post_init__()

    def _settle(self, **values: Any) -> None:
        """Fills in fields while the value is being made; it is frozen afterwards."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @classmethod
    def usual_base(cls) -> type[Algorithm[Any]] | None:
        """The method that is wrapped where none is named, and that theorems on this one assume."""
        return None

    @classmethod
    def completed(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Fills in the base of a description: its K, step size and name where they are left out."""
        base = given.get("base")
        base = {"name": base} if isinstance(base, str) else base
        if not isinstance(base, Mapping):
            return dict(given)
        usual = cls.usual_base()
        shared = {name: given[name] for name in ("local_steps", "step_size") if name in given}
        named = {"name": name_of(usual)} if usual else {}
        return {**given, "base": {**named, **shared, **base}}

    def _usual(self, given: Mapping[str, Any]) -> Algorithm[Any]:
        kind, name = self.usual_base(), name_of(type(self))
        if kind is None:
            raise ValueError(f"{name} needs base; give base=NAME")
        if not self.local_steps or "step_size" not in given:
            absent = "step_size" if self.local_steps else "local_steps"
            raise ValueError(f"{name} needs {absent}; give {absent}=VALUE or a base that has it")
        return kind(local_steps=self.local_steps, **given)

    def _fitted(self, base: Algorithm[Any]) -> Algorithm[Any]:
        """Changes the base to what this method needs, or refuses it with a ValueError."""
        return base

    @property
    def workers_alike(self) -> bool:
        """True if they are to the base."""
        return self.base.workers_alike

    @property
    def keeps_to_scale(self) -> bool:
        """True if the base does."""
        return self.base.keeps_to_scale

    @property
    def coordinates_alike(self) -> bool:
        """True if they are to the base."""
        return self.base.coordinates_alike

    def gradient_point(self, state: Any) -> Tensor:
        """Where the base takes it."""
        return self.base.gradient_point(state.base)

    def local_step(self, state: Any, gradient: Tensor) -> Any:
        """One step of the base."""
        return state._replace(base=self.base.local_step(state.base, gradient))

    def report(self, state: Any) -> Tensor:
        """The base's share of its report point."""
        return self.base.report(state.base)

    @property
    def objective_every(self) -> int:
        """As the base asks for it."""
        return self.base.objective_every

    def on_objective(self, state: Any, objective: float) -> Any:
        """Hands the objective to the base."""
        return state._replace(base=self.base.on_objective(state.base, objective))

    def inner_state(self, state: Any) -> InnerState:
        """The memory of the base's inner rule."""
        return self.base.inner_state(state.base)

    def with_inner_state(self, state: Any, inner: InnerState) -> Any:
        """Replaces the memory of the base's inner rule."""
        return state._replace(base=self.base.with_inner_state(state.base, inner))

    def _lifted(self, exchange: Exchange[Any]) -> Exchange[Any]:
        """An exchange of the base, on states of this method."""

        def post(state: Any) -> Any:
            message, base = exchange.post(state.base)
            return message, state._replace(base=base)

        return replace(
            exchange,
            post=post,
            absorb=_on_base(exchange.absorb),
            sent=_on_base(exchange.sent),
            relay=None if exchange.relay is None else _relay_on_base(exchange.relay),
        )


def _on_base(change: Callable[[Any, Tensor], Any]) -> Callable[[Any, Tensor], Any]:
    """A change of the base's state, on states that hold it."""
    return lambda state, vector: state._replace(base=change(state.base, vector))


def _relay_on_base(relay: Relay[Any]) -> Relay[Any]:
    return Relay(draft=lambda state: relay.draft(state.base), read=_on_base(relay.read))
