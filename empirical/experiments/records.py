"""Records: one JSON line a run, append-only, intact after a kill at any moment."""

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
"""Raised whenever the meaning of a field changes."""


_SHAPES = {"key": str, "seed": int, "experiment": dict, "curve": dict, "averages": dict}


@dataclass(frozen=True)
class Record:
    """One run: an experiment at one seed, what it measured and what it cost.

    Attributes:
        key: content key of the experiment.
        seed: of the run.
        experiment: its description.
        outcome: "finished" or "diverged" (a measure stopped being finite: data, not an error).
        report_point: which iterate was measured.
        curve: "steps", and each measure ("NAME") with its running mean ("mean NAME") along them.
        averages: mean of each measure over all measurements of the run; null where not finite.
        wire_bytes: handed to the wire by one rank.
        messages: posted.
        seconds: computed, hidden, exposed, measured; of the slowest rank.
        layout: number of ranks, device, and whether sums keep the order of the workers.
        versions: of everything that may change a number.
        commit: of the checkout, if it is one.
        created: UTC, ISO 8601.
        received_bytes: taken from the wire by one rank; 0 in records from before it was counted.
        format: of this record.
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
        """The run's mean of a measure; infinite where the run diverged.

        Raises:
            ValueError: the run did not measure it.
        """
        if measure not in self.averages:
            raise ValueError(f"{measure} was not measured; the record has {sorted(self.averages)}")
        value = self.averages[measure]
        return math.inf if value is None else value

    def rebuild(self) -> Experiment:
        """The experiment of which this is a run."""
        return build_experiment(self.experiment)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Keeps a record file to one writer.

    Raises:
        ValueError: another run is writing to it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"{path} is being written by another run; wait for it or give another records=FILE"
            ) from None
        yield


def append_records(path: Path, records: Iterable[Record]) -> None:
    """Adds records at the end of a file and has them on disk before it returns."""
    append_rows(path, map(asdict, records))


def append_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """The same for any plain data, a line each."""
    text = "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def read_records(path: Path) -> list[Record]:
    """All records of a file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is cut or is no record; the message names the line and what to do.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"no records at {path}; `ratebound run records={path} ...` makes them"
        )
    lines = path.read_bytes().split(b"\n")
    if lines.pop():
        raise ValueError(
            f"{path} line {len(lines) + 1} is cut short (the write was interrupted); "
            "run the experiment again: it sets the fragment aside and repeats that run"
        )
    return [_parse(path, number, line) for number, line in enumerate(lines, start=1)]


def set_fragment_aside(path: Path) -> int:
    """Moves a cut last line to PATH.cut, so that the file is whole again; returns its length."""
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
    """The value as JSON can hold it: null where it is not finite."""
    return value if math.isfinite(value) else None


@cache
def versions() -> dict[str, str]:
    """Of Python and of the packages that may change a number."""
    found = {"python": platform.python_version()}
    return found | {name: version(name) for name in ("ratebound", "torch", "numpy", "sympy")}


@cache
def commit() -> str | None:
    """The commit of the checkout that this package runs from, if it is one."""
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
    except (ValueError, TypeError):
        raise ValueError(
            f"{path} line {number} is no record of format {FORMAT}; remove the line or the file"
        ) from None
