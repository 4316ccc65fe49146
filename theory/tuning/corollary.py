"""The tuned corollary of a theorem: its bound at the best step size, in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import sympy as sp

from theory.bound import Bound, Term
from theory.notation import check_values, symbols
from theory.tuning.monomials import power_of

(_ETA,) = symbols("step_size")


def powers_of_step_size(bound: Bound) -> list[tuple[Term, sp.Expr, sp.Rational]]:
    """Returns the terms of a bound, each with its coefficient and its power of the step size.

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
    r"""Returns the corollary of a bound for the best step size up to a cap.

    With terms A/eta and C_p eta^p (p > 0), the step size min{cap, min_p (A/C_p)^(1/(p+1))} gives
    at most A/cap + sum_p 2 A^(p/(p+1)) C_p^(1/(p+1)); where several terms share a power,
    (c_1 + c_2)^(1/(p+1)) <= c_1^(1/(p+1)) + c_2^(1/(p+1)) gives each of them a term of its own. Of
    each such term one half comes from A/eta and one from C_p eta^p.

    Args:
        bound: a bound with exactly one term in 1/eta, whose other terms grow with eta.
        key: the key of the corollary.
        cap: a step size up to which every condition holds, which the derivation must show.
        proof: the file name of that derivation; None if there is none.

    Raises:
        ValueError: a term is not a monomial in the step size, or not one term falls as 1/eta.
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
    """Returns the step size that a corollary fixes, at given numbers, unit x^2/f.

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
