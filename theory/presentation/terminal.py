"""The manners of the command: one line for a wrong request, tables, JSON, exit codes."""

from __future__ import annotations

import json
import math
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

from cyclopts import App

from theory.presentation.faults import explained
from theory.presentation.plain_text import degrade_output

DONE, FAILED, RUN_FAILED = 0, 1, 3
"""Exit codes: done; VIOLATED or a proof step fails; a rank failed. faults.py has the others."""


def new_app(name: str) -> App:
    """An empty command with this project's manners."""
    return App(
        name=name,
        help="Convergence theory of communication-efficient distributed SGD, held against reality.",
        help_format="markdown",
        version=lambda: version("ratebound"),
        result_action="return_value",
    )


def console() -> Any:
    """Where tables go; wide enough for them where there is no terminal."""
    from rich.console import Console

    chosen = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if chosen else 128)


def print_json(value: Any) -> int:
    """Prints plain data and is done."""
    # JSON has escapes of its own for letters that an output cannot hold.
    escaped = "utf" not in (sys.stdout.encoding or "utf-8").lower()
    print(json.dumps(_finite(value), indent=2, ensure_ascii=escaped, allow_nan=False))
    return DONE


def _finite(value: Any) -> Any:
    """Returns plain data with null for what is not finite, since JSON has no word for it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def print_table(made: Any) -> int:
    """Prints a table and is done."""
    console().print(made)
    return DONE


def run_app(app: App) -> NoReturn:
    """Runs a command and exits: what goes wrong is one line and an exit code, never a traceback."""
    _open_closed_streams()
    degrade_output()
    try:
        code = app(sys.argv[1:], exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except SystemExit:
        raise
    except BaseException as error:
        code = explained(error)
        _drop_output()
    sys.exit(code if isinstance(code, int) else DONE)


def _open_closed_streams() -> None:
    """Opens the null device for standard streams that were closed, as by `>&-`."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - stays open
            setattr(sys, name, stream)


def _drop_output() -> None:
    """Keeps Python from writing what is left to a closed pipe once more as it exits."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
