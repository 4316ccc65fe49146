"""The commands that read records: judge, report; and verify, which makes its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from empirical.cli.own_bounds import OwnBounds, read_own_bounds
from empirical.cli.progress import progress_bar
from theory.cli.options import Json
from theory.presentation.faults import complain
from theory.presentation.terminal import DONE, FAILED, console, print_json, print_table

if TYPE_CHECKING:
    from empirical.experiments.records import Record


def judge(
    records: Path,
    *,
    bounds: OwnBounds = (),
    everything: Annotated[bool, Parameter(name="--all", negative="")] = False,
    as_json: Json = False,
) -> int:
    """Judge every recorded experiment against every theorem on its algorithm.

    Args:
        records: a file that `run` wrote.
        everything: list the theorems that do not apply as well, with the reason.
    """
    from empirical.reports import verdict_table
    from empirical.verdicts.judge import judge as judge_records
    from empirical.verdicts.verdict import Outcome
    from theory.presentation.fitted_table import table

    own = read_own_bounds(bounds)
    judged = judge_records(_counting([records]), everything=everything, own=own)
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
    from theory.presentation.fitted_table import table

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
    from empirical.reports import cost_table
    from empirical.reports.costs import costs, order_of
    from empirical.verdicts.runs import grouped
    from theory.presentation.fitted_table import table

    if not files:
        raise ValueError("report needs record files; `ratebound run records=FILE ...` makes them")
    found = costs(grouped(_counting(files)), measure)
    rows = [cost_table.cost_row(item) for item in found]
    if folder is not None:
        cost_table.write_costs(folder, found, rows)
    if as_json:
        return print_json([cost_table.cost_answer(item) for item in found])
    print_table(table(cost_table.COLUMNS, rows))
    console().print(order_of(found), highlight=False)
    return DONE


def _counting(files: Sequence[Path]) -> list[Record]:
    """Returns the records of all files that count, and tells which do not.

    Raises:
        ValueError: no record counts.
    """
    from empirical.experiments.records import read_records
    from empirical.verdicts.runs import sorted_out

    counting, left_out = sorted_out(item for path in files for item in read_records(path))
    for item in left_out:
        complain(item)
    if not counting:
        names = ", ".join(map(str, files))
        what = "no record that counts" if left_out else "no record"
        raise ValueError(f"{names} holds {what}; `ratebound run records=FILE ...` makes them")
    return counting


def _say(text: str) -> None:
    print(f"... {text}", file=sys.stderr)
