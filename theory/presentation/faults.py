"""Errors that end a command: the one line that a user reads, and the exit code."""

from __future__ import annotations

import re
import sys
import tempfile
import traceback
from importlib.metadata import version

from cyclopts import CycloptsError, MissingArgumentError

WRONG_REQUEST, FAULT = 2, 4
"""Exit codes: a wrong request, or one beyond this machine's means; a fault of ratebound itself."""

INTERRUPTED, PIPE_CLOSED = 130, 141
"""Exit codes that shells use for a program ended by Ctrl-C, and by a closed pipe (128 + signal)."""

_LONGEST_NUMBER = 40
"""Digits up to which a number stands in full in a message; longer ones are shortened."""


def explained(error: BaseException) -> int:
    """Prints one line on why a command has ended, and returns its exit code.

    An error that is no wrong request writes its traceback to a temporary file, which the line
    names. Nothing is printed for an interrupt or a closed pipe.
    """
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):  # as in `ratebound bounds | head`, which is no error
        return PIPE_CLOSED
    said = _wrong_request(error)
    if said is not None:
        complain(said)
        return WRONG_REQUEST
    with tempfile.NamedTemporaryFile(
        "w", prefix="ratebound-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"ratebound {version('ratebound')}: {' '.join(sys.argv)}\n")
        traceback.print_exception(error, file=file)
    kind = type(error).__name__
    complain(f"this is a fault of ratebound, not of yours: {kind}: {error}; see {file.name}")
    return FAULT


def _wrong_request(error: BaseException) -> str | None:
    """Returns what is wrong with a request; None if the error is a fault of ratebound."""
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        command = " ".join(error.command_chain or ())
        wanted = error.argument.name.lstrip("-").upper().replace("-", "_")
        return f"{command} needs {wanted}; `ratebound {command} --help` shows what it takes"
    if isinstance(error, ModuleNotFoundError) and error.name == "torch":
        return (
            "torch is not installed, which this command needs (`pip install torch`); "
            "`python -m theory` has the commands that do without"
        )
    if isinstance(error, CycloptsError | ValueError | OSError | ImportError):
        return str(error)
    if isinstance(error, OverflowError | FloatingPointError):
        return f"a number is too large or too small to compute with ({error.args[-1]})"
    if isinstance(error, MemoryError) or "allocate" in str(error):
        return f"this needs more memory than there is; ask for less at once ({error})"
    return None


def complain(message: object) -> None:
    """Prints a message to standard error as one line, whatever is in it."""
    text = re.sub(rf"\d{{{_LONGEST_NUMBER + 1},}}", _shortened, " ".join(str(message).split()))
    # Control characters of names and files would end the line, or do worse to a terminal.
    text = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
    print(f"ratebound: {text}", file=sys.stderr)


def _shortened(digits: re.Match[str]) -> str:
    return f"{digits[0][:10]}... ({len(digits[0])} digits)"
