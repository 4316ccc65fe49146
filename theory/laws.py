"""Statements that every bound obeys: plain functions that raise AssertionError when broken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import sympy as sp

from theory.bound import Bound, Standing
from theory.notation import GLOSSARY
from theory.tuning import best_step_size
from theory.units import UnitError, check_relation, unit_of

BIBLIOGRAPHY = Path(__file__).parent / "references.bib"

_ROUNDING = 1e-12


def units_balance(bound: Bound) -> None:
    """Every term has the unit of the measure, and both sides of every condition agree."""
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


def terms_are_nonnegative(bound: Bound, values: Mapping[str, float]) -> None:
    """No term is below zero anywhere in the range of its parameters."""
    for name, value in bound.evaluate(**values).terms.items():
        assert value >= 0, f"{bound.key}: {name} is {value} at {dict(values)}"


def moves_as_declared(bound: Bound, values: Mapping[str, float], factor: float) -> None:
    """The bound does not fall in what it declares increasing, nor rise in what decreasing."""
    here = bound.evaluate(**values).value
    for name in set(bound.increasing + bound.decreasing) & set(bound.parameters):
        moved = values[name] * (np.ceil(factor) if GLOSSARY[name].integer else factor)
        there = bound.evaluate(**{**values, name: moved}).value
        low, high = (here, there) if name in bound.increasing else (there, here)
        assert low <= high * (1 + _ROUNDING), f"{bound.key} is not monotone in {name}"


def numbers_agree_with_symbols(bound: Bound, values: Mapping[str, float]) -> None:
    """The compiled bound agrees with the symbolic one at 50 digits."""
    exact = {GLOSSARY[name].symbol: sp.Rational(value) for name, value in values.items()}
    expected = bound.expression.subs(exact).evalf(50)
    found = bound.evaluate(**values).value
    assert abs(float(expected) - found) <= 1e-12 * abs(found), f"{bound.key}: {found}, {expected}"


def source_is_in_the_bibliography(bound: Bound) -> None:
    """The source is an entry of references.bib."""
    entries = re.findall(r"^@\w+\{(\S+),", BIBLIOGRAPHY.read_text(), flags=re.MULTILINE)
    assert bound.source.key in entries, f"{bound.key}: {bound.source.key} is in no bibliography"


def what_is_proved_names_its_proof(bound: Bound) -> None:
    """A bound stands as PROVED only with a derivation to replay."""
    assert (bound.standing is not Standing.PROVED) or bound.proof, f"{bound.key} names no proof"


def tuned_is_no_worse_than_any_admissible_choice(
    bound: Bound, values: Mapping[str, float], fractions: np.ndarray
) -> None:
    """No admissible step size on a grid beats the tuned one."""
    choice = best_step_size(bound, values)
    largest = choice.largest if np.isfinite(choice.largest) else 100 * choice.step_size
    grid = bound.evaluate(**{**values, "step_size": largest * fractions})
    best = grid.value[grid.holds].min(initial=np.inf)
    assert choice.evaluation.holds, f"{bound.key}: the tuned step size is not admissible"
    assert choice.evaluation.value <= best * (1 + 1e-9), f"{bound.key}: {best} beats the tuned one"


def a_corollary_is_no_better_than_its_theorem(
    theorem: Bound, corollary: Bound, values: Mapping[str, float]
) -> None:
    """A tuned corollary is at least the theorem at its best admissible step size."""
    known = {name: values[name] for name in corollary.parameters}
    best = best_step_size(theorem, {n: values[n] for n in theorem.parameters if n != "step_size"})
    promised = corollary.evaluate(**known).value
    assert best.evaluation.value <= promised * (1 + 1e-9), f"{corollary.key} promises too much"
