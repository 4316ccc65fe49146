"""The best number of local steps, alone or together with the step size, by trying every one.

Bounds are neither monotone nor convex in K, and K is a whole number below some limit. So the bound
is evaluated at every K at once, each at its best step size, and only the step size needs a
certificate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from theory.bound import Bound
from theory.notation import GLOSSARY, check_values
from theory.tuning.best_values import values_at

_SCHEDULE = ("local_steps", "num_rounds", "num_steps")
"""The quantities K, R and T = K R, which a schedule determines together."""

MOST = 10**6
"""The largest limit on local steps that is accepted; more would take minutes."""


@dataclass(frozen=True)
class Schedule:
    """The best number of local steps, and the bound at every number that was tried.

    Attributes:
        local_steps: the best K; the smallest one if several are equally good.
        num_rounds: the number of rounds R at this K.
        step_size: the best step size at this K, unit x^2/f; None if the bound has no free one.
        value: the bound at this K.
        tried: every K that was tried, (tried,).
        values: the bound at each of them, (tried,); nan where its conditions fail.
    """

    local_steps: int
    num_rounds: int
    step_size: float | None
    value: float
    tried: np.ndarray
    values: np.ndarray


def best_local_steps(
    bound: Bound, values: Mapping[str, float], *, most: int, num_steps: int | None = None
) -> Schedule:
    """Returns the K at which a bound is least, for a fixed number of rounds or of steps.

    Args:
        bound: a bound that uses local_steps.
        values: values of its other parameters; with num_rounds unless num_steps is given.
        most: the greatest K that is tried, in [1, MOST].
        num_steps: T = K R, fixed while K runs over its divisors; if None, R is fixed.

    Raises:
        ValueError: the bound does not use local_steps, a number is missing, or is given although it
            is chosen here, or is out of range, or no K meets the conditions.
    """
    if "local_steps" not in bound.parameters:
        raise ValueError(f"{bound.key} does not depend on local_steps")
    most = int(_whole("most local_steps", most))
    for name in ("local_steps", *(("num_rounds",) if num_steps is not None else ())):
        if name in values:
            raise ValueError(f"{bound.key}: {name} is what tune chooses; leave it out")
    tried = np.arange(1, most + 1, dtype=float)
    if num_steps is not None:
        steps = float(GLOSSARY["num_steps"].check(num_steps))
        tried = tried[np.mod(steps, tried) == 0]
        rounds = steps / tried
    else:
        known = check_values(
            {"num_rounds": values["num_rounds"]} if "num_rounds" in values else {},
            ("num_rounds",),
            asker=bound.key,
        )
        rounds = np.full_like(tried, float(known["num_rounds"]))
    columns = scheduled(bound, values, tried, rounds)
    found, step_sizes = values_at(bound, columns, gap=1e-9)
    if np.isnan(found).all():
        raise ValueError(f"{bound.key}: its conditions fail for every local_steps up to {most}")
    best = int(np.nanargmin(found))  # the first of equal ones, which has the smallest K
    return Schedule(
        int(tried[best]),
        int(rounds[best]),
        None if step_sizes is None else float(step_sizes[best]),
        float(found[best]),
        tried,
        found,
    )


def scheduled(
    bound: Bound, values: Mapping[str, float], steps: np.ndarray, rounds: np.ndarray
) -> dict[str, np.ndarray]:
    """Returns columns of values for a bound at several schedules.

    K, R and T = K R are among the columns if the bound uses them.

    Args:
        bound: the bound.
        values: values of its other parameters; K, R and T among them are ignored.
        steps: K of each schedule.
        rounds: R of each schedule.

    Raises:
        ValueError: a number is missing, is not used by the bound, or is out of range.
    """
    schedule = dict(zip(_SCHEDULE, (steps, rounds, steps * rounds), strict=True))
    given = {name: value for name, value in values.items() if name not in schedule}
    columns = {name: np.full(len(steps), float(value)) for name, value in given.items()}
    columns |= {name: item for name, item in schedule.items() if name in bound.parameters}
    tuned = "step_size" in bound.parameters and "step_size" not in values
    wanted = [n for n in bound.parameters if not (tuned and n == "step_size")]
    check_values(columns, wanted, asker=bound.key)
    return columns


def _whole(name: str, value: float) -> float:
    if not (1 <= value <= MOST and float(value).is_integer()):
        raise ValueError(f"{name}={value:g} must be a whole number in [1, {MOST}]")
    return float(value)
