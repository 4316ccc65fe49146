"""The best step size of a bound for given values of its other parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from theory.bound import Bound, ConditionError, Evaluation
from theory.notation import check_values
from theory.tuning.step_sizes import best_step_sizes, largest_step_sizes


@dataclass(frozen=True)
class Choice:
    """The best admissible step size for given values of the other parameters.

    Attributes:
        step_size: the best step size, unit x^2/f.
        largest: the largest admissible step size; infinite where no condition limits it.
        evaluation: the bound at the best step size.
        gap: the relative error of its value as a minimum: the share by which the bound may be less
            at another admissible step size.
    """

    step_size: float
    largest: float
    evaluation: Evaluation
    gap: float = 0.0


def best_step_size(bound: Bound, values: Mapping[str, float]) -> Choice:
    """Returns the admissible step size at which a bound is least: one point of best_step_sizes.

    Raises:
        ConditionError: a condition fails for every step size.
        ValueError: a value is missing or out of range, the step size is given or not a parameter,
            or the bound falls for ever (no term grows and no condition limits the step size).
    """
    found = best_step_sizes(bound, values)
    step = float(found.step_size[0])
    if math.isnan(step):
        raise _inadmissible(bound, values)
    evaluation = bound.evaluate(**{**values, "step_size": step})
    return Choice(step, float(found.largest[0]), evaluation, float(found.gap[0]))


def largest_step_size(bound: Bound, values: Mapping[str, float]) -> float:
    """Returns the largest step size that meets every condition; infinite where none limits it.

    Raises:
        ConditionError: a condition fails for every step size.
    """
    wanted = [name for name in bound.parameters if name != "step_size"]
    checked = check_values(values, wanted, asker=bound.key)
    found = largest_step_sizes(bound, {name: np.ravel(item) for name, item in checked.items()})
    if np.isnan(found[0]):
        raise _inadmissible(bound, values)
    return float(found[0])


def _inadmissible(bound: Bound, values: Mapping[str, float]) -> ConditionError:
    """Returns an error that names a condition that fails where the fewest conditions fail."""
    steps = np.geomspace(1e-100, 1e100, 401)
    evaluation = bound.evaluate(**{**values, "step_size": steps})
    failures = sum(~item.holds for item in evaluation.conditions)
    step = float(steps[np.argmin(failures)])
    evaluation = bound.evaluate(**{**values, "step_size": step})
    failed = [item for item in evaluation.conditions if not item.holds]
    if not failed:  # conditions hold somewhere, but the search cannot compute with the numbers
        return ConditionError(f"{bound.key}: these numbers are beyond what floats can hold")
    return ConditionError(f"{bound.key}: condition {failed[0]} at every step size")
