"""Progress reports of long computations.

A function that may take long accepts an optional Progress and calls it now and then; the caller
decides how it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """A callable that shows how far a long computation has come; only the first rank calls it."""

    def __call__(self, done: int, total: int | None, text: str) -> None:
        """Shows that a part of the computation is done.

        Args:
            done: how many units (steps, items) are done.
            total: how many there are; None where that is unknown.
            text: what is being computed, or what has been found so far.
        """

    def close(self) -> None:
        """Ends the display; the callable is not called after that."""


def tracked(
    items: Iterable[T], total: int | None, text: str, progress: Progress | None
) -> Iterator[T]:
    """Yields items unchanged, and reports before each of them how many have been taken.

    Args:
        items: what is passed on.
        total: number of items; None where it is unknown.
        text: what is being computed.
        progress: receives the reports; None for none.
    """
    for done, item in enumerate(items):
        if progress is not None:
            progress(done, total, text)
        yield item
