"""A progress bar on standard error, drawn by the first rank only."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_PATIENCE = 1.0
"""Seconds of work without a bar: what is over sooner needs none."""


class Bar:
    """A bar that appears in a terminal once work takes a while, and can be taken away."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._begun = time.monotonic()

    def __call__(self, done: int, total: int | None, text: str) -> None:
        """Draws the bar, if there is somebody to see it."""
        if time.monotonic() - self._begun < _PATIENCE or not sys.stderr.isatty():
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress, TimeRemainingColumn

            columns = (*Progress.get_default_columns()[:-1], TimeRemainingColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(text, total=total)
        self._bar.update(self._task, completed=done, total=total, description=text)

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
