"""Planted errors: a theorem altered in one place, and whether anything notices.

A proved bound is worth what its proof refuses. Each alteration makes it promise more than it does:
a coefficient divided by 4, an exponent moved by one, a condition weakened. Those that break the
units fall to the laws at once; the others must fail to replay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import sympy as sp

from theory.bound import Bound, Term
from theory.catalogue import proofs
from theory.discovery import module
from theory.notation.units import UnitError
from theory.proving.citations import Theorem
from theory.proving.proof import Proof, proved
from theory.testing.bound_laws import units_balance


@dataclass(frozen=True)
class Alteration:
    """One error that is planted in a bound or in a proof.

    Attributes:
        key: of the bound that was altered.
        what: the alteration, for a reader.
        noticed_by: "units", "proof" or "" where it survives.
    """

    key: str
    what: str
    noticed_by: str


def stated(proof: Proof) -> list[Bound]:
    """The bounds that a proof concludes, in order."""
    return [step.bound for step in proof.proves if isinstance(step, Theorem)]


def fails(name: str, place: int, altered: Bound) -> bool:
    """Whether the derivation of a file fails with one of the bounds that it states altered."""
    file = module("theory.proofs", name)
    bounds = stated(proofs()[name])
    return not proved(file.proof_of(*bounds[:place], altered, *bounds[place + 1 :]))


def altered_terms(bound: Bound) -> Iterator[tuple[str, Bound]]:
    """Each coefficient divided by 4 and each exponent moved by one, one at a time."""
    for place, term in enumerate(bound.terms):
        for what, expression in _altered(term.expression):
            terms = list(bound.terms)
            terms[place] = Term(term.name, expression)
            yield f"{term.name} {what}", replace(bound, terms=tuple(terms))


def score(name: str) -> Iterator[Alteration]:
    """Every alteration of the terms of every bound that a proof states, and what notices it."""
    for place, bound in enumerate(stated(proofs()[name])):
        for what, altered in altered_terms(bound):
            yield Alteration(bound.key, what, _noticed(name, place, altered))


@cache
def provers() -> tuple[str, ...]:
    """The proofs that conclude a bound, by file name."""
    return tuple(name for name, proof in proofs().items() if stated(proof))


def _altered(expression: sp.Expr) -> Iterator[tuple[str, sp.Expr]]:
    """A term with one coefficient or one exponent altered; of sums within, each summand's too."""
    yield "/ 4", expression / 4
    for symbol in sorted(expression.free_symbols, key=str):
        yield f"x {symbol}", expression * symbol
        yield f"/ {symbol}", expression / symbol
    for total in sorted(expression.atoms(sp.Add), key=str):
        for part in total.args:
            if part.is_number or part.could_extract_minus_sign():
                continue  # a 1 of K - 1 is no coefficient, and less of what is taken off is more
            smaller = total - sp.Rational(3, 4) * part
            yield f"with {part} / 4 in {total}", expression.xreplace({total: smaller})


def _noticed(name: str, place: int, altered: Bound) -> str:
    try:
        units_balance(altered)
    except UnitError:
        return "units"
    return "proof" if fails(name, place, altered) else ""
