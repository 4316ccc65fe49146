"""Progress on standard error, told by the first rank only: a bar, or lines in a file of logs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_PATIENCE = 1.0
"""Seconds of work without a bar: what is over sooner needs none."""

_BETWEEN_LINES = 30.0
"""Seconds between lines where standard error is no terminal."""


class Bar:
    """A bar that appears in a terminal once work takes a while, and can be taken away.

    Where there is no terminal, a line tells now and then how far the work has come.
    """

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._begun = self._told = time.monotonic()

    def __call__(self, done: int, total: int | None, text: str) -> None:
        """Draws the bar, if there is somebody to see it."""
        if not sys.stderr.isatty():
            self._tell(done, total, text)
            return
        if time.monotonic() - self._begun < _PATIENCE:
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress, TimeRemainingColumn

            columns = (*Progress.get_default_columns()[:-1], TimeRemainingColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(text, total=total)
        self._bar.update(self._task, completed=done, total=total, description=text)

    def _tell(self, done: int, total: int | None, text: str) -> None:
        now = time.monotonic()
        if now - self._told >= _BETWEEN_LINES:
            self._told = now
            share = f"{done}" if total is None else f"{done} of {total}"
            print(f"... {text}: {share}, {now - self._begun:.0f} s", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def progress_bar() -> Iterator[Bar]:
    """A bar that is gone when the work is done."""
    bar = Bar()
    try:
        yield bar
    finally:
        bar.close()
