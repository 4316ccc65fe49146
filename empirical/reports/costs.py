"""What a result costs: measures at the end of runs beside the bytes and seconds that were spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from empirical.verdicts.judge import Runs

_PARTS = ("base", "compressor", "topology", "rule", "merge")
"""Fields of an algorithm whose names say which method it is."""


@dataclass(frozen=True)
class Cost:
    """One experiment: where it ended and what a worker spent on it.

    Attributes:
        label: the method, and what sets it apart from the others beside it.
        runs: its records.
        measure: name of the measure, such as test_accuracy.
        end: its value at the end of every seed; NaN where a run diverged.
        sent: bytes that a worker handed to the wire, mean over seeds.
        received: bytes that it took from the wire.
        dense: bytes that it would have sent and received with one uncompressed vector each way
            after every step.
        seconds: computed and exposed, of the slowest rank, mean over seeds.
    """

    label: str
    runs: Runs
    measure: str
    end: np.ndarray
    sent: float
    received: float
    dense: float
    seconds: float

    @property
    def factor(self) -> float:
        """How many times fewer bytes than uncompressed synchronous SGD over the same steps."""
        total = self.sent + self.received
        return self.dense / total if total else np.inf

    @property
    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Bytes spent and the measure, along the run, means over seeds."""
        curves = [record.curve for record in self.runs.records]
        steps = np.array(curves[0]["steps"], dtype=float)
        values = np.array([curve[self.measure] for curve in curves], dtype=float).mean(0)
        return steps / steps[-1] * (self.sent + self.received), values


def costs(groups: Sequence[Runs], measure: str | None = None) -> list[Cost]:
    """A row for every experiment, best end first where larger is better, else smallest first.

    Args:
        groups: experiments with their records.
        measure: of the end; test_accuracy where all have it, else objective.

    Raises:
        ValueError: an experiment has not measured it.
    """
    name = measure or _common_measure(groups)
    labels = _labels([runs.experiment.description["algorithm"] for runs in groups])
    found = [_cost(runs, label, name) for runs, label in zip(groups, labels, strict=True)]
    sign = -1 if name == "test_accuracy" else 1
    return sorted(found, key=lambda cost: (np.isnan(cost.end.mean()), sign * cost.end.mean()))


def _common_measure(groups: Sequence[Runs]) -> str:
    accurate = all("test_accuracy" in record.curve for runs in groups for record in runs.records)
    return "test_accuracy" if accurate else "objective"


def _cost(runs: Runs, label: str, measure: str) -> Cost:
    experiment, records = runs.experiment, runs.records
    for record in records:
        if measure not in record.curve:
            known = ", ".join(name for name in record.averages)
            raise ValueError(f"measure={measure} was not measured by {label}; it has {known}")
    vector = experiment.problem.dimension * torch.finfo(experiment.torch_dtype).bits / 8
    ends = [record.curve[measure][-1] for record in records]
    return Cost(
        label=label,
        runs=runs,
        measure=measure,
        end=np.array(ends, dtype=float),
        sent=float(np.mean([record.wire_bytes for record in records])),
        received=float(np.mean([record.received_bytes for record in records])),
        dense=2 * vector * experiment.num_rounds * experiment.algorithm.local_steps,
        seconds=float(
            np.mean([record.seconds["computed"] + record.seconds["exposed"] for record in records])
        ),
    )


def _labels(algorithms: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the methods; where several are the same, with the fields in which they differ."""
    names = [_name(item) for item in algorithms]
    flat = [dict(_flat(item)) for item in algorithms]
    labels = []
    for index, name in enumerate(names):
        alike = [other for other, same in zip(flat, names, strict=True) if same == name]
        apart = [key for key in flat[index] if any(o.get(key) != flat[index][key] for o in alike)]
        given = ", ".join(f"{key}={flat[index][key]}" for key in apart)
        labels.append(f"{name} [{given}]" if given else name)
    return labels


def _name(description: Mapping[str, Any]) -> str:
    parts = [_name(description[key]) for key in _PARTS if isinstance(description.get(key), Mapping)]
    return f"{description['name']}({', '.join(parts)})" if parts else str(description["name"])


def _flat(description: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Fields as dotted names, those left out that repeat what a wrapper says itself."""
    found: list[tuple[str, Any]] = []
    for key, value in description.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{key}.")
        elif not (prefix.endswith("base.") and key in ("step_size", "local_steps")):
            found.append((prefix + key, value))
    return found
