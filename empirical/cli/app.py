"""The command: the theory's half, and what needs torch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from cyclopts import Parameter

from empirical.cli.falsify_command import add_falsify
from empirical.cli.progress import progress_bar
from empirical.cli.reading_commands import WITH_READINGS, add_exact_commands
from theory.cli.app import add_commands
from theory.cli.options import Json
from theory.presentation.terminal import (
    DONE,
    FAILED,
    RUN_FAILED,
    console,
    new_app,
    print_json,
    print_table,
    run_app,
)

if TYPE_CHECKING:
    from empirical.verdicts.judge import Runs


def run(*request: str, as_json: Json = False) -> int:
    """Run experiments and record them; what is recorded already is not repeated.

    Under torchrun its ranks are used; otherwise ranks=P starts P gloo ranks here.

    Args:
        request: TOML files and name=value: algorithm=NAME, problem=NAME, num_rounds, seeds, their
            fields, records=FILE, ranks=P, device=cpu|cuda, link.latency, link.bandwidth;
            step_size=tuned takes the bound's favourite; ranges make a grid.
    """
    from empirical.cli.plan_request import plan
    from empirical.experiments.execution import carry_out
    from empirical.experiments.records import read_records
    from empirical.runtime.launch import RankError, is_first
    from empirical.verdicts.judge import grouped

    planned = plan(request)
    with progress_bar() as progress:
        try:
            done = carry_out(planned, progress)
        except RankError as error:
            print(f"ratebound: {error}; run again to complete the rest", file=sys.stderr)
            return RUN_FAILED
    if not is_first():
        return DONE
    keys = {item.key for item in planned.experiments}
    found = [item for item in grouped(read_records(planned.records)) if item.experiment.key in keys]
    if as_json:
        return print_json([_run_json(item) for item in found])
    total = len(planned.experiments) * len(planned.seeds)
    console().print(f"{done} runs done, {total - done} were recorded before: {planned.records}")
    return print_table(_run_table(found))


def judge(
    records: Path,
    *,
    everything: Annotated[bool, Parameter(name="--all", negative="")] = False,
    as_json: Json = False,
) -> int:
    """Judge every recorded experiment against every theorem on its algorithm.

    Args:
        records: a file that `run` wrote.
        everything: list the theorems that do not apply as well, with the reason.
    """
    from empirical.experiments.records import read_records
    from empirical.reports import verdict_table
    from empirical.verdicts.judge import judge as judge_records
    from empirical.verdicts.verdict import Outcome
    from theory.presentation.tables import table

    judged = judge_records(read_records(records), everything=everything)
    verdicts = [item.verdict for item in judged]
    if as_json:
        print_json([verdict_table.verdict_json(item) for item in verdicts])
    else:
        print_table(
            table(verdict_table.COLUMNS, [verdict_table.verdict_row(item) for item in judged])
        )
        for item in verdicts:
            if item.outcome is not Outcome.HOLDS:
                console().print(f"{item.key}, {item.claimed}: {item.sentence}", highlight=False)
    return FAILED if any(item.outcome is Outcome.VIOLATED for item in verdicts) else DONE


def verify(
    folder: Annotated[Path | None, Parameter(name="--folder")] = None, *, as_json: Json = False
) -> int:
    """Check theory against reality: proofs, simulation, real ranks, verdicts, a report.

    Args:
        folder: of the report; report/verify-TIME if left out.
    """
    from empirical.reports import verdict_table
    from empirical.reports.verification import table_rows
    from empirical.reports.verification import verify as verify_all
    from theory.presentation.tables import table

    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    folder = folder or Path("report", f"verify-{stamp}")
    if (folder / "records.jsonl").exists():
        raise ValueError(f"{folder} holds a report already; choose another --folder")
    with progress_bar() as progress:
        found = verify_all(folder, _say, progress)
    if as_json:
        print_json([verdict_table.verdict_json(item.verdict) for item in found.judged])
    else:
        print_table(table(verdict_table.COLUMNS, table_rows(found), "theory against reality"))
        console().print(f"report: {folder / 'index.html'}")
    return DONE if found.holds else FAILED


def report(
    *files: Path,
    folder: Annotated[Path | None, Parameter(name="--folder")] = None,
    measure: Annotated[str | None, Parameter(name="--measure")] = None,
    as_json: Json = False,
) -> int:
    """Set recorded experiments side by side: where they ended, and the bytes and seconds spent.

    Args:
        files: records that `run` wrote; bytes are those of one rank.
        folder: where a page with the table and its figure goes; none is written if left out.
        measure: at the end of the runs; test_accuracy where all have it, else objective.
    """
    from empirical.experiments.records import read_records
    from empirical.reports import cost_table
    from empirical.reports.costs import costs
    from empirical.verdicts.judge import grouped
    from theory.presentation.tables import table

    if not files:
        raise ValueError("report needs record files; `ratebound run records=FILE ...` makes them")
    found = costs(grouped([item for path in files for item in read_records(path)]), measure)
    rows = [cost_table.cost_row(item) for item in found]
    if folder is not None:
        cost_table.write_costs(folder, found, rows)
    if as_json:
        return print_json([dict(zip(cost_table.COLUMNS, row, strict=True)) for row in rows])
    return print_table(table(cost_table.COLUMNS, rows))


def main() -> NoReturn:
    """Entry point of ratebound and of python -m empirical."""
    app = new_app("ratebound")
    add_commands(app, without=WITH_READINGS)
    add_exact_commands(app)
    add_falsify(app)
    for command in (run, judge, report, verify):
        app.command(command)
    run_app(app)


def _say(text: str) -> None:
    print(f"... {text}", file=sys.stderr)


def _run_table(found: Sequence[Runs]) -> Any:
    from theory.presentation.tables import number, table

    rows = [
        [number(v) if isinstance(v, float) else str(v) for v in _summary(r).values()] for r in found
    ]
    return table(list(_summary(found[0])), rows)


def _summary(runs: Runs) -> dict[str, Any]:
    """One row of the table that run prints; means over seeds."""
    experiment, records = runs.experiment, runs.records
    count = len(records)
    row: dict[str, Any] = {
        "algorithm": experiment.algorithm_name,
        "R": experiment.num_rounds,
        "step size": float(experiment.algorithm.step_size),
        "seeds": count,
        "diverged": sum(item.outcome == "diverged" for item in records),
    }
    for name, title in (("objective", "F at end"), ("test_accuracy", "accuracy")):
        last = [item.curve[name][-1] for item in records if name in item.curve]
        if last:
            row[title] = sum(x if x is not None else float("nan") for x in last) / count
    row["|grad F|^2"] = float(runs.measures["squared_gradient_norm"].mean())
    row["wire MB"] = sum(item.wire_bytes for item in records) / count / 1e6
    for name in ("computed", "hidden", "exposed"):
        row[f"{name} s"] = sum(item.seconds[name] for item in records) / count
    return row


def _run_json(runs: Runs) -> dict[str, Any]:
    from empirical.experiments.records import finite

    plain = {
        name: finite(value) if isinstance(value, float) else value
        for name, value in _summary(runs).items()
    }
    return {"key": runs.experiment.key, "experiment": runs.experiment.description, **plain}
