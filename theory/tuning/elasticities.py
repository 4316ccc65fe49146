"""Scaling of a bound: the exponents of its terms in each quantity, and its slopes at a point."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from theory.bound import Bound
from theory.notation import GLOSSARY
from theory.notation.exponents import exponent
from theory.tuning.best_step_size import best_step_size


def exponents(bound: Bound) -> dict[str, dict[str, str]]:
    """Returns for each term its exponent in each parameter, as that parameter alone grows.

    The exponent is -oo for a term that falls faster than every power. It is a question mark where
    none is known, and for a quantity that cannot grow without end, such as a pull-back in (0, 1).
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
    """Returns the local exponents d log bound / d log parameter at a point, for every parameter.

    Args:
        bound: the bound.
        values: values of its parameters; the step size is fixed at the best one unless given.

    Raises:
        ConditionError: a condition fails at the point.
        ValueError: the bound is 0 at the point, or a number is missing or out of range.
    """
    at = dict(values)
    if "step_size" in bound.parameters and "step_size" not in at:
        at["step_size"] = best_step_size(bound, at).step_size
    if not bound.value(**at) > 0:
        raise ValueError(f"{bound.key} is 0 there, and so has no slopes")
    return {name: float(bound.elasticity(name, **at)) for name in bound.parameters}
