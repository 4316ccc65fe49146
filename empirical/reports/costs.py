"""The cost of results: measures at the end of runs, with the bytes and seconds that they took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from empirical.verdicts.runs import Runs

_PARTS = ("base", "compressor", "topology", "rule", "merge")
"""Fields whose values are named in a label, since they change what the method is."""


_PLACES = ("folder", "download")
"""Fields of a problem that say where its data lie, not what it is."""

_LARGER_IS_BETTER = frozenset({"test_accuracy"})
"""Measures of which a larger value is better."""


@dataclass(frozen=True)
class Cost:
    """The final value of a measure in one experiment, and what a worker spent to reach it.

    Attributes:
        label: name of the method, with the fields in which it differs from others of that name.
        runs: the recorded runs of the experiment.
        measure: name of the measure, such as test_accuracy.
        end: value of the measure at the end, one a seed; NaN where a run diverged.
        sent: bytes that a worker handed to the wire, mean over seeds.
        received: bytes that a worker took from the wire, mean over seeds.
        dense: bytes that a worker would have sent and received with one uncompressed vector each
            way after every step.
        seconds: seconds of computing and of waiting for messages on the slowest rank, mean over
            seeds.
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
        """The ratio of the bytes of uncompressed synchronous SGD over the same steps to its own."""
        total = self.sent + self.received
        return self.dense / total if total else np.inf

    @property
    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Bytes spent so far and the measure at the recorded steps, means over seeds, (points,)."""
        curves = [record.curve for record in self.runs.records]
        steps = np.array(curves[0]["steps"], dtype=float)
        values = np.array([curve[self.measure] for curve in curves], dtype=float).mean(0)
        # Records hold total bytes only; they are taken as spent evenly over the steps.
        return steps / steps[-1] * (self.sent + self.received), values


def costs(groups: Sequence[Runs], measure: str | None = None) -> list[Cost]:
    """Returns the cost of every experiment, the best final value first and diverged ones last.

    The best is the largest test_accuracy, and the smallest value of any other measure. Where an
    experiment has one seed, so that chance may have put it there, the order is that of the labels.

    Args:
        groups: experiments with their records.
        measure: the measure to compare; by default test_accuracy if all have it, else objective.

    Raises:
        ValueError: an experiment has not measured it.
    """
    name = measure or _common_measure(groups)
    labels = _labels([runs.experiment.description["algorithm"] for runs in groups])
    found = [_cost(runs, label, name) for runs, label in zip(groups, labels, strict=True)]
    if not _ranked(found):
        return sorted(found, key=lambda cost: cost.label)
    sign = -1 if name in _LARGER_IS_BETTER else 1
    return sorted(found, key=lambda cost: (np.isnan(cost.end.mean()), sign * cost.end.mean()))


def is_better(measure: str, value: float, other: float) -> bool:
    """Returns whether a value of a measure is better than another."""
    return value > other if measure in _LARGER_IS_BETTER else value < other


def order_of(costs: Sequence[Cost]) -> str:
    """Returns a sentence on the order of costs, and on what it says."""
    if _ranked(costs):
        return "The order is by the mean at the end; ± is the standard deviation over seeds."
    single = sum(len(cost.end) == 1 for cost in costs)
    return (
        f"{single} of {len(costs)} experiments have one seed, which ranks nothing: differences "
        "between them may be chance. The order is that of the names."
    )


def setting_of(costs: Sequence[Cost]) -> str:
    """Returns a sentence on what all experiments have in common: problem, its fields, seeds."""
    problems = [dict(_flat(cost.runs.experiment.description["problem"])) for cost in costs]
    shared = {key: value for key, value in problems[0].items() if key not in _PLACES}
    shared = {k: v for k, v in shared.items() if all(p.get(k) == v for p in problems)}
    name = shared.pop("name", "several problems")
    given = ", ".join(f"{key}={value}" for key, value in shared.items())
    seeds = sorted({len(cost.end) for cost in costs})
    counts = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    return f"{name}: {given}; seeds: {counts}."


def _ranked(costs: Sequence[Cost]) -> bool:
    """Whether every experiment has several seeds, without which chance may decide the order."""
    return all(len(cost.end) > 1 for cost in costs)


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
    """Returns a label for each method: its name, and the fields that differ where names agree."""
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
    """Returns a name with those of its parts, such as compressed(minibatch_sgd, top_k)."""
    parts = [_name(description[key]) for key in _PARTS if isinstance(description.get(key), Mapping)]
    return f"{description['name']}({', '.join(parts)})" if parts else str(description["name"])


def _flat(description: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Returns fields by dotted name, without K and eta of a base, which repeat the wrapper's."""
    found: list[tuple[str, Any]] = []
    for key, value in description.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{key}.")
        elif not (prefix.endswith("base.") and key in ("step_size", "local_steps")):
            found.append((prefix + key, value))
    return found
