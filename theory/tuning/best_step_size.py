"""The best step size: in closed form for a theorem, exactly for given numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from theory.bound import Bound, ConditionError, Evaluation, Term
from theory.notation import check_values, symbols
from theory.tuning.monomials import power_of
from theory.tuning.step_sizes import best_step_sizes, largest_step_sizes

(_ETA,) = symbols("step_size")


def powers_of_step_size(bound: Bound) -> list[tuple[Term, sp.Expr, sp.Rational]]:
    """Each term as coefficient times a power of the step size.

    Raises:
        ValueError: a term is not a monomial in the step size.
    """
    rows = []
    for term in bound.terms:
        found = power_of(term.expression, _ETA)
        if found is None:
            raise ValueError(f"{bound.key}: term {term.name} is no monomial in step_size")
        rows.append((term, *found))
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
        gap: by which share of it the bound may still fall at another admissible step size.
    """

    step_size: float
    largest: float
    evaluation: Evaluation
    gap: float = 0.0


def best_step_size(bound: Bound, values: Mapping[str, float]) -> Choice:
    """The admissible step size at which a bound is least: one point of best_step_sizes.

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
    """The largest step size that meets every condition; infinite where none limits it.

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
    """No step size will do: names the condition that fails where fewest others do."""
    steps = np.geomspace(1e-100, 1e100, 401)
    evaluation = bound.evaluate(**{**values, "step_size": steps})
    failures = sum(~item.holds for item in evaluation.conditions)
    step = float(steps[np.argmin(failures)])
    evaluation = bound.evaluate(**{**values, "step_size": step})
    failed = next(item for item in evaluation.conditions if not item.holds)
    return ConditionError(f"{bound.key}: condition {failed} at every step size")
