"""Input and output that all commands share: errors in one line, tables, JSON, exit codes."""

from __future__ import annotations

import json
import math
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

from cyclopts import App

from theory.presentation.faults import complain, explained
from theory.presentation.plain_text import degrade_output

DONE, FAILED, RUN_FAILED = 0, 1, 3
"""Exit codes: success; a bound is VIOLATED or a proof step fails; a rank failed.

The exit codes of errors are in faults.py.
"""


def new_app(name: str) -> App:
    """Returns a command without subcommands, set up as all commands here are.

    Args:
        name: the name of the command.
    """
    return App(
        name=name,
        help="Convergence theory of communication-efficient distributed SGD, held against reality.",
        help_format="markdown",
        version=lambda: version("ratebound"),
        result_action="return_value",
    )


def console() -> Any:
    """Returns the console for tables, 128 characters wide where nothing sets a width."""
    from rich.console import Console

    chosen = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if chosen else 128)


def print_json(value: Any) -> int:
    """Prints plain data as JSON and returns the exit code of success."""
    # JSON has its own escapes for letters that the output cannot encode.
    escaped = "utf" not in (sys.stdout.encoding or "utf-8").lower()
    print(json.dumps(_finite(value), indent=2, ensure_ascii=escaped, allow_nan=False))
    return DONE


def print_rows(rows: Sequence[Any]) -> int:
    """Prints rows of plain data as JSON, a single one by itself; returns the code of success."""
    return print_json(rows[0] if len(rows) == 1 else rows)


def _finite(value: Any) -> Any:
    """Returns plain data with null for each number that is not finite, since JSON has none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def print_table(made: Any) -> int:
    """Prints a table and returns the exit code of success."""
    console().print(made)
    return DONE


def run_app(app: App) -> NoReturn:
    """Runs a command and exits; an error becomes one line and an exit code, never a traceback."""
    _open_closed_streams()
    degrade_output()
    warnings.showwarning = _tell
    try:
        code = app(sys.argv[1:], exit_on_error=False, print_error=False)
        # A closed pipe shows when output is written, which must happen inside this try.
        sys.stdout.flush()
    except SystemExit:
        raise
    except BaseException as error:
        code = explained(error)
        _drop_output()
    sys.exit(code if isinstance(code, int) else DONE)


def _tell(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    """Prints a warning in one line; those of other packages are for their developers."""
    if category is UserWarning:
        complain(message)


def _open_closed_streams() -> None:
    """Opens the null device for standard streams that were closed, as by `>&-`."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - stays open
            setattr(sys, name, stream)


def _drop_output() -> None:
    """Discards output for a closed pipe, which Python would try to write again as it exits."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
