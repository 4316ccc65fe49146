"""The best number of local steps, alone or together with the step size, by trying every one.

Bounds are neither monotone nor convex in K, and K is a whole number below some limit: all of them
are evaluated at once, each at its best step size. So nothing is left to certify but the step size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from theory.bound import Bound
from theory.notation import GLOSSARY, check_values
from theory.tuning.best_values import values_at

_SCHEDULE = ("local_steps", "num_rounds", "num_steps")
MOST = 10**6
"""The largest limit on local steps; more would take minutes."""


@dataclass(frozen=True)
class Schedule:
    """The best number of local steps, and every other one.

    Attributes:
        local_steps: K; the smallest of those that are equally good.
        num_rounds: R that goes with it.
        step_size: the best one there, unit x^2/f; None where the bound has no free step size.
        value: the bound there.
        tried: every K that was tried.
        values: the bound at each of them; nan where its conditions fail.
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
    """The K at which a bound is least, for a number of rounds or a number of steps.

    Args:
        bound: uses local_steps.
        values: numbers for its other parameters; num_rounds among them unless num_steps is given.
        most: greatest K, in [1, MOST].
        num_steps: T = K R, held while K runs over its divisors; else the rounds are held.

    Raises:
        ValueError: the bound does not use local_steps, a number is missing, given that must not be,
            or out of range, or no K meets the conditions.
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
    best = int(np.nanargmin(found))
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
    """Columns of numbers for a bound, K, R and T = K R among them where it uses them.

    Raises:
        ValueError: a number that the bound does not use, or that the schedule decides.
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
