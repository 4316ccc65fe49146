"""Files of one JSON line a row that only grow, intact after a kill at any moment.

A kill can only cut the last line short. Such a fragment is moved aside, never thrown away, and only
out of a file whose lines are all of the kind that is to be appended: a file that was named by
mistake is left as it is.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Locks a record file for one writer while the context lasts, creating it where it is missing.

    Raises:
        ValueError: another run is writing to it, or it is no ordinary file.
    """
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is no ordinary file; give another path")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            # The operating system releases the lock with the process, even after SIGKILL.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"{path} is being written by another run; wait for it or give another records=FILE"
            ) from None
        yield


def append_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Appends rows of plain data to a file, one JSON line each, and returns once they are on disk.

    Args:
        path: the file; it and its folder are created where they are missing.
        rows: mappings that JSON can hold; numbers must be finite.
    """
    text = "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def lines_of(path: Path) -> tuple[list[bytes], bytes]:
    """Returns the whole lines of a file, and what follows the last: nothing, if none is cut."""
    *whole, rest = path.read_bytes().split(b"\n")
    return whole, rest


def set_fragment_aside(path: Path, first: str) -> int:
    """Moves a last line that is cut short to PATH.cut and returns its length in bytes, 0 for none.

    Only a caller that holds the lock of writing() may do so: the line may still be being written.

    Args:
        path: the file; there may be none.
        first: name of the first field of every row.

    Raises:
        ValueError: a line begins otherwise, so that the file is another one; it is left as it is.
    """
    if not path.is_file():
        return 0
    whole, fragment = lines_of(path)
    beginning = f'{{"{first}": '.encode()
    cut = beginning[: len(fragment)]
    for number, line in enumerate([*whole, fragment], start=1):
        if not line.startswith(beginning if number <= len(whole) else cut):
            raise ValueError(
                f"{path} line {number} is none that ratebound writes to such a file; the file was "
                "left as it is, give the path of another one"
            )
    if fragment:
        with path.with_name(path.name + ".cut").open("ab") as file:
            file.write(fragment + b"\n")
        os.truncate(path, path.stat().st_size - len(fragment))
    return len(fragment)
