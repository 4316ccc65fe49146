"""What `ratebound mixing` prints: a row as plain data, and its table."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from empirical.cli.readings.table import Row, cell
from empirical.description import name_of
from empirical.readings.mixing import Mixing
from theory.bounds.theorem_g import MixingNumbers
from theory.presentation.fitted_table import table


def mixing_row(found: Mixing, num_rounds: int | None) -> Row:
    """The four numbers, certified for every horizon and exact for one."""
    certified = {f.name: float(getattr(found.numbers, f.name)) for f in fields(MixingNumbers)}
    exact = None if num_rounds is None else found.exact_numbers(num_rounds)
    return {
        "algorithm": name_of(type(found.algorithm)),
        "reported": found.average.reported,
        "certified": certified,
        "num_rounds": num_rounds,
        "exact": exact,
        "key": found.bound.key,
    }


def mixing_table(row: Row) -> Any:
    """The four numbers, and the effective step."""
    exact = row["exact"]
    columns = ["number", "for every R"]
    columns += [] if exact is None else [f"exact at R = {row['num_rounds']}"]
    lines = [
        [name, f"{value:.6g}", *([] if exact is None else [cell(exact.get(name))])]
        for name, value in row["certified"].items()
    ]
    point = "its report point" if row["reported"] else "not its report point"
    return table(columns, lines, f"{row['algorithm']}: the conserved average is {point}")
