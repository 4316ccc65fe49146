"""The command that runs experiments and records them: run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from empirical.cli.progress import progress_bar
from theory.cli.options import Json
from theory.presentation.faults import complain
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
    from empirical.description import name_of
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
            complain(f"{error}; run again to complete the rest")
            return RUN_FAILED
    if not is_first():
        return DONE
    keys = {item.key for item in planned.experiments}
    counting, _ = sorted_out(item for item in read_records(planned.records) if item.key in keys)
    found = grouped(counting)
    if as_json:
        return print_json([_answer(item) for item in found])
    total = len(planned.experiments) * len(planned.seeds)
    console().print(f"{done} runs done, {total - done} were recorded before: {planned.records}")
    for problem in dict.fromkeys(item.problem for item in planned.experiments):
        for remark in problem.remarks:
            console().print(f"{name_of(type(problem))}: {remark}", highlight=False)
    return print_table(_run_table(found))


def _say_what_was_edited(count: int, accepted: bool) -> None:
    """Tells, in a line, that some runs were recorded by code that has been edited since."""
    if count:
        what = "counted" if accepted else "run again (--accept-code counts them instead)"
        complain(f"{count} of these runs were recorded before the code was edited, and are {what}")


def _run_table(found: Sequence[Runs]) -> Any:
    from theory.presentation.fitted_table import table
    from theory.presentation.tables import as_text

    rows = [_shown(_answer(item)) for item in found]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return table(names, [[as_text(row.get(name, "")) for name in names] for row in rows])


_TITLES = {
    "algorithm": "algorithm",
    "num_rounds": "R",
    "step_size": "step size",
    "num_seeds": "seeds",
    "diverged": "diverged",
    "objective": "F at end",
    "test_accuracy": "accuracy",
    "squared_gradient_norm": "|grad F|^2",
}


def _shown(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the row of the table that `run` prints, from the answer that JSON holds."""
    row = {title: answer[name] for name, title in _TITLES.items() if name in answer}
    row = {title: math.nan if value is None else value for title, value in row.items()}
    seconds = {f"{part} s": value for part, value in answer["seconds_by_part"].items()}
    return {**row, "wire MB": answer["sent_bytes"] / 1e6, **seconds}


def _answer(runs: Runs) -> dict[str, Any]:
    """Returns what several seeds of an experiment came to, as plain data; means over seeds."""
    from empirical.experiments.records import finite

    experiment, records = runs.experiment, runs.records
    count = len(records)
    last = {}
    for name in ("objective", "test_accuracy"):
        ends = [item.curve[name][-1] for item in records if name in item.curve]
        if ends:
            last[name] = finite(sum(math.nan if x is None else x for x in ends) / count)
    parts = ("computed", "hidden", "exposed")
    return {
        "experiment_key": experiment.key,
        "experiment": experiment.description,
        "algorithm": experiment.algorithm_name,
        "num_rounds": experiment.num_rounds,
        "step_size": float(experiment.algorithm.step_size),
        "num_seeds": count,
        "diverged": sum(item.outcome == "diverged" for item in records),
        **last,
        "squared_gradient_norm": finite(float(runs.measures["squared_gradient_norm"].mean())),
        "sent_bytes": sum(item.wire_bytes for item in records) / count,
        "seconds_by_part": {
            part: sum(item.seconds[part] for item in records) / count for part in parts
        },
    }
