"""The rows that `invert` prints: the fewest rounds for an accuracy, with their costs.

The typed numbers are those of the bound, of the time model (costs/time_model.py), and the accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from theory.bound import Bound
from theory.cli.arguments import grid, numbers, parse
from theory.costs.time_model import (
    ComputeTime,
    ConstantStepTime,
    LinkModel,
    Overlap,
    Pareto,
    Runtime,
    ShiftedExponential,
)
from theory.notation import GLOSSARY, check_values
from theory.tuning.inversion import Inversion, RoundsCost, fastest, fewest_rounds
from theory.tuning.local_steps import MOST

_NEEDED = ("dimension", "latency_seconds", "bytes_per_second", "step_seconds")
"""The numbers without which no bytes and seconds are computed."""

_MORE = ("excess_seconds", "pareto_shape", "bytes_per_number")
"""Further numbers of the time model, which have defaults or may be left out."""


def inverted(
    bound: Bound, tokens: Sequence[str], most: int | None, *, overlapped: bool
) -> list[dict[str, Any]]:
    """Returns a row for each point of the ranges, with the fewest rounds and their costs.

    Rounds and costs are None where the accuracy is never reached.

    Args:
        bound: the bound to invert.
        tokens: assignments name=value, as typed.
        most: the greatest K to try; None if K is given.
        overlapped: whether messages travel while the next round computes.

    Raises:
        ValueError: a number is missing, unknown or out of range.
    """
    given = parse(tokens, bound.parameters)
    points = grid({name: numbers(name, text) for name, text in given.items()})
    if "accuracy" not in points:
        raise ValueError(f"invert needs accuracy=VALUE, unit {bound.measure.unit}")
    rows = []
    for index in range(len(points["accuracy"])):
        values = {name: float(column[index]) for name, column in points.items()}
        rows.append(_row(bound, values, most, overlapped=overlapped))
    return rows


def _row(
    bound: Bound, values: Mapping[str, float], most: int | None, *, overlapped: bool
) -> dict[str, Any]:
    own = _own(bound, values, most)
    workers = int(GLOSSARY["num_workers"].check(values.get("num_workers", 1)))
    steps = np.array([values.get("local_steps", 1.0)])
    if most is not None:
        if not 1 <= most <= MOST or "local_steps" in values:
            raise ValueError(f"--most-local-steps must lie in [1, {MOST}], local_steps left out")
        steps = np.arange(1, most + 1, dtype=float)
    runtime = _runtime(bound, values, overlapped=overlapped)
    found = fewest_rounds(bound, own, values["accuracy"], steps)
    best, price = _best(found, workers, runtime)
    reached = bool(np.isfinite(found.num_rounds[best]))
    rounds = int(found.num_rounds[best]) if reached else None
    row = {
        **values,
        "local_steps": int(steps[best]),
        "num_rounds": rounds,
        **_step_size(bound, values, found.step_size[best]),
        "bound": _number(found.value[best]),
        "bound_with_one_less": _number(found.before[best]),
        "certain": bool(found.certain[best]),
        "gradients": None if rounds is None else workers * int(steps[best]) * rounds,
    }
    if runtime is not None:
        row["bytes"] = None if price is None else price.sent_bytes
        row["seconds"] = None if price is None else price.seconds
    return row


def _step_size(bound: Bound, values: Mapping[str, float], best: float) -> dict[str, float | None]:
    """Returns the given or else the best step size; nothing if the bound has no free one."""
    if "step_size" not in bound.parameters:
        return {}
    return {"step_size": values.get("step_size", _number(best))}


def _own(bound: Bound, values: Mapping[str, float], most: int | None) -> dict[str, float]:
    """Returns the numbers that the bound itself uses, and refuses those that nothing uses."""
    schedule = ("num_rounds", "num_steps", "local_steps")
    beside = ("accuracy", "num_workers", "local_steps", *_NEEDED, *_MORE)
    for name in values:
        if name in ("num_rounds", "num_steps"):
            raise ValueError(f"{bound.key}: {name} is what invert chooses; leave it out")
        if name not in bound.parameters and name not in beside:
            takes = ", ".join(dict.fromkeys([*bound.parameters, *beside]))
            raise ValueError(f"{name} is not used by {bound.key} or invert; they take {takes}")
    wanted = [n for n in bound.parameters if n not in schedule]
    wanted = [n for n in wanted if n != "step_size" or n in values]
    own = {name: values[name] for name in wanted if name in values}
    check_values(own, wanted, asker=bound.key)
    if most is None and "local_steps" in bound.parameters and "local_steps" not in values:
        raise ValueError(f"{bound.key} needs local_steps; give it or --most-local-steps")
    return own


def _best(found: Inversion, workers: int, runtime: Runtime | None) -> tuple[int, RoundsCost | None]:
    """Returns the index of the K with the least seconds, and the cost there.

    Without a time model it is the index of the K with the fewest rounds, and the cost is None.
    """
    if runtime is not None and np.isfinite(found.num_rounds).any():
        price = fastest(found, workers, runtime)
        return int(np.flatnonzero(found.local_steps == price.local_steps)[0]), price
    return int(np.argmin(np.nan_to_num(found.num_rounds, nan=np.inf))), None


def _runtime(bound: Bound, values: Mapping[str, float], *, overlapped: bool) -> Runtime | None:
    """Returns the time model of the given numbers; None if none of them belongs to it."""
    # Bounds may have a dimension as well, so giving it does not ask for seconds by itself.
    asked = [n for n in (*_NEEDED, *_MORE) if n in values and n not in bound.parameters]
    if not asked and not overlapped:
        return None
    missing = [name for name in _NEEDED if name not in values]
    if missing:
        raise ValueError(f"seconds need {', '.join(missing)}; give {missing[0]}=VALUE")
    return Runtime(
        dimension=int(GLOSSARY["dimension"].check(values["dimension"])),
        compute=_compute(values),
        link=LinkModel(values["latency_seconds"], values["bytes_per_second"]),
        bytes_per_number=values.get("bytes_per_number", 4.0),
        overlap=Overlap.OVERLAPPED if overlapped else Overlap.BLOCKING,
    )


def _compute(values: Mapping[str, float]) -> ComputeTime:
    if "excess_seconds" in values and "pareto_shape" in values:
        raise ValueError("workers straggle by excess_seconds or by pareto_shape, not by both")
    step = values["step_seconds"]
    try:
        if "excess_seconds" in values:
            return ShiftedExponential(step, values["excess_seconds"])
        if "pareto_shape" in values:
            return Pareto(step, values["pareto_shape"])
        return ConstantStepTime(step)
    except ValueError as error:
        # The classes have other names for these numbers than the command line.
        said = str(error).replace("least_seconds=", "step_seconds=")
        renamed = f"pareto_{said}" if said.startswith("shape=") else said
        raise ValueError(renamed) from None


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
