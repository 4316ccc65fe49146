"""The commands `tune`, `invert` and `exponents`: best choices, fewest rounds, and scaling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from theory.cli.options import Json, cautioned, given_points, point, rows_table
from theory.presentation.terminal import DONE, console, print_json, print_rows, print_table

MostLocalSteps = Annotated[
    int | None, Parameter(name="--most-local-steps", help="Try every K up to this, keep the best.")
]

_INVERTED = (
    *("local_steps", "num_rounds", "step_size", "bound", "bound_with_one_less", "certain"),
    *("gradients", "bytes", "seconds"),
)
"""What `invert` finds, or repeats beside what it finds."""


def tune(
    key: str,
    *assignments: str,
    most_local_steps: MostLocalSteps = None,
    as_json: Json = False,
) -> int:
    """Find the best step size, or the best local steps with it, at one point or over ranges.

    Args:
        key: the key of the bound.
        assignments: name=value for every parameter but step_size; ranges as in evaluate. With
            --most-local-steps, leave local_steps out and give num_rounds, or give num_steps
            instead to keep the steps K R fixed.
    """
    from theory import catalogue
    from theory.cli.tuned_rows import tuned_local_steps, tuned_step_sizes

    bound = catalogue.lookup(key)
    rows, chosen = (
        tuned_step_sizes(bound, assignments)
        if most_local_steps is None
        else tuned_local_steps(bound, assignments, most_local_steps)
    )
    if as_json:
        return print_rows([_answer(key, row, chosen) for row in rows])
    varying = [name for name in rows[0] if len({row[name] for row in rows}) > 1]
    varying = [name for name in varying if name not in chosen]
    what = "best step size"
    if most_local_steps is not None:
        what = f"best local steps, of every K up to {most_local_steps}"
    print_table(rows_table(rows, [*varying, *chosen], f"{key}: {what}"))
    return cautioned(bound)


def invert(
    key: str,
    *assignments: str,
    most_local_steps: MostLocalSteps = None,
    overlap: Annotated[bool, Parameter(name="--overlap", negative="")] = False,
    as_json: Json = False,
) -> int:
    """Find the fewest rounds that promise an accuracy, and their gradients, bytes and seconds.

    Args:
        key: the key of the bound.
        assignments: accuracy=VALUE, in the unit of the measure, and name=value for every parameter
            but num_rounds; the step size is the best one unless given. For bytes and seconds also
            dimension, latency_seconds, bytes_per_second and step_seconds; if workers straggle,
            excess_seconds (exponential) or pareto_shape, and step_seconds is the least time;
            bytes_per_number is 4 unless given. Ranges as in evaluate.
        most_local_steps: try every K up to this instead of local_steps; keep the one with the
            least seconds, or with the fewest rounds without seconds.
        overlap: messages travel while the next round computes.
    """
    from theory import catalogue
    from theory.cli.inverted_rows import inverted

    bound = catalogue.lookup(key)
    rows = inverted(bound, assignments, most_local_steps, overlapped=overlap)
    if as_json:
        return print_rows([_answer(key, row, _INVERTED) for row in rows])
    beside = ("bound_with_one_less", "certain")
    shown = [name for name in _INVERTED if name in rows[0] and name not in beside]
    varying = [name for name in rows[0] if len({row[name] for row in rows}) > 1]
    columns = [*(name for name in varying if name not in _INVERTED), *shown, "fewest"]
    sure = {True: "yes", False: "perhaps not"}
    told = [
        {name: "never" if value is None else value for name, value in row.items()}
        | {"fewest": "not in 2^40" if row["num_rounds"] is None else sure[row["certain"]]}
        for row in rows
    ]
    tried = "" if most_local_steps is None else f", of every K up to {most_local_steps}"
    tried += " that with the least seconds" if tried and "seconds" in shown else ""
    print_table(rows_table(told, columns, f"{key}: fewest rounds{tried}"))
    return cautioned(bound)


def exponents(key: str, *assignments: str, as_json: Json = False) -> int:
    """Show how a bound scales: the exponent of each term, and the slope of the bound at a point.

    Args:
        key: the key of the bound.
        assignments: name=value for every parameter, for the slopes d log bound / d log name at
            this point; the step size is fixed at the best one unless given.
    """
    from theory import catalogue
    from theory.notation.plain_formula import plain_letter
    from theory.tuning.elasticities import elasticities, exponents

    bound = catalogue.lookup(key)
    table = exponents(bound)
    rows: list[dict[str, Any]] = [{"term": name, **powers} for name, powers in table.items()]
    scaling = [{"term": name, "exponents": powers} for name, powers in table.items()]
    found: dict[str, Any] = {"key": bound.key, "scaling": scaling}
    if assignments:
        points = given_points(assignments, bound.parameters, key, without=("step_size",))
        if any(len(set(column)) > 1 for column in points.values()):
            raise ValueError("exponents takes numbers, no ranges")
        slopes = elasticities(bound, point(points, 0))
        found |= {"values": point(points, 0), "slopes": slopes}
        rows.append({"term": "bound, here", **{name: slopes[name] for name in bound.parameters}})
    if as_json:
        return print_json(found)
    columns = [
        "term",
        *(n for n in bound.parameters if any(row[n] not in (0, "0") for row in rows)),
    ]
    headers = {name: f"{plain_letter(name)}\n{name}" for name in columns[1:]}
    title = f"{key}: exponents as each quantity grows"
    console().print(rows_table(rows, {"term": "term", **headers}, title))
    return DONE


def _answer(key: str, row: Mapping[str, Any], found: Sequence[str]) -> dict[str, Any]:
    """Returns a row for JSON: the values given in one object, and each value found by its name."""
    values = {name: value for name, value in row.items() if name not in found}
    return {"key": key, "values": values, **{name: row[name] for name in found if name in row}}
