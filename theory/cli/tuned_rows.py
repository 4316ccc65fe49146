"""The rows that `tune` prints: the best step sizes or local steps for the typed numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theory.bound import Bound
from theory.cli.arguments import parse
from theory.cli.options import given_points, point, points_of
from theory.tuning.best_step_size import best_step_size
from theory.tuning.local_steps import best_local_steps

_SCHEDULE = ("local_steps", "num_rounds", "num_steps")
"""The quantities of which two are chosen and one, num_rounds or num_steps, is given."""

Rows = tuple[list[dict[str, Any]], list[str]]
"""A row for each point of the ranges, and the names in it of what was chosen."""


def tuned_step_sizes(bound: Bound, tokens: Sequence[str]) -> Rows:
    """Returns the best step size at every point.

    Raises:
        ValueError: the bound has no free step size, or a number is missing, unknown or out of
            range.
    """
    if "step_size" not in bound.parameters:
        how = "has put one in" if bound.step_size is not None else "has none"
        raise ValueError(f"{bound.key} leaves no step size to choose: it {how}; evaluate it")
    points = points_of(bound, tokens, without=("step_size",))
    rows = []
    for index in range(len(next(iter(points.values())))):
        values = point(points, index)
        choice = best_step_size(bound, values)
        rows.append(
            {
                **values,
                "step_size": choice.step_size,
                "largest_admissible": choice.largest,
                "bound": float(choice.evaluation.value),
                "relative_gap": choice.gap,
                "leading_term": str(choice.evaluation.leading_term),
            }
        )
    return rows, ["step_size", "largest_admissible", "bound", "relative_gap", "leading_term"]


def tuned_local_steps(bound: Bound, tokens: Sequence[str], most: int) -> Rows:
    """Returns the best number of local steps at every point, for fixed rounds or steps.

    Args:
        bound: the bound.
        tokens: assignments name=value, as typed.
        most: the greatest K to try.

    Raises:
        ValueError: the bound does not use local_steps, a number is missing, unknown or out of
            range, or is given although it is chosen, or no K meets the conditions.
    """
    given = parse(tokens, [*bound.parameters, *_SCHEDULE])
    held = "num_steps" if "num_steps" in given else "num_rounds"
    for name in _SCHEDULE:
        if name in given and name != held:
            raise ValueError(f"{bound.key}: {name} is what tune chooses; leave it out")
    wanted = [name for name in bound.parameters if name not in _SCHEDULE]
    points = given_points(tokens, [*wanted, held], bound.key, without=("step_size",))
    rows = []
    for index in range(len(next(iter(points.values())))):
        values = point(points, index)
        steps = int(values.pop("num_steps")) if held == "num_steps" else None
        best = best_local_steps(bound, values, most=most, num_steps=steps)
        rows.append(
            {
                **point(points, index),
                "local_steps": best.local_steps,
                "num_rounds": best.num_rounds,
                "step_size": best.step_size,
                "bound": best.value,
            }
        )
    own = [] if rows[0]["step_size"] is None else ["step_size"]
    return rows, ["local_steps", "num_rounds", *own, "bound"]
