"""Recorded runs by experiment, and which records count.

A record does not count if its experiment cannot be rebuilt, as when the file of its class is gone,
or if the code of the experiment was edited before the last of its runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from empirical.experiments.experiment import Experiment
from empirical.experiments.records import Record


@dataclass(frozen=True)
class Runs:
    """All recorded runs of one experiment.

    Attributes:
        experiment: the experiment that was run.
        records: one record a seed.
    """

    experiment: Experiment
    records: tuple[Record, ...]

    @property
    def measures(self) -> Mapping[str, np.ndarray]:
        """The run averages by measure, one value a seed; infinite where a run diverged."""
        names = self.records[0].averages
        return {name: np.array([record.average(name) for record in self.records]) for name in names}


@dataclass(frozen=True)
class LeftOut:
    """Records of one experiment that do not count.

    Attributes:
        key: content key of the experiment.
        algorithm: name of its algorithm, as it was recorded.
        count: number of the records.
        reason: why they do not count.
    """

    key: str
    algorithm: str
    count: int
    reason: str

    def __str__(self) -> str:
        """One line for a reader."""
        runs = "1 run is" if self.count == 1 else f"{self.count} runs are"
        return f"{runs} left out, {self.algorithm} ({self.key}): {self.reason}"


def sorted_out(records: Iterable[Record]) -> tuple[list[Record], list[LeftOut]]:
    """Returns the records that count, in their order, and what is left out and why."""
    by_key: dict[str, list[Record]] = {}
    for item in records:
        by_key.setdefault(item.key, []).append(item)
    counting: list[Record] = []
    left_out: list[LeftOut] = []
    for key, items in by_key.items():
        algorithm = items[0].experiment.get("algorithm")
        name = algorithm.get("name") if isinstance(algorithm, Mapping) else algorithm
        flaw = _flaw(items[0])
        # Without a digest a record is from before digests were taken: it cannot be told apart.
        same = {None, items[-1].code, *items[-1].accepted}
        kept = [] if flaw else [item for item in items if item.code in same]
        reason = flaw or "the code was edited before the last run of this experiment"
        if len(kept) < len(items):
            left_out.append(LeftOut(key, str(name), len(items) - len(kept), reason))
        counting += kept
    return counting, left_out


def _flaw(record: Record) -> str | None:
    """Returns why the experiment of a record cannot be rebuilt; None where it can."""
    try:
        found = record.rebuild().key
    except (ValueError, OSError, ImportError, TypeError) as error:
        return str(error)
    if found != record.key:
        return f"its fields make the experiment {found} today"
    return None


def grouped(records: Iterable[Record]) -> list[Runs]:
    """Groups records by experiment, each seed once (the last record of a seed counts)."""
    found: dict[str, dict[int, Record]] = {}
    for item in records:
        found.setdefault(item.key, {})[item.seed] = item
    return [
        Runs(next(iter(seeds.values())).rebuild(), tuple(seeds[seed] for seed in sorted(seeds)))
        for seeds in found.values()
    ]
