"""The command that runs experiments and records them: run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from empirical.cli.progress import progress_bar
from theory.cli.options import Json
from theory.presentation.terminal import DONE, RUN_FAILED, console, print_json, print_table

if TYPE_CHECKING:
    from empirical.verdicts.runs import Runs


def run(
    *request: str,
    accept_code: Annotated[bool, Parameter(name="--accept-code", negative="")] = False,
    as_json: Json = False,
) -> int:
    """Run experiments and record them; what is recorded already is not repeated.

    Under torchrun its ranks are used; otherwise ranks=P starts P gloo ranks here.

    Args:
        request: TOML files and name=value: algorithm=NAME, problem=NAME, num_rounds, seeds, their
            fields, records=FILE, ranks=P, device=cpu|cuda, link.latency, link.bandwidth;
            step_size=tuned takes the bound's favourite; ranges make a grid.
        accept_code: count runs that were recorded before the code was edited, instead of repeating
            them.
    """
    from empirical.cli.plan_request import plan
    from empirical.experiments.execution import carry_out
    from empirical.experiments.plan import runs_of_other_code
    from empirical.experiments.records import read_records
    from empirical.runtime.launch import RankError
    from empirical.runtime.launcher import is_first
    from empirical.verdicts.runs import grouped, sorted_out

    planned = replace(plan(request), accept_code=accept_code)
    _say_what_was_edited(runs_of_other_code(planned), accept_code)
    with progress_bar() as progress:
        try:
            done = carry_out(planned, progress)
        except RankError as error:
            print(f"ratebound: {error}; run again to complete the rest", file=sys.stderr)
            return RUN_FAILED
    if not is_first():
        return DONE
    keys = {item.key for item in planned.experiments}
    counting, _ = sorted_out(item for item in read_records(planned.records) if item.key in keys)
    found = grouped(counting)
    if as_json:
        return print_json([_run_json(item) for item in found])
    total = len(planned.experiments) * len(planned.seeds)
    console().print(f"{done} runs done, {total - done} were recorded before: {planned.records}")
    return print_table(_run_table(found))


def _say_what_was_edited(count: int, accepted: bool) -> None:
    """Tells, in a line, that some runs were recorded by code that has been edited since."""
    if count:
        what = "counted" if accepted else "run again (--accept-code counts them instead)"
        text = f"{count} of these runs were recorded before the code was edited, and are {what}"
        print(f"ratebound: {text}", file=sys.stderr)


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
