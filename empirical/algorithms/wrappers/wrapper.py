"""Algorithms around an algorithm: what they share with the one within."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from torch import Tensor

from empirical.algorithm import Algorithm, Exchange
from empirical.components.inner_rule import InnerRule
from empirical.description import name_of

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class Wrapper(Algorithm[S]):
    """A method built around another: its states hold the other's as the field `base`.

    Step size and inner rule are those of the base; given here they replace the base's, so that a
    changed copy of the outer method is a changed copy of both.

    Attributes:
        base: the method within; the usual one where it is None, if there is one.
        step_size: eta of the base; the base's own where it is None.
        inner_rule: of the base; the base's own where it is None.
        local_steps: K of this method; the base's own where it is 0.

    Raises:
        ValueError: the base does not fit, or there is none.
    """

    base: Algorithm[Any] = None  # type: ignore[assignment]  # never None once made
    local_steps: int = 0
    step_size: float | Tensor | None = None  # type: ignore[assignment]  # set once made
    inner_rule: InnerRule | None = None  # type: ignore[assignment]  # likewise

    def __post_init__(self) -> None:
        own: dict[str, Any] = {"step_size": self.step_size, "inner_rule": self.inner_rule}
        given = {name: value for name, value in own.items() if value is not None}
        base = self.base or self._usual(given)
        object.__setattr__(self, "base", self._fitted(replace(base, **given) if given else base))
        for name in own:
            object.__setattr__(self, name, getattr(self.base, name))
        object.__setattr__(self, "local_steps", self.local_steps or self.base.local_steps)
        super().__post_init__()

    @classmethod
    def usual_base(cls) -> type[Algorithm[Any]] | None:
        """What it is built around where nothing is said, and what theorems on it speak of."""
        return None

    @classmethod
    def completed(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """A description whose base has K, the step size and a name where it leaves them out."""
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
        """The base as this method needs it."""
        return base

    @property
    def workers_alike(self) -> bool:
        """As within."""
        return self.base.workers_alike

    @property
    def keeps_to_scale(self) -> bool:
        """As within."""
        return self.base.keeps_to_scale

    @property
    def coordinates_alike(self) -> bool:
        """As within."""
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
    def listens_every(self) -> int:
        """As within."""
        return self.base.listens_every

    def hear(self, state: Any, objective: float) -> Any:
        """Tells the base."""
        return state._replace(base=self.base.hear(state.base, objective))

    def _lifted(self, exchange: Exchange[Any]) -> Exchange[Any]:
        """An exchange of the base, on states of this method."""

        def within(change: Callable[..., Any]) -> Callable[..., Any]:
            return lambda state, heard: state._replace(base=change(state.base, heard))

        def post(state: Any) -> Any:
            message, base = exchange.post(state.base)
            return message, state._replace(base=base)

        return replace(
            exchange, post=post, absorb=within(exchange.absorb), sent=within(exchange.sent)
        )
