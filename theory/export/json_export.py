"""Theorems as plain data that other tools can read, and back.

A document is one theorem or a list of them; bound.schema.json beside this file describes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import sympy as sp
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from sympy.core.relational import Relational

from theory.assumptions import Assumption
from theory.bound import Bound, Constants, Provenance, Side, Source, Standing, Term
from theory.export.formula import parsed, written
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import GLOSSARY, Notation, latex
from theory.notation.powers import monomial
from theory.notation.units import unit_of

SCHEMA = Path(__file__).parent / "bound.schema.json"
"""The JSON Schema of a document, draft 2020-12."""

IDENTIFIER = "urn:ratebound:bound:1"
"""The value of every theorem's $schema; its number rises when readers of documents must change."""


def schema() -> dict[str, Any]:
    """Returns the JSON Schema of a document as plain data."""
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


def bound_as_json(bound: Bound) -> dict[str, Any]:
    """Returns a theorem as plain data, with all that the catalogue holds about it.

    Raises:
        ValueError: a field of the algorithm is fixed at a value that JSON cannot hold.
    """
    return {
        "$schema": IDENTIFIER,
        "key": bound.key,
        "title": bound.title,
        "algorithm": bound.algorithm,
        "side": bound.side.value,
        "constants": bound.constants.value,
        "measure": _measure(bound.measure),
        "terms": [_term(term) for term in bound.terms],
        "latex": " + ".join(latex(term.expression) for term in bound.terms),
        "parameters": [_parameter(GLOSSARY[name]) for name in bound.parameters],
        "conditions": [_condition(relation) for relation in bound.conditions],
        "assumptions": {item.name: item.value for item in sorted(bound.assumptions, key=_name)},
        "step_size": None if bound.step_size is None else _formula(bound.step_size),
        "fixes": {name: _plain(value) for name, value in bound.fixes},
        "increasing": list(bound.increasing),
        "decreasing": list(bound.decreasing),
        "source": {
            "key": bound.source.key,
            "locator": bound.source.locator,
            "provenance": bound.source.provenance.name,
            "note": bound.source.note,
        },
        "standing": bound.standing.name,
        "proof": bound.proof,
        "refutation": bound.refutation,
        "amended": bound.amended,
    }


def bounds_from_json(document: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[Bound]:
    """Returns the theorems of a document; each equals the theorem that was written to it.

    Units, ranges and exponents follow from the formulas and the glossary, and must be what they are
    there; LaTeX and statements may be any text.

    Args:
        document: one theorem or a list of them, as bound_as_json returns them.

    Raises:
        ValueError: the $schema is another one, a field is not as the schema says or not what
            follows from the others, or a name or formula is unknown.

    Example:
        >>> from theory import lookup
        >>> row = bound_as_json(lookup("local_sgd.nonconvex"))
        >>> bounds_from_json(row) == [lookup("local_sgd.nonconvex")]
        True
    """
    rows = [document] if isinstance(document, Mapping) else document
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError("a document must be one theorem, an object, or a list of them")
    return [_checked(row) for row in rows]


def _checked(row: Mapping[str, Any]) -> Bound:
    """Returns the theorem of an object all of whose fields are what they must be."""
    if row.get("$schema") != IDENTIFIER:
        raise ValueError(f"$schema={row.get('$schema')} must be {IDENTIFIER}")
    name = row.get("key", "a theorem")
    if (wrong := _against_schema(row)) is not None:
        raise ValueError(f"{name}: {wrong}")
    try:
        made = _bound(row)
    except KeyError as error:
        raise ValueError(f"{name}: {error} is unknown") from None
    except (TypeError, ArithmeticError) as error:  # a formula of numbers that sympy cannot take
        raise ValueError(f"{name}: a formula cannot be read ({error})") from None
    place = _difference(row, bound_as_json(made))
    if place is not None:
        raise ValueError(f"{name}: {place} is not what follows from the rest of the theorem")
    return made


def _against_schema(row: Mapping[str, Any]) -> str | None:
    """Returns where a theorem is not as the published schema says, and how; None if nowhere."""
    found = best_match(_validator().iter_errors(row))
    if found is None:
        return None
    place = found.json_path.removeprefix("$").removeprefix(".") or "it"
    return f"{place}: {found.message}"


@cache
def _validator() -> Any:
    return Draft202012Validator({**schema(), "anyOf": [{"$ref": "#/$defs/bound"}]})


_TEXTS = frozenset({"latex", "statement", "expression", "left", "right"})
"""Fields that may be any text: LaTeX is not read, and one formula can be written in many ways."""


def _difference(given: Any, made: Any, place: str = "") -> str | None:
    """Returns where a document differs from what its theorem is written as; None if nowhere."""
    if isinstance(given, Mapping) and isinstance(made, Mapping):
        for key in [*made, *given]:
            if key not in made or key not in given:
                return f"{place}.{key}".lstrip(".")
        inner = [(key, given[key], made[key]) for key in made]
    elif isinstance(given, list | tuple) and isinstance(made, list) and len(given) == len(made):
        inner = [(str(index), *pair) for index, pair in enumerate(zip(given, made, strict=True))]
    else:
        alike = isinstance(given, bool) == isinstance(made, bool) and given == made
        return None if alike else place.lstrip(".") or "it"
    for key, left, right in inner:
        if key in _TEXTS and isinstance(left, str):
            continue
        if (found := _difference(left, right, f"{place}.{key}")) is not None:
            return found
    return None


def _bound(row: Mapping[str, Any]) -> Bound:
    return Bound(
        key=row["key"],
        title=row["title"],
        algorithm=row["algorithm"],
        terms=tuple(Term(item["name"], parsed(item["expression"])) for item in row["terms"]),
        conditions=tuple(_relation(item) for item in row["conditions"]),
        assumptions=frozenset(Assumption[name] for name in row["assumptions"]),
        measure=Measure(
            Quantity[row["measure"]["quantity"]], ReportPoint[row["measure"]["report_point"]]
        ),
        source=_source(row["source"]),
        standing=Standing[row["standing"]],
        side=Side(row["side"]),
        constants=Constants(row["constants"]),
        fixes=tuple(row["fixes"].items()),
        step_size=row["step_size"] and parsed(row["step_size"]["expression"]),
        proof=row["proof"],
        refutation=row["refutation"],
        amended=row["amended"],
        increasing=tuple(row["increasing"]),
        decreasing=tuple(row["decreasing"]),
    )


def _source(row: Mapping[str, Any]) -> Source:
    return Source(row["key"], row["locator"], Provenance[row["provenance"]], row["note"])


def _relation(row: Mapping[str, Any]) -> Relational:
    return sp.Rel(parsed(row["left"]), parsed(row["right"]), row["relation"])


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "quantity": measure.quantity.name,
        "report_point": measure.report_point.name,
        "averaged": measure.averaged,
        "unit": str(measure.unit),
        "statement": str(measure),
    }


def _term(term: Term) -> dict[str, Any]:
    found = monomial(term.expression)
    powers = None if found is None else {name: str(power) for name, power in found[1].items()}
    return {
        "name": term.name,
        **_formula(term.expression),
        "unit": str(unit_of(term.expression)),
        "exponents": powers,
    }


def _condition(relation: Relational) -> dict[str, Any]:
    return {
        "left": written(relation.lhs),
        "relation": relation.rel_op,
        "right": written(relation.rhs),
        "latex": latex(relation),
    }


def _formula(expression: sp.Expr) -> dict[str, str]:
    return {"expression": written(expression), "latex": latex(expression)}


def _parameter(row: Notation) -> dict[str, Any]:
    return {
        "name": row.name,
        "latex": row.latex,
        "unit": str(row.unit),
        "meaning": row.meaning,
        "allowed": row.allowed,
        "range": {
            "low": row.low,
            "high": None if row.high == float("inf") else row.high,
            "low_excluded": row.open_low,
            "high_excluded": row.open_high,
            "integer": row.integer,
        },
    }


def _plain(value: object) -> bool | int | float | str | None:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError(f"{value!r} is no plain value; fix a number, a text, a truth value or None")


def _name(item: Assumption) -> str:
    return item.name
