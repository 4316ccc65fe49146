"""The torch-free half of the command: python -m theory ..."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from cyclopts import App, Parameter

from theory.cli.export_commands import add_exchange_commands
from theory.cli.options import Json, Picture, cautioned, point, points_or_stand_ins
from theory.cli.tuning_commands import Beside, add_tool_commands
from theory.presentation.terminal import (
    DONE,
    FAILED,
    console,
    new_app,
    print_json,
    print_table,
    run_app,
)

if TYPE_CHECKING:
    import numpy as np

    from theory.bound import Bound, Evaluation


Stack = Annotated[
    bool, Parameter(name="--stack", negative="", help="Draw terms as shares of the bound.")
]


def add_commands(app: App, *, without: Sequence[str] = ()) -> None:
    """Adds the commands of this half to an app, all but those that it has of its own."""
    for command in (list_bounds, show, evaluate, prove, mutate):
        name = "bounds" if command is list_bounds else command.__name__
        if name not in without:
            app.command(command, name=name)
    add_tool_commands(app, without=without)
    add_exchange_commands(app, without=without)


def list_bounds(*words: str, as_json: Json = False) -> int:
    """List the catalogue of bounds, or those of it that bear every word given.

    Args:
        words: looked for in keys, titles, kinds, standings and sources, such as local_sgd
            proved, or lower woodworth2021minmax.
    """
    from theory import catalogue
    from theory.export.json_export import bound_as_json
    from theory.presentation import tables

    known = catalogue.bounds()
    found = {key: bound for key, bound in known.items() if tables.bears(bound, words)}
    if not found:
        raise ValueError(f"no bound bears {' and '.join(words)}; `bounds` lists all {len(known)}")
    if as_json:
        return print_json([bound_as_json(item) for item in found.values()])
    print_table(tables.catalogue_table(found))
    console().print(tables.catalogue_sum(found), highlight=False)
    return DONE


def show(key: str, *, as_json: Json = False) -> int:
    """Show one theorem: statement, conditions, assumptions, source, standing.

    Args:
        key: of the bound, such as local_sgd.nonconvex.
    """
    from theory import catalogue
    from theory.export.json_export import bound_as_json
    from theory.presentation import tables

    bound = catalogue.bound(key)
    if as_json:
        return print_json(bound_as_json(bound))
    tables.statement(bound, console())
    return DONE


def evaluate(
    key: str,
    *assignments: str,
    as_json: Json = False,
    csv_file: Annotated[Path | None, Parameter(name="--csv")] = None,
    figure: Picture = None,
    stack: Stack = False,
    reading: Beside = None,
) -> int:
    """Evaluate a bound at numbers, or over ranges.

    Args:
        key: of the bound.
        assignments: name=value for every parameter; a range is 1:64:log2, 0.1:1:10 or 1,2,5. A
            constant that implies another may stand in for it: greatest_heterogeneity for
            heterogeneity.
        csv_file: write every point of the ranges to this file.
        reading: sets what can be attained beside the bound.
    """
    from theory import catalogue
    from theory.presentation import tables

    bound = catalogue.bound(key)
    points, stand_ins = points_or_stand_ins(bound, assignments)
    said = {"stands_in": stand_ins} if stand_ins else {}
    for name, how in stand_ins.items() if not as_json else ():
        console().print(f"{name} {how}", highlight=False)
    evaluation = bound.evaluate(**points)
    if csv_file is not None:
        _write_csv(csv_file, points, bound)
    if figure is not None or stack:
        _save_figure(bound, points, evaluation, figure, stack=stack)
    if len(evaluation.value) == 1:
        bound.value(**points)  # one point must meet the conditions; a range shows where it does
        single = bound.evaluate(**{name: values[0] for name, values in points.items()})
        beside = {} if reading is None else reading(bound, point(points, 0))
        if as_json:
            return print_json({**tables.as_json(bound, single), **said, **beside})
        print_table(tables.evaluation_table(bound, single, beside))
        return cautioned(bound)
    besides = [
        {} if reading is None or not holds else reading(bound, point(points, index))
        for index, holds in enumerate(evaluation.holds)
    ]
    if as_json:
        rows = [tables.as_json(bound, evaluation, i) for i in range(len(evaluation.value))]
        return print_json(
            [{**point(points, i), **row, **said, **besides[i]} for i, row in enumerate(rows)]
        )
    title = f"{key}  [{bound.measure.unit}]"
    print_table(tables.grid_table(points, evaluation, title, besides if reading else None))
    return cautioned(bound)


def prove(key: str | None = None, *, as_json: Json = False) -> int:
    """Replay derivations step by step, and the counterexamples to what is refuted.

    Args:
        key: of a bound or a proof; all proofs and counterexamples if left out.
    """
    from theory import catalogue
    from theory.presentation import tables
    from theory.proving.proof import replay

    refuted = [b for b in catalogue.bounds().values() if b.refutation and key in (None, b.key)]
    if key is not None and refuted:
        return _refute(refuted, as_json=as_json)
    failed, rows = False, []
    for name, proof in _chosen_proofs(catalogue, key).items():
        outcomes = replay(proof)
        verdict = "PROVED" if all(outcome.holds for outcome in outcomes) else "NOT PROVED"
        failed |= verdict != "PROVED"
        steps = [
            {"claim": item.step.claim, "how": item.step.how, "holds": item.holds}
            for item in outcomes
        ]
        rows.append({"proof": name, "verdict": verdict, "steps": steps})
        if not as_json:
            tables.proof_lines(f"{name}: {proof.title}", outcomes, console())
            console().print(f"  [bold]{verdict}[/bold]\n")
    if as_json:
        print_json(rows)
    elif key is None:
        failed |= _refute(refuted) == FAILED
    return FAILED if failed else DONE


def mutate(key: str | None = None, *, as_json: Json = False) -> int:
    """Plant errors in proved bounds, one at a time, and count those that nothing notices.

    Args:
        key: of a bound or a proof; every proof of a bound if left out.
    """
    from theory import catalogue
    from theory.testing import planted_errors

    names = planted_errors.provers() if key is None else tuple(_chosen_proofs(catalogue, key))
    found = [item for name in names for item in planted_errors.score(name)]
    if key in catalogue.bounds():
        found = [item for item in found if item.key == key]
    survivors = [item for item in found if not item.noticed_by]
    if as_json:
        rows = [{"survivor": item.key, "alteration": item.what} for item in survivors]
        return print_json({"planted": len(found), "survivors": rows})
    for item in survivors:
        console().print(f"survives: {item.key}, {item.what}", highlight=False)
    noticed = len(found) - len(survivors)
    by_units = sum(item.noticed_by == "units" for item in found)
    share = noticed / len(found) if found else 1.0
    console().print(
        f"{len(found)} errors planted in {len(names)} proofs: {noticed} noticed ({share:.1%}), "
        f"{by_units} by their units and {noticed - by_units} as they do not replay"
    )
    return FAILED if survivors else DONE


def _refute(bounds: Sequence[Bound], *, as_json: bool = False) -> int:
    """Replays the counterexamples to bounds; fails where one does not refute."""
    from theory.presentation import tables

    rows = [tables.counterexample_as_json(item) for item in bounds]
    if as_json:
        print_json(rows)
    else:
        tables.counterexample_lines(rows, console())
    return DONE if all(row["verdict"] == "REFUTED" for row in rows) else FAILED


def main() -> NoReturn:
    """Entry point of python -m theory."""
    app = new_app("theory")
    add_commands(app)
    run_app(app)


def _write_csv(path: Path, points: Mapping[str, np.ndarray], bound: Bound) -> None:
    evaluation = bound.evaluate(**points)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*points, "bound", *evaluation.terms, "conditions_hold"])
        columns = [*points.values(), evaluation.value, *evaluation.terms.values()]
        writer.writerows(zip(*columns, evaluation.holds, strict=True))


def _save_figure(
    bound: Bound,
    points: Mapping[str, np.ndarray],
    evaluation: Evaluation,
    path: Path | None,
    *,
    stack: bool,
) -> None:
    from theory.presentation.evaluation_figure import evaluation_figure
    from theory.presentation.figures import save

    if path is None:
        raise ValueError("--stack is how a figure is drawn; give --figure")
    save(evaluation_figure(bound, points, evaluation, stack=stack), path)


def _chosen_proofs(catalogue: Any, key: str | None) -> dict[str, Any]:
    known = catalogue.proofs()
    if key is None:
        return dict(known)
    if key in known:
        return {key: known[key]}
    name = catalogue.bound(key).proof
    if name is None:
        raise ValueError(f"{key} has no derivation here; it stands as transcribed")
    return {name: known[name]}
