"""The commands of the exact readings: worst-case, moments, mixing, stability."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from empirical.cli.own_bounds import OwnBounds, read_own_bounds
from empirical.cli.progress import progress_bar
from theory.cli.options import Json, Picture
from theory.presentation.terminal import DONE, FAILED, console, print_json, print_rows, print_table


def worst_case(
    algorithm: str,
    *assignments: str,
    bounds: OwnBounds = (),
    as_json: Json = False,
    figure: Picture = None,
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
    from empirical.cli.readings.axes import the_one_that_varies
    from empirical.cli.readings.request import worst_cases
    from empirical.cli.readings.worst_case_figure import worst_case_figure
    from empirical.cli.readings.worst_case_rows import worst_case_row, worst_case_table
    from empirical.readings.worst_case import worst_case as solve
    from empirical.verdicts.applicability import check_spoken_of
    from theory.presentation.figures import save

    with progress_bar() as progress:
        asked = worst_cases(algorithm, assignments, progress)
        own = read_own_bounds(bounds)
        check_spoken_of(own, [item.algorithm for item in asked])
        if figure is not None:
            the_one_that_varies([item.given for item in asked])
        rows = []
        for index, item in enumerate(asked):
            progress(index, len(asked), "solving")
            found = solve(
                item.algorithm,
                item.setting,
                num_rounds=item.num_rounds,
                num_workers=item.num_workers,
            )
            rows.append(worst_case_row(item, found, own))
        if figure is not None:
            save(worst_case_figure(asked, rows, progress), figure)
    if as_json:
        return print_rows(rows)
    return print_table(worst_case_table(algorithm, rows))


def moments(
    *request: str,
    at: Annotated[str, Parameter(name="--at")] = "report",
    bounds: OwnBounds = (),
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
    from empirical.cli.plan_request import plan
    from empirical.cli.readings.moments_figure import moments_figure
    from empirical.cli.readings.moments_rows import exact_problem, moments_row, moments_tables
    from empirical.cli.readings.request import point_named
    from empirical.falsification.exact_measures import read
    from empirical.verdicts.applicability import check_spoken_of
    from theory.presentation.figures import save

    where, experiments = point_named(at, alone=figure is not None), plan(request).experiments
    own = read_own_bounds(bounds)
    check_spoken_of(own, [item.algorithm for item in experiments])
    with progress_bar() as progress:
        found = [
            (item, read(item.algorithm, exact_problem(item), item.num_rounds, where, progress))
            for item in experiments
        ]
    if figure is not None:
        save(moments_figure(found), figure)
    rows = [moments_row(item, run, where, own) for item, run in found]
    failed = any(b["outcome"] == "VIOLATED" for row in rows for b in row["bounds"])
    if as_json:
        print_rows(rows)
    else:
        for row in rows:
            for table in moments_tables(row):
                console().print(table)
    return FAILED if failed else DONE


def mixing(algorithm: str, *assignments: str, as_json: Json = False) -> int:
    """Read the four numbers of Theorem G off a method, and print the bound that they prove.

    Args:
        algorithm: name of the method.
        assignments: name=value of its fields; num_rounds adds the exact numbers of that run.
    """
    from empirical.cli.readings.mixing_rows import mixing_row, mixing_table
    from empirical.cli.readings.request import one_method
    from empirical.readings.mixing import mixing as read
    from theory.presentation.statement import print_statement

    method, num_rounds = one_method(algorithm, assignments)
    found = read(method)
    row = mixing_row(found, num_rounds)
    if as_json:
        return print_json(row)
    console().print(mixing_table(row))
    print_statement(found.bound, console())
    return DONE


def stability(
    algorithm: str,
    *assignments: str,
    bounds: OwnBounds = (),
    as_json: Json = False,
    figure: Picture = None,
) -> int:
    """Find the largest stable step size of a method, beside the largest that theory admits.

    Args:
        algorithm: name of the method.
        assignments: name=value of its fields, ranges make a map; problem=two_camps or quadratic
            and problem.FIELD=VALUE choose where (two_camps of curvatures 1 and -0.5 if left out). A
            figure draws one or two ranges, and one panel for each value of a third.
    """
    from empirical.cli.readings.request import methods_on
    from empirical.cli.readings.stability_figure import stability_axes, stability_figure
    from empirical.cli.readings.stability_rows import (
        stability_answer,
        stability_row,
        stability_table,
    )
    from empirical.verdicts.applicability import check_spoken_of
    from theory.presentation.figures import save

    asked, own = methods_on(algorithm, assignments), read_own_bounds(bounds)
    check_spoken_of(own, [method for method, *_ in asked])
    if figure is not None:
        stability_axes([given for *_, given in asked])
    rows = []
    with progress_bar() as progress:
        for index, (method, problem, given) in enumerate(asked):
            progress(index, len(asked), "locating edges")
            rows.append({**given, **stability_row(method, problem, own)})
    if figure is not None:
        save(stability_figure(algorithm, rows), figure)
    if as_json:
        return print_rows([stability_answer(row) for row in rows])
    return print_table(stability_table(f"{algorithm}: largest step size", rows))
