"""Progress: how far long work has come, told by whoever works and shown by whoever asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Is told how far the work has come, by the first rank only."""

    def __call__(self, done: int, total: int | None, text: str) -> None:
        """So much of the total is done; the total may be unknown. The text says of what."""

    def close(self) -> None:
        """No more will be told."""


def tracked(
    items: Iterable[T], total: int | None, text: str, progress: Progress | None
) -> Iterator[T]:
    """Hands on items and tells how many have been taken."""
    for done, item in enumerate(items):
        if progress is not None:
            progress(done, total, text)
        yield item
