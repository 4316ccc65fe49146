"""The commands of the exact readings: moments, worst-case, mixing, stability."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from empirical.cli.progress import progress_bar
from theory.cli import app as theory_command
from theory.cli import tuning_commands
from theory.cli.app import Stack
from theory.cli.options import Json, Picture
from theory.cli.tuning_commands import Mark
from theory.presentation.terminal import DONE, FAILED, console, print_json, print_table

if TYPE_CHECKING:
    from theory.comparison.comparison import Reading

Tight = Annotated[
    bool,
    Parameter(
        name="--tightness",
        negative="",
        help="Set the exact worst case, or exact moments of hard instances, beside each bound.",
    ),
]

WITH_READINGS = ("evaluate", "compare")
"""Commands of the theory's half that this half has with more columns."""


def add_exact_commands(app: App) -> None:
    """Adds these commands to an app."""
    app.command(worst_case, name="worst-case")
    for command in (evaluate, compare, moments, mixing, stability):
        app.command(command)


def evaluate(
    key: str,
    *assignments: str,
    as_json: Json = False,
    csv_file: Annotated[Path | None, Parameter(name="--csv")] = None,
    figure: Picture = None,
    stack: Stack = False,
    tightness: Tight = False,
) -> int:
    """Evaluate a bound at numbers, or over ranges.

    Args:
        key: of the bound.
        assignments: name=value for every parameter; a range is 1:64:log2, 0.1:1:10 or 1,2,5.
        csv_file: write every point of the ranges to this file.
    """
    reading = _reading() if tightness else None
    return theory_command.evaluate(
        key,
        *assignments,
        as_json=as_json,
        csv_file=csv_file,
        figure=figure,
        stack=stack,
        reading=reading,
    )


def compare(
    *keys_and_assignments: str,
    as_json: Json = False,
    figure: Picture = None,
    mark: Mark = None,
    tightness: Tight = False,
) -> int:
    """Compare bounds at the same numbers, each at its best step size unless one is given.

    Args:
        keys_and_assignments: two or more keys, then name=value for their parameters; ranges as in
            evaluate. One range draws curves, two ranges a map of the least bound; lower bounds
            among the keys are never the least and show the gap to it.
    """
    reading = _reading() if tightness else None
    return tuning_commands.compare(
        *keys_and_assignments, as_json=as_json, figure=figure, mark=mark, reading=reading
    )


def worst_case(
    algorithm: str, *assignments: str, as_json: Json = False, figure: Picture = None
) -> int:
    """Solve for the worst functions of a class, and set the bounds beside them.

    Args:
        algorithm: name of the method.
        assignments: name=value: the method's fields, num_rounds, heterogeneity, initial_gap;
            functions=nonconvex|convex|strongly_convex, initial_distance,
            heterogeneity_at_optimum, measure, summary, num_workers (every M >= 2 if left out);
            step_size=tuned takes the one with the least worst case; ranges make a table.
            A figure adds exact moments and simulation, with gradient_noise.
    """
    from empirical.cli import reading_figures, reading_rows
    from empirical.cli.reading_request import worst_cases
    from empirical.readings.worst_case import worst_case as solve

    with progress_bar() as progress:
        asked = worst_cases(algorithm, assignments, progress)
        if figure is not None:
            reading_figures.readings_axis([item.given for item in asked])
        rows = []
        for index, item in enumerate(asked):
            progress(index, len(asked), "solving")
            found = solve(
                item.algorithm,
                item.setting,
                num_rounds=item.num_rounds,
                num_workers=item.num_workers,
            )
            rows.append(reading_rows.worst_case_row(item, found))
        if figure is not None:
            reading_figures.draw_readings(asked, rows, figure, progress)
    if as_json:
        return print_json(rows[0] if len(rows) == 1 else rows)
    return print_table(reading_rows.worst_case_table(algorithm, rows))


def moments(
    *request: str,
    at: Annotated[str, Parameter(name="--at")] = "report",
    as_json: Json = False,
    figure: Picture = None,
) -> int:
    """Print exact expectations of a run, beside every bound on it.

    Args:
        request: TOML files and name=value, as `run` takes them; the method must be linear and the
            problem quadratic (quadratic, two_camps), or its noise of a few values and the run so
            short that all outcomes can be listed (bent, one_sided).
        at: where to measure: report; conserved, the average that only gradients move; average or
            average_round, the mean of all points, or of those at round starts, so far.
    """
    from empirical.cli import reading_figures, reading_rows
    from empirical.cli.plan_request import plan
    from empirical.cli.reading_request import point_named
    from empirical.falsification.exact_measures import read

    where, experiments = point_named(at, alone=figure is not None), plan(request).experiments
    found = [
        (item, read(item.algorithm, reading_rows.exact_problem(item), item.num_rounds, where))
        for item in experiments
    ]
    if figure is not None:
        reading_figures.draw_moments(found, figure)
    rows = [reading_rows.moments_row(item, run, where) for item, run in found]
    failed = any(b["outcome"] == "VIOLATED" for row in rows for b in row["bounds"])
    if as_json:
        print_json(rows[0] if len(rows) == 1 else rows)
    else:
        for row in rows:
            for table in reading_rows.moments_tables(row):
                console().print(table)
    return FAILED if failed else DONE


def mixing(algorithm: str, *assignments: str, as_json: Json = False) -> int:
    """Read the four numbers of Theorem G off a method, and print the bound that they prove.

    Args:
        algorithm: name of the method.
        assignments: name=value of its fields; num_rounds adds the exact numbers of that run.
    """
    from empirical.cli import reading_rows
    from empirical.cli.reading_request import one_method
    from empirical.readings.mixing import mixing as read
    from theory.presentation import tables

    method, num_rounds = one_method(algorithm, assignments)
    found = read(method)
    row = reading_rows.mixing_row(found, num_rounds)
    if as_json:
        return print_json(row)
    console().print(reading_rows.mixing_table(row))
    tables.statement(found.bound, console())
    return DONE


def stability(
    algorithm: str, *assignments: str, as_json: Json = False, figure: Picture = None
) -> int:
    """Find the largest stable step size of a method, beside the largest that theory admits.

    Args:
        algorithm: name of the method.
        assignments: name=value of its fields, ranges make a map; problem=two_camps or quadratic
            and problem.FIELD=VALUE choose where (two_camps of curvatures 1 and -0.5 if left out). A
            figure draws one or two ranges, and one panel for each value of a third.
    """
    from empirical.cli import reading_figures, reading_rows
    from empirical.cli.reading_request import methods_on

    asked = methods_on(algorithm, assignments)
    if figure is not None:
        reading_figures.stability_axes([given for *_, given in asked])
    rows = []
    with progress_bar() as progress:
        for index, (method, problem, given) in enumerate(asked):
            progress(index, len(asked), "locating edges")
            rows.append({**given, **reading_rows.stability_row(method, problem)})
    if figure is not None:
        reading_figures.draw_stability(algorithm, rows, figure)
    if as_json:
        return print_json(rows[0] if len(rows) == 1 else rows)
    return print_table(reading_rows.stability_table(f"{algorithm}: largest step size", rows))


def _reading() -> Reading:
    from empirical.falsification.tightness import beside

    return beside
