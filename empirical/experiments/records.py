"""Records of runs: one JSON line a run, in a file that only grows.

Readers refuse a file whose last line was cut short by a kill; the next run moves the fragment aside
and repeats the run that it belonged to.
"""

from __future__ import annotations

import math
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from empirical.experiments.append_only import append_rows, lines_of, set_fragment_aside
from empirical.experiments.experiment import Experiment, build_experiment

FORMAT = 1
"""Version of the record format; it is increased whenever the meaning of a field changes."""

Count = Annotated[int, msgspec.Meta(ge=0)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]


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
        code: digest of the code that the experiment ran; None in records from before it was taken.
        accepted: digests of earlier code that `run --accept-code` took for the same.
        format: version of the record format.
    """

    key: Digest
    seed: Count
    experiment: dict[str, Any]
    outcome: Literal["finished", "diverged"]
    report_point: str
    curve: dict[str, list[float | None]]
    averages: dict[str, float | None]
    wire_bytes: Count
    messages: Count
    seconds: dict[str, float]
    layout: dict[str, Any]
    versions: dict[str, str]
    commit: str | None
    created: str
    received_bytes: Count = 0
    code: Digest | None = None
    accepted: list[Digest] = field(default_factory=list)
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


def append_records(path: Path, records: Iterable[Record]) -> None:
    """Appends records to a file and returns once they are on disk."""
    append_rows(path, map(asdict, records))


def read_records(path: Path) -> list[Record]:
    """Reads all records of a file, in the order in which they were written.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is cut or is no record; the message names the line and what to do.
    """
    if not path.is_file():
        what = "is no ordinary file" if path.exists() else "does not exist"
        raise FileNotFoundError(
            f"no records at {path}, which {what}; `ratebound run records={path} ...` makes them"
        )
    lines, fragment = lines_of(path)
    if fragment:
        raise ValueError(
            f"{path} line {len(lines) + 1} is cut short (the write was interrupted); "
            "run the experiment again: it sets the fragment aside and repeats that run"
        )
    return [_parse(path, number, line) for number, line in enumerate(lines, start=1)]


def recovered_records(path: Path) -> list[Record]:
    """Reads all records of a file that is to be appended to; there may be none.

    A last line that is cut short is moved to PATH.cut. Only a caller that holds the lock of
    writing() may do so.

    Raises:
        ValueError: a line is no record; the file is left as it is.
    """
    if not path.is_file():
        return []
    lines, _ = lines_of(path)
    found = [_parse(path, number, line) for number, line in enumerate(lines, start=1)]
    set_fragment_aside(path, first="key")
    return found


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
    where = f"{path} line {number}"
    try:
        row = msgspec.json.decode(line, type=dict[str, Any])
        if "key" not in row:
            raise ValueError("it has no key")
        if isinstance(row.get("format"), int) and row["format"] > FORMAT:
            raise ValueError(_later(row))
        unknown = sorted(row.keys() - {item.name for item in fields(Record)})
        if unknown:
            raise ValueError(f"{unknown[0]} is no field of a record")
        found = msgspec.convert(row, Record)
        lengths = {name: len(column) for name, column in found.curve.items()}
        if len(set(lengths.values())) > 1 or "steps" not in lengths:
            raise ValueError(f"columns of the curve differ in length: {lengths}")
        return found
    except (
        ValueError,
        msgspec.MsgspecError,
    ) as error:  # of JSON, of types, of what is checked here
        raise ValueError(
            f"{where} is no record that this version reads: {error}; nothing was changed"
        ) from None


def _later(row: dict[str, Any]) -> str:
    """Returns what to do about a record of a later format."""
    written = row.get("versions")
    by = written.get("ratebound") if isinstance(written, dict) else None
    return (
        f"it has format {row['format']}, written by ratebound {by or 'of a later version'}, and "
        f"ratebound {version('ratebound')} reads format {FORMAT}; read it with that version"
    )
