"""Records of runs: a file of one JSON line a run, append-only, intact after a kill at any moment.

A kill can only cut the last line short. Readers refuse such a file, and the next run moves the
fragment aside and repeats the run that it belonged to.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import platform
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from empirical.experiments.experiment import Experiment, build_experiment

FORMAT = 1
"""Version of the record format; it is increased whenever the meaning of a field changes."""


_SHAPES = {"key": str, "seed": int, "experiment": dict, "curve": dict, "averages": dict}


@dataclass(frozen=True)
class Record:
    """One run: an experiment at one seed, what it measured and what it cost.

    Attributes:
        key: content key of the experiment.
        seed: seed of the run.
        experiment: description of the experiment.
        outcome: "finished" or "diverged" (a measure stopped being finite: data, not an error).
        report_point: which iterate was measured.
        curve: "steps", and each measure ("NAME") with its running mean ("mean NAME") along them.
        averages: mean of each measure over all measurements of the run; null where not finite.
        wire_bytes: bytes that one rank handed to the wire.
        messages: number of messages that one rank posted.
        seconds: seconds spent computing ("computed"), communicating behind computation ("hidden"),
            waiting for messages ("exposed") and measuring ("measured"), on the slowest rank.
        layout: number of ranks, device, and whether sums keep the order of the workers.
        versions: versions of everything that may change a number.
        commit: commit of the checkout; None outside of a checkout.
        created: time of writing, UTC, ISO 8601.
        received_bytes: bytes that one rank took from the wire; 0 in records from before it was
            counted.
        format: version of the record format.
    """

    key: str
    seed: int
    experiment: dict[str, Any]
    outcome: str
    report_point: str
    curve: dict[str, list[float | None]]
    averages: dict[str, float | None]
    wire_bytes: int
    messages: int
    seconds: dict[str, float]
    layout: dict[str, Any]
    versions: dict[str, str]
    commit: str | None
    created: str
    received_bytes: int = 0
    format: int = FORMAT

    def average(self, measure: str) -> float:
        """Returns the run's mean of a measure; infinite where the run diverged.

        Raises:
            ValueError: the run did not measure it.
        """
        if measure not in self.averages:
            raise ValueError(f"{measure} was not measured; the record has {sorted(self.averages)}")
        value = self.averages[measure]
        return math.inf if value is None else value

    def rebuild(self) -> Experiment:
        """Returns the experiment of which this is a run."""
        return build_experiment(self.experiment)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Locks a record file for one writer while the context lasts, creating it where it is missing.

    Raises:
        ValueError: another run is writing to it.
    """
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


def append_records(path: Path, records: Iterable[Record]) -> None:
    """Appends records to a file and returns once they are on disk."""
    append_rows(path, map(asdict, records))


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


def read_records(path: Path) -> list[Record]:
    """Reads all records of a file, in the order in which they were written.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is cut or is no record; the message names the line and what to do.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"no records at {path}; `ratebound run records={path} ...` makes them"
        )
    lines = path.read_bytes().split(b"\n")
    if lines.pop():  # a whole file ends in a newline, after which nothing follows
        raise ValueError(
            f"{path} line {len(lines) + 1} is cut short (the write was interrupted); "
            "run the experiment again: it sets the fragment aside and repeats that run"
        )
    return [_parse(path, number, line) for number, line in enumerate(lines, start=1)]


def set_fragment_aside(path: Path) -> int:
    """Moves a last line that is cut short to PATH.cut and returns its length in bytes, 0 for none.

    Only a caller that holds the lock of writing() may do so: the line may still be being written.
    """
    if not path.is_file():
        return 0
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    fragment = content[whole:]
    if fragment:
        with path.with_name(path.name + ".cut").open("ab") as file:
            file.write(fragment + b"\n")
        os.truncate(path, whole)
    return len(fragment)


def finite(value: float) -> float | None:
    """Returns a number as JSON can hold it: None (null) where it is not finite."""
    return value if math.isfinite(value) else None


@cache
def versions() -> dict[str, str]:
    """Returns the versions of Python and of the packages that may change a number, by name."""
    found = {"python": platform.python_version()}
    return found | {name: version(name) for name in ("ratebound", "torch", "numpy", "sympy")}


@cache
def commit() -> str | None:
    """Returns the commit of the checkout that this package runs from; None outside of one."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None


def _parse(path: Path, number: int, line: bytes) -> Record:
    try:
        found = Record(**json.loads(line))
        if found.format != FORMAT or not all(
            isinstance(getattr(found, name), kind) for name, kind in _SHAPES.items()
        ):
            raise ValueError
        return found
    except (ValueError, TypeError):  # TypeError: no mapping, or not the fields of a record
        raise ValueError(
            f"{path} line {number} is no record of format {FORMAT}; remove the line or the file"
        ) from None
