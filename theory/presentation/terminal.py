"""The manners of the command: one line for a wrong request, tables, JSON, exit codes."""

from __future__ import annotations

import json
import math
import sys
from typing import Any, NoReturn

from cyclopts import App, CycloptsError

DONE, FAILED, WRONG_REQUEST, RUN_FAILED = 0, 1, 2, 3
"""Exit codes: done; VIOLATED or a proof step fails; the request is wrong; a rank failed."""


def new_app(name: str) -> App:
    """An empty command with this project's manners."""
    return App(
        name=name,
        help="Convergence theory of communication-efficient distributed SGD, held against reality.",
        help_format="markdown",
        result_action="return_value",
    )


def console() -> Any:
    """Where tables go; wide enough for them where there is no terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 128)


def print_json(value: Any) -> int:
    """Prints plain data and is done."""
    print(json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False))
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
    """Runs a command; a wrong request is one line and exit code 2."""
    try:
        code = app(sys.argv[1:], exit_on_error=False, print_error=False)
    except CycloptsError as error:
        sys.exit(_complain(" ".join(str(error).split())))
    except (ValueError, OSError, ImportError) as error:
        sys.exit(_complain(str(error)))
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else DONE)


def _complain(message: str) -> int:
    print(f"ratebound: {message}", file=sys.stderr)
    return WRONG_REQUEST
