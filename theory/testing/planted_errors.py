"""Planted errors: a theorem altered in one place, and whether a check notices.

A proof is worth something only if it fails for a wrong bound. Each alteration divides a coefficient
of a bound by 4 or moves an exponent by one. An alteration that changes the unit breaks the law of
units; for any other the proof must fail to replay.
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
        key: the key of the bound that was altered.
        what: the alteration in words.
        noticed_by: "units" or "proof", the check that notices it; "" if none does.
    """

    key: str
    what: str
    noticed_by: str


def stated(proof: Proof) -> list[Bound]:
    """Returns the bounds that a proof concludes, in order."""
    return [step.bound for step in proof.proves if isinstance(step, Theorem)]


def fails(name: str, place: int, altered: Bound) -> bool:
    """Returns whether a derivation fails once one of the bounds that it states is altered.

    Args:
        name: the file name of the derivation.
        place: the index of the bound among those that it states.
        altered: the bound to state instead.
    """
    file = module("theory.proofs", name)
    bounds = stated(proofs()[name])
    return not proved(file.proof_of(*bounds[:place], altered, *bounds[place + 1 :]))


def altered_terms(bound: Bound) -> Iterator[tuple[str, Bound]]:
    """Yields a bound with one coefficient divided by 4 or one exponent moved by one at a time.

    Yields:
        The alteration in words, and the altered bound.
    """
    for place, term in enumerate(bound.terms):
        for what, expression in _altered(term.expression):
            terms = list(bound.terms)
            terms[place] = Term(term.name, expression)
            yield f"{term.name} {what}", replace(bound, terms=tuple(terms))


def score(name: str) -> Iterator[Alteration]:
    """Yields every alteration of a term of a bound that a proof states, with what notices it."""
    for place, bound in enumerate(stated(proofs()[name])):
        for what, altered in altered_terms(bound):
            yield Alteration(bound.key, what, _noticed(name, place, altered))


@cache
def provers() -> tuple[str, ...]:
    """Returns the file names of the proofs that conclude a bound."""
    return tuple(name for name, proof in proofs().items() if stated(proof))


def _altered(expression: sp.Expr) -> Iterator[tuple[str, sp.Expr]]:
    """Yields a term with one coefficient or exponent altered, also within the sums of the term."""
    yield "/ 4", expression / 4
    for symbol in sorted(expression.free_symbols, key=str):
        yield f"x {symbol}", expression * symbol
        yield f"/ {symbol}", expression / symbol
    for total in sorted(expression.atoms(sp.Add), key=str):
        for part in total.args:
            if part.is_number or part.could_extract_minus_sign():
                # The 1 in K - 1 is no coefficient, and a smaller subtrahend makes the bound larger.
                continue
            smaller = total - sp.Rational(3, 4) * part
            yield f"with {part} / 4 in {total}", expression.xreplace({total: smaller})


def _noticed(name: str, place: int, altered: Bound) -> str:
    try:
        units_balance(altered)
    except UnitError:
        return "units"
    return "proof" if fails(name, place, altered) else ""
