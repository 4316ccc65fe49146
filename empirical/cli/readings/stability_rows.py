"""What `ratebound stability` prints: rows as plain data, and their table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from empirical.algorithm import Algorithm
from empirical.cli.readings.table import Row, grid_table
from empirical.falsification.tightness import bounds_on
from empirical.problem import ExactProblem
from empirical.readings.stability import largest_stable_step_size
from empirical.verdicts.applicability import function_mismatch, known_constants
from theory.bound import Bound
from theory.tuning.best_step_size import largest_step_size


def stability_row(
    algorithm: Algorithm[Any], problem: ExactProblem, own: Sequence[Bound] = ()
) -> Row:
    """The largest stable step size and the largest that a bound admits, unit x^2/f.

    Args:
        algorithm: the method.
        problem: a quadratic one.
        own: bounds of one's own, beside those of the catalogue.
    """
    admitted: dict[str, float | None] = {}
    known = known_constants(algorithm, problem)
    for bound in bounds_on(algorithm, own):
        if function_mismatch(bound, problem) is not None:
            continue
        values = {name: known.get(name, 1.0) for name in bound.parameters if name != "step_size"}
        try:
            admitted[bound.key] = largest_step_size(bound, values)
        except ValueError:  # a condition fails at every step size, or a number cannot be 1
            admitted[bound.key] = None
    return {"stable": largest_stable_step_size(algorithm, problem), "admitted": admitted}


def stability_answer(row: Row) -> Row:
    """Returns a row as JSON holds it: settings apart, and an object for each bound."""
    bounds = [{"key": key, "largest_admissible": top} for key, top in row["admitted"].items()]
    settings = {name: row[name] for name in row if name not in ("stable", "admitted")}
    return {"settings": settings, "largest_stable": row["stable"], "bounds": bounds}


def stability_table(title: str, rows: Sequence[Row]) -> Any:
    """One line a method, a column for every bound that speaks of any of them."""
    flat = [{**{n: row[n] for n in row if n != "admitted"}, **row["admitted"]} for row in rows]
    return grid_table(flat, title)
