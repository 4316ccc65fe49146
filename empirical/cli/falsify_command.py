"""The command that looks for counterexamples: falsify."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from empirical.cli.progress import progress_bar
from theory.cli.options import Json
from theory.presentation.terminal import DONE, FAILED, console, print_json, print_table

if TYPE_CHECKING:
    from empirical.falsification.search import Search
    from theory.bound import Bound

Row = dict[str, Any]


def falsify(
    key: str | None = None,
    *assignments: str,
    every: Annotated[bool, Parameter(name="--all", negative="")] = False,
    seconds: Annotated[float, Parameter(name="--seconds")] = 20.0,
    seed: Annotated[int, Parameter(name="--seed")] = 0,
    store: Annotated[Path | None, Parameter(name="--store")] = None,
    as_json: Json = False,
) -> int:
    """Search for counterexamples to bounds, exactly: moments, all outcomes of noise, worst cases.

    Args:
        key: of the bound.
        assignments: name=value for parameters that are not to be varied.
        every: attack every transcribed upper bound with explicit constants, one after the other.
        seconds: how long to search, for each bound.
        seed: of the search.
        store: append one line of JSON for every bound to this file.
    """
    from empirical.falsification.search import subjects
    from empirical.field_values import to_float
    from theory.catalogue import lookup
    from theory.cli.arguments import parse

    if every == (key is not None):
        raise ValueError("give the key of one bound, or --all")
    if seed < 0:
        raise ValueError(f"seed={seed} must be a whole number >= 0")
    fixed = {name: to_float(value, name) for name, value in parse(assignments).items()}
    if key is not None:
        return _one(key, seconds, seed, fixed, store, as_json=as_json)
    if not seconds > 0:
        raise ValueError(f"seconds={seconds:g} must be a number > 0")
    rows = []
    for name in subjects():
        row = _searched(lookup(name), seconds, seed, {}, store)[1]
        rows.append(row)
        if not as_json:
            console().print(_line(row), highlight=False, soft_wrap=True)
    if as_json:
        print_json([_answer(row) for row in rows])
    return FAILED if any(row["refuted"] for row in rows) else DONE


def _one(
    key: str,
    seconds: float,
    seed: int,
    fixed: dict[str, float],
    store: Path | None,
    *,
    as_json: bool,
) -> int:
    from empirical.falsification.algorithm_of_bound import NoReading
    from theory.catalogue import lookup

    found, row = _searched(lookup(key), seconds, seed, fixed, store)
    if found is None:
        raise NoReading(f"{key}: {row['reason']}")
    if as_json:
        print_json(_answer(row))
    else:
        print_table(search_table(key, found))
        if found.best is not None:
            for command in (found.best.claim, found.best.command):
                console().print(command, highlight=False, soft_wrap=True)
    return FAILED if found.refuted else DONE


def _searched(
    subject: Bound, seconds: float, seed: int, fixed: dict[str, float], store: Path | None
) -> tuple[Search | None, Row]:
    """A search and what is kept of it, on disk before anything else is done."""
    from empirical.experiments.append_only import append_rows, set_fragment_aside, writing
    from empirical.falsification.algorithm_of_bound import NoReading
    from empirical.falsification.search import falsify as search

    begun, found, reason = time.monotonic(), None, None
    with progress_bar() as progress:
        try:
            found = search(subject, seconds=seconds, seed=seed, fixed=fixed, progress=progress)
        except NoReading as error:
            reason = str(error).removeprefix(f"{subject.key}: ")
    if found is not None and found.best is None:  # nothing was tried, so that nothing survived
        found, reason = None, f"no numbers tried in {seconds:g} s admit an attack"
    row = _row(subject, found, reason, seed, time.monotonic() - begun)
    if store is not None:
        with writing(store):
            set_fragment_aside(store, first=next(iter(row)))
            append_rows(store, [row])
    return found, row


def _row(subject: Bound, found: Search | None, reason: str | None, seed: int, spent: float) -> Row:
    """The outcome of a search as plain data."""
    from empirical.experiments.records import commit, finite, versions

    best = None if found is None else found.best
    outcome = "NOT ATTACKED" if found is None else "REFUTED" if found.refuted else "SURVIVED"
    described = best and {
        "promised": best.promised,
        "attained": finite(best.attained),
        "share": finite(best.share),
        "how": best.how.value,
        "values": {name: float(value) for name, value in best.values.items()},
        "claim": best.claim,
        "command": best.command,
        "where": best.where,
    }
    return {
        "key": subject.key,
        "standing": subject.standing.name,
        "outcome": outcome,
        "refuted": found is not None and found.refuted,
        "reason": reason,
        "seed": seed,
        "seconds": spent,
        "attempts": 0 if found is None else found.attempts,
        "solved": 0 if found is None else found.solved,
        "by": {} if found is None else {how.value: count for how, count in found.by.items()},
        "tightness": {}
        if found is None
        else {name: finite(value) for name, value in found.tightness.items()},
        "best": described,
        "versions": versions(),
        "commit": commit(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


_RENAMED = {"by": "attempts_by_reading", "tightness": "tightness_over_attacks"}
_RENAMED_OF_BEST = {
    "promised": "bound",
    "how": "reading",
    "claim": "command_of_bound",
    "command": "command_of_attained",
}


def _answer(row: Row) -> Row:
    """Returns a row with the names of answers; those of stored rows are older, and stay."""
    best = row["best"] and {_RENAMED_OF_BEST.get(n, n): v for n, v in row["best"].items()}
    return {_RENAMED.get(name, name): value for name, value in row.items()} | {"best": best}


def _line(row: Row) -> str:
    if row["reason"] is not None:
        return f"{row['key']}: {row['outcome']}, {row['reason']}"
    best = row["best"]
    share = "none" if best is None else f"{best['share']:.4g} by {best['how']}"
    commands = (
        "" if not row["refuted"] or best is None else f"\n  {best['claim']}\n  {best['command']}"
    )
    return (
        f"{row['key']}: {row['outcome']}, {row['attempts']} attacks, best share {share}{commands}"
    )


def search_table(key: str, found: Search) -> Any:
    """What a search for a counterexample came to."""
    from theory.presentation.fitted_table import table
    from theory.presentation.tables import number

    best = found.best
    lines = [["attacks", str(found.attempts)]]
    lines += [[f"by {how.value}", str(count)] for how, count in found.by.items()]
    if best is not None:
        lines += [
            ["promised", number(best.promised)],
            ["attained", number(best.attained)],
            ["attained / promised", f"{best.share:.6g}"],
        ]
        lines += [["by", best.how.value], ["printed as", best.where]]
        spread = {n: v for n, v in found.tightness.items() if math.isfinite(v)}
        lines += [[f"tightness, {n}", number(v)] for n, v in spread.items()]
    lines.append(["outcome", "REFUTED" if found.refuted else "not refuted"])
    return table(["", key], lines)
