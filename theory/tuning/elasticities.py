"""How a bound scales: the exponent of each term in each quantity, and its slopes at a point."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from theory.bound import Bound
from theory.notation import GLOSSARY
from theory.notation.exponents import exponent
from theory.tuning.best_step_size import best_step_size


def exponents(bound: Bound) -> dict[str, dict[str, str]]:
    """For each term, the exponent that it has in each parameter as that one alone grows.

    A term that falls faster than every power has -oo. Where none is known there is a question mark,
    also for a quantity that cannot grow without end, such as a pull-back in (0, 1).
    """
    found = {}
    for term in bound.terms:
        row = {}
        for name in bound.parameters:
            endless = np.isinf(GLOSSARY[name].high)
            power = exponent(term.expression, GLOSSARY[name].symbol) if endless else None
            row[name] = "?" if power is None else str(power)
        found[term.name] = row
    return found


def elasticities(bound: Bound, values: Mapping[str, float]) -> dict[str, float]:
    """The local exponents d log bound / d log name at a point, for every parameter.

    Args:
        bound: any.
        values: numbers for its parameters; the step size is held at the best one unless given.

    Raises:
        ConditionError: a condition fails there.
        ValueError: the bound is 0 there, or a number is missing or out of range.
    """
    at = dict(values)
    if "step_size" in bound.parameters and "step_size" not in at:
        at["step_size"] = best_step_size(bound, at).step_size
    if not bound.value(**at) > 0:
        raise ValueError(f"{bound.key} is 0 there, and so has no slopes")
    return {name: float(bound.elasticity(name, **at)) for name in bound.parameters}
