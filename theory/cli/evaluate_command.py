"""The command `evaluate`: a bound at one point or over ranges, as a table, file or figure."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from theory.cli.options import Json, Picture, cautioned, point, points_or_stand_ins, rows_table
from theory.presentation.terminal import console, print_json, print_table

if TYPE_CHECKING:
    import numpy as np

    from theory.bound import Bound, Evaluation

Reading = Callable[..., Mapping[str, Any]]
"""A function that compares a bound with what a method attains at some numbers.

It returns a mapping with the keys attained, tightness and reading, or with the reason why there are
none. The command of empirical/ passes one; that of theory/ has none.
"""

_MOST_ROWS = 10_000
"""The number of points up to which a table lists each; of more, only the extremes are printed."""

_BLOCK = 2**16
"""The number of points that are evaluated and written to a file at a time."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """The options of `evaluate`, which stand beside its key and assignments.

    Attributes:
        as_json: whether to print JSON.
        csv_file: the file to write every point to; None for no file.
        figure: the file to draw to; None for no figure.
        stack: whether to draw the terms as shares of the bound.
    """

    as_json: Json = False
    csv_file: Annotated[
        Path | None, Parameter(name="--csv", help="Write every point of the ranges to this file.")
    ] = None
    figure: Picture = None
    stack: Annotated[
        bool, Parameter(name="--stack", negative="", help="Draw terms as shares of the bound.")
    ] = False


DEFAULTS = EvaluateOptions()


def evaluate(
    key: str,
    *assignments: str,
    options: EvaluateOptions = DEFAULTS,  # frozen
    reading: Annotated[Reading | None, Parameter(parse=False)] = None,
) -> int:
    """Evaluate a bound at one point, or over ranges.

    Args:
        key: the key of the bound; `bounds` lists all keys.
        assignments: name=value for every parameter; a range is 1:64:log2, 0.1:1:10 or 1,2,5. A
            constant that implies another one may be given in its place, such as
            greatest_heterogeneity in place of heterogeneity.
    """
    from theory import catalogue

    bound = catalogue.lookup(key)
    points, stand_ins = points_or_stand_ins(bound, assignments)
    for name, how in stand_ins.items() if not options.as_json else ():
        console().print(f"{name} {how}", highlight=False)
    if options.csv_file is not None:
        _write_csv(options.csv_file, points, bound)
    if options.figure is not None or options.stack:
        _save_figure(bound, points, options)
    count = len(next(iter(points.values())))
    if count > _MOST_ROWS and not options.as_json:
        return _print_summary(bound, points)
    said = {"stands_in": stand_ins} if stand_ins else {}
    show = _print_point if count == 1 else _print_grid
    return show(bound, points, said, reading, as_json=options.as_json)


def _print_point(
    bound: Bound,
    points: Mapping[str, np.ndarray],
    said: Mapping[str, Any],
    reading: Reading | None,
    *,
    as_json: bool,
) -> int:
    from theory.presentation import tables

    # Raises an error if a condition fails; over a range, the table shows where conditions fail.
    bound.value(**points)
    here = point(points, 0)
    single = bound.evaluate(**{name: values[0] for name, values in points.items()})
    beside = {} if reading is None else reading(bound, here)
    if as_json:
        return print_json({**tables.as_json(bound, here, single), **said, **beside})
    print_table(tables.evaluation_table(bound, single, beside))
    return cautioned(bound)


def _print_grid(
    bound: Bound,
    points: Mapping[str, np.ndarray],
    said: Mapping[str, Any],
    reading: Reading | None,
    *,
    as_json: bool,
) -> int:
    from theory.presentation import tables

    evaluation = bound.evaluate(**points)
    besides = [
        {} if reading is None or not holds else reading(bound, point(points, index))
        for index, holds in enumerate(evaluation.holds)
    ]
    if as_json:
        return print_json(
            [
                {**tables.as_json(bound, point(points, i), evaluation, i), **said, **beside}
                for i, beside in enumerate(besides)
            ]
        )
    title = f"{bound.key}  [{bound.measure.unit}]"
    print_table(tables.grid_table(points, evaluation, title, besides if reading else None))
    return cautioned(bound)


def _print_summary(bound: Bound, points: Mapping[str, np.ndarray]) -> int:
    """Prints where a bound is least and greatest, for too many points to list."""
    import numpy as np

    from theory.tuning.mesh_evaluation import values

    found = values(bound, points)
    holding = int(np.isfinite(found).sum())
    varying = [name for name, column in points.items() if np.ptp(column) > 0]
    ends = {"least": np.nanargmin, "greatest": np.nanargmax} if holding else {}
    rows = []
    for what, where in ends.items():
        index = int(where(found))
        here = {name: float(points[name][index]) for name in varying}
        rows.append({"": what, "bound": float(found[index]), **here})
    share = holding / len(found)
    title = f"{bound.key}  [{bound.measure.unit}], conditions hold at {share:.1%} of the points"
    print_table(rows_table(rows, ["", "bound", *varying], title))
    console().print(f"{len(found)} points; --csv FILE writes them all", highlight=False)
    return cautioned(bound)


def _write_csv(path: Path, points: Mapping[str, np.ndarray], bound: Bound) -> None:
    """Writes every point, block by block: all terms at all points may not fit into memory."""
    count = len(next(iter(points.values())))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        names = [term.name for term in bound.terms]
        writer.writerow([*points, "bound", *names, "conditions_hold"])
        for start in range(0, count, _BLOCK):
            block = {name: column[start : start + _BLOCK] for name, column in points.items()}
            evaluation = bound.evaluate(**block)
            columns = [*block.values(), evaluation.value, *evaluation.terms.values()]
            writer.writerows(zip(*columns, evaluation.holds, strict=True))


def _save_figure(bound: Bound, points: Mapping[str, np.ndarray], options: EvaluateOptions) -> None:
    from theory.presentation.evaluation_figure import evaluation_figure
    from theory.presentation.figures import save

    if options.figure is None:
        raise ValueError("--stack is how a figure is drawn; give --figure")
    evaluation: Evaluation = bound.evaluate(**points)
    save(evaluation_figure(bound, points, evaluation, stack=options.stack), options.figure)
