"""The best step size: in closed form for a theorem, exactly for given numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from scipy.optimize import brentq, minimize_scalar

from theory.bound import Bound, ConditionError, Evaluation, Term
from theory.notation import GLOSSARY, check_values, symbols

(_ETA,) = symbols("step_size")


def powers_of_step_size(bound: Bound) -> list[tuple[Term, sp.Expr, sp.Rational]]:
    """Each term as coefficient times a power of the step size.

    Raises:
        ValueError: a term is not a monomial in the step size.
    """
    rows = []
    for term in bound.terms:
        coefficient, power = term.expression.as_independent(_ETA, as_Add=False)
        exponent = power.as_base_exp()[1] if power != 1 else sp.Integer(0)
        if power not in (1, _ETA**exponent):
            raise ValueError(f"{bound.key}: term {term.name} is no monomial in step_size")
        rows.append((term, coefficient, exponent))
    return rows


def tuned(bound: Bound, key: str, *, cap: sp.Expr, proof: str | None = None) -> Bound:
    r"""The corollary for the best step size up to a cap, derived from the bound.

    With terms A/eta and C_p eta^p (p > 0), the step size min{cap, min_p (A/C_p)^(1/(p+1))} gives
    at most A/cap + sum_p 2 A^(p/(p+1)) C_p^(1/(p+1)); where several terms share a power,
    (c_1 + c_2)^(1/(p+1)) <= c_1^(1/(p+1)) + c_2^(1/(p+1)) keeps them apart. Of each such term one
    half comes from A/eta and one from C_p eta^p.

    Args:
        bound: has exactly one term in 1/eta; the others grow with eta.
        key: of the corollary.
        cap: a step size up to which every condition holds; that is for the proof to show.
        proof: file name of the derivation that shows it.
    """
    rows = powers_of_step_size(bound)
    [(falling, A, _)] = [row for row in rows if row[2] == -1]
    rising = [row for row in rows if row[2] > 0]
    choices = [cap]
    for power in sorted({exponent for _, _, exponent in rising}):
        total = sp.Add(*(C for _, C, exponent in rising if exponent == power))
        choices.append((A / total) ** (1 / (power + 1)))
    terms = [Term(falling.name, A / cap)]
    terms += [Term(term.name, 2 * (A**p * C) ** (1 / (p + 1))) for term, C, p in rising]
    return replace(
        bound,
        key=key,
        title=f"{bound.title}, step size tuned",
        terms=tuple(terms),
        conditions=(),
        step_size=sp.Min(*choices, evaluate=False),
        proof=proof,
    )


def own_step_size(bound: Bound, values: Mapping[str, float]) -> float:
    """The step size that a corollary has put in, at given numbers, unit x^2/f.

    Raises:
        ValueError: the step size is free, or a value it needs is missing.
    """
    if bound.step_size is None:
        raise ValueError(f"{bound.key}: its step size is free; give step_size=VALUE")
    names = sorted(symbol.name for symbol in bound.step_size.free_symbols)
    known = check_values({n: values[n] for n in names if n in values}, names, asker=bound.key)
    choose = sp.lambdify(symbols(*names), bound.step_size, modules="numpy")
    with np.errstate(divide="ignore"):  # a term that is absent does not limit the step size
        return float(choose(*known.values()))


@dataclass(frozen=True)
class Choice:
    """The best admissible step size for given numbers.

    Attributes:
        step_size: in units x^2/f.
        largest: the largest admissible step size; infinite where no condition limits it.
        evaluation: the bound at that step size.
    """

    step_size: float
    largest: float
    evaluation: Evaluation


def best_step_size(bound: Bound, values: Mapping[str, float]) -> Choice:
    """The admissible step size at which a bound is least.

    Where each term is a monomial in eta it is exact, not searched on a grid: the bound is convex in
    log eta and its minimum is where the derivative changes sign, or the largest admissible step
    size if that comes first. Elsewhere a fine grid is searched and its best point polished.

    Raises:
        ValueError: a value is missing or out of range, the step size is given or not a parameter,
            or the bound falls for ever (no term grows and no condition limits the step size).
    """
    if "step_size" in values or "step_size" not in bound.parameters:
        raise ValueError(f"{bound.key}: step_size is what tune chooses; leave it out")
    largest = largest_step_size(bound, values)
    numbers = {GLOSSARY[name].symbol: value for name, value in values.items()}
    try:
        powers = powers_of_step_size(bound)
    except ValueError:
        return _searched(bound, values, largest)
    rows = [(float(coefficient.subs(numbers)), float(power)) for _, coefficient, power in powers]
    rows = [(coefficient, power) for coefficient, power in rows if coefficient > 0 and power != 0]

    def derivative(log_step: float) -> float:
        return sum(
            power * math.exp(math.log(coefficient) + power * log_step)
            for coefficient, power in rows
        )

    if not any(power > 0 for _, power in rows):
        step = largest
    elif not any(power < 0 for _, power in rows):
        raise ValueError(f"{bound.key}: no step size is best; the bound falls as step_size -> 0")
    else:
        step = min(largest, float(np.exp(_sign_change(derivative))))
    if not np.isfinite(step):
        raise ValueError(f"{bound.key}: no step size is best; nothing limits it from above")
    return Choice(step, largest, bound.evaluate(**{**values, "step_size": step}))


def _searched(bound: Bound, values: Mapping[str, float], largest: float) -> Choice:
    """The best of a grid over thirty decades, polished between its neighbours."""
    if not np.isfinite(largest):
        raise ValueError(f"{bound.key}: no step size is best; nothing limits it from above")

    def at(step: float | np.ndarray) -> Evaluation:
        return bound.evaluate(**{**values, "step_size": step})

    grid = largest * np.geomspace(1e-30, 1, _GRID)
    found = at(grid).value
    near = np.flatnonzero(found <= found.min() * (1 + 4 * np.finfo(np.float64).eps))
    best = int(near[-1])  # where small steps all round to the same bound, the largest of them
    if best == 0:
        raise ValueError(f"{bound.key}: no step size is best; the bound falls as step_size -> 0")
    around = np.log(grid[[best - 1, min(best + 1, _GRID - 1)]])
    polished = minimize_scalar(
        lambda log: float(at(np.exp(log)).value), bounds=around, method="bounded"
    )
    step = min(float(np.exp(polished.x)), largest)
    choices = [Choice(one, largest, at(one)) for one in (step, float(grid[best]))]
    return min(choices, key=lambda choice: float(choice.evaluation.value))


_GRID = 3001
"""Step sizes that are tried, a hundred a decade."""


def largest_step_size(bound: Bound, values: Mapping[str, float]) -> float:
    """The largest step size that meets every condition; infinite where none limits it.

    Raises:
        ConditionError: a condition fails for every step size.
    """

    def excess(log_step: float) -> float:
        evaluation = bound.evaluate(**{**values, "step_size": np.exp(log_step)})
        return max(float(item.left - item.right) for item in evaluation.conditions)

    if not bound.conditions or excess(_RANGE[1]) <= 0:
        return np.inf
    if excess(_RANGE[0]) > 0:
        evaluation = bound.evaluate(**{**values, "step_size": np.exp(_RANGE[0])})
        failed = next(item for item in evaluation.conditions if not item.holds)
        raise ConditionError(f"{bound.key}: condition {failed} at every step size")
    step = float(np.exp(brentq(excess, *_RANGE, xtol=1e-15, rtol=1e-15)))
    while not bound.evaluate(**{**values, "step_size": step}).holds:
        step = float(np.nextafter(step, 0))
    return step


_RANGE = (-230.0, 230.0)
"""Logarithms of the step sizes that are searched: 1e-100 to 1e100."""


def _sign_change(function: Callable[[float], float]) -> float:
    """Where an increasing function of log eta crosses zero."""
    return float(brentq(function, *_RANGE, xtol=1e-14, rtol=1e-14))
