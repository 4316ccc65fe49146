"""Laws that every bound obeys: plain functions that raise an error where the law is broken.

Most raise AssertionError; a law of units raises UnitError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from theory.bound import Bound, ConditionError, Standing
from theory.comparison.conversions import Conversion
from theory.export.bibliography import entries
from theory.notation import GLOSSARY, symbols
from theory.notation.geometric_sum import GeometricSum
from theory.notation.units import UnitError, check_relation, unit_of
from theory.testing.requirement import require
from theory.tuning.best_step_size import best_step_size

_ROUNDING = 1e-12
"""The relative error that is allowed for rounding."""

_TINY = np.finfo(np.float64).tiny
"""The least normal float; smaller ones lose their digits, so relative errors mean nothing there."""


def units_balance(bound: Bound) -> None:
    """Checks that terms have the unit of the measure, and both sides of each condition one unit.

    Raises:
        UnitError: a unit differs; the message names the term, the condition or the step size.
    """
    for term in bound.terms:
        found = unit_of(term.expression)
        if found != bound.measure.unit:
            raise UnitError(
                f"{bound.key}: {term.name} has unit {found}, the measure has {bound.measure.unit}"
            )
    for relation in bound.conditions:
        check_relation(relation)
    if bound.step_size is not None and unit_of(bound.step_size) != GLOSSARY["step_size"].unit:
        raise UnitError(f"{bound.key}: its step size has unit {unit_of(bound.step_size)}")


def terms_are_nonnegative(bound: Bound, values: Mapping[str, float | np.ndarray]) -> None:
    """Checks that no term is negative at the given values of the parameters."""
    for name, found in bound.evaluate(**values).terms.items():
        good = found >= 0
        require(
            good.all(), _at_first(f"{bound.key}: {name} is negative or no number", values, ~good)
        )


def moves_as_declared(
    bound: Bound, values: Mapping[str, float | np.ndarray], factor: float | np.ndarray
) -> None:
    """Checks the declared monotonicity: increasing and decreasing quantities act as they should.

    Args:
        bound: the bound to check.
        values: the values of its parameters, one or many points.
        factor: the factor above 1 by which each quantity is increased in turn.
    """
    here = bound.evaluate(**values).value
    for name in sorted(set(bound.increasing + bound.decreasing) & set(bound.parameters)):
        moved = {**values, name: _moved(name, np.asarray(values[name]), np.asarray(factor))}
        there = bound.evaluate(**moved).value
        low, high = (here, there) if name in bound.increasing else (there, here)
        good = low <= high * (1 + _ROUNDING)
        require(good.all(), _at_first(f"{bound.key} is not monotone in {name}", values, ~good))


def _moved(name: str, values: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Returns larger values of a quantity that are still in its range."""
    row = GLOSSARY[name]
    if row.integer:
        return np.asarray(values * np.ceil(factor) + (values == 0))  # no factor increases 0
    # At most half of the way to the upper end of the range, which may be excluded.
    far = np.where(values == 0, factor - 1, values * factor)
    return np.asarray(np.minimum(far, (values + row.high) / 2))


def _at_first(what: str, values: Mapping[str, float | np.ndarray], where: np.ndarray) -> str:
    """Returns a message with the values at the first point where an array is true, if any is."""
    names, columns = list(values), np.broadcast_arrays(where, *values.values())
    places = np.flatnonzero(columns[0])
    if not len(places):
        return what
    at = {n: float(c.flat[places[0]]) for n, c in zip(names, columns[1:], strict=True)}
    return f"{what} at {at}"


def numbers_agree_with_symbols(bound: Bound, values: Mapping[str, float]) -> None:
    """Checks that compiled terms and conditions agree with the symbolic ones at 50 digits.

    The symbolic ones are compiled for mpmath. Numbers are not substituted into them, since sympy
    1.14 wrongly takes Min(3/8, 237/(K R)) for 3/8.
    """
    found = bound.evaluate(**values)
    sides = [side for item in found.conditions for side in (item.left, item.right)]
    with mpmath.workdps(50):
        exact = _exactly(bound)(*(mpmath.mpf(values[name]) for name in bound.parameters))
        names = [*found.terms]
        names += [f"{side} of {c.relation}" for c in found.conditions for side in ("left", "right")]
        for name, number, expected in zip(
            names, [*found.terms.values(), *sides], exact, strict=True
        ):
            slack = _ROUNDING * abs(expected) + _TINY
            require(abs(number - expected) <= slack, f"{bound.key}: {name}: {number}, {expected}")


@lru_cache(maxsize=1024)
def _exactly(bound: Bound) -> Callable[..., list[Any]]:
    """Returns terms and sides of conditions as one function in mpmath's arithmetic."""
    sides = [side for relation in bound.conditions for side in (relation.lts, relation.gts)]
    expressions = [term.expression for term in bound.terms] + sides
    made: Callable[..., list[Any]] = sp.lambdify(
        symbols(*bound.parameters),
        [item.replace(GeometricSum, sp.Function("series")) for item in expressions],
        modules=[{"series": _series}, "mpmath"],
    )
    return made


def _series(ratio: Any, count: Any) -> Any:
    return count if ratio == 1 else (1 - ratio**count) / (1 - ratio)


def source_is_in_the_bibliography(bound: Bound) -> None:
    """Checks that the source of a bound is an entry of references.bib."""
    require(bound.source.key in entries(), f"{bound.key}: {bound.source.key} is in no bibliography")


def what_is_proved_names_its_proof(bound: Bound) -> None:
    """Checks that a bound of standing PROVED names a derivation that can be replayed."""
    require((bound.standing is not Standing.PROVED) or bound.proof, f"{bound.key} names no proof")


def tuned_is_no_worse_than_any_admissible_choice(
    bound: Bound, values: Mapping[str, float], fractions: np.ndarray
) -> None:
    """Checks that no admissible step size on a grid is better than the tuned one.

    Where tuning raises an error, the grid must agree that there is no best one: either no step size
    is admissible, or the bound keeps falling as the step size goes to 0 or to infinity.

    Args:
        bound: a bound with a free step size.
        values: values for its other parameters.
        fractions: the grid, as fractions of the largest admissible step size.
    """
    try:
        choice = best_step_size(bound, values)
    except ConditionError:
        wide = bound.evaluate(**{**values, "step_size": np.geomspace(1e-30, 1e30, len(fractions))})
        require(not wide.holds.any(), f"{bound.key}: a step size is admissible at {dict(values)}")
        return
    except ValueError as refusal:
        _is_least_beyond_every_step_size(bound, values, fractions, str(refusal))
        return
    largest = choice.largest if np.isfinite(choice.largest) else 100 * choice.step_size
    grid = bound.evaluate(**{**values, "step_size": largest * fractions})
    best = grid.value[grid.holds].min(initial=np.inf)
    require(choice.evaluation.holds, f"{bound.key}: the tuned step size is not admissible")
    require(
        choice.evaluation.value <= best * (1 + 1e-8), f"{bound.key}: {best} beats the tuned one"
    )
    require(choice.gap <= 1e-6, f"{bound.key}: a step size may be better by {choice.gap:.1e}")


def _is_least_beyond_every_step_size(
    bound: Bound, values: Mapping[str, float], fractions: np.ndarray, refusal: str
) -> None:
    end = 1e-90 if "step_size -> 0" in refusal else 1e90
    steps = np.append(np.geomspace(1e-30, 1e30, len(fractions)), end)
    wide = bound.evaluate(**{**values, "step_size": steps})
    least = wide.value[wide.holds].min(initial=np.inf)
    require(wide.holds[-1], f"{refusal}, but it is not admissible there")
    require(wide.value[-1] <= least * (1 + _ROUNDING), f"{refusal}, but it has a minimum")


def a_corollary_is_no_better_than_its_theorem(
    theorem: Bound, corollary: Bound, values: Mapping[str, float]
) -> None:
    """Checks that a tuned corollary is at least its theorem at the best admissible step size."""
    known = {name: values[name] for name in corollary.parameters}
    best = best_step_size(theorem, {n: values[n] for n in theorem.parameters if n != "step_size"})
    promised = corollary.evaluate(**known).value
    require(best.evaluation.value <= promised * (1 + 1e-9), f"{corollary.key} promises too much")


def a_conversion_holds(conversion: Conversion, constants: Mapping[str, float]) -> None:
    """Checks that the measured constants of one problem obey a conversion between them."""
    found, allowed = constants[conversion.gives], float(conversion.at(constants))
    # Where the constants should vanish, their rounding errors scale with the gradients.
    slack = _ROUNDING * constants.get("gradient_bound", 1.0)
    require(found <= allowed * (1 + 1e-9) + slack, f"{conversion} fails: {found} > {allowed}")
