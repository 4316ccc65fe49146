"""What `ratebound worst-case` prints: rows as plain data, and their table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from empirical.cli.readings.request import Asked
from empirical.cli.readings.table import Row, grid_table
from empirical.falsification.tightness import bounds_on
from empirical.problems.families.function_facts import alike, curved_from
from empirical.readings.performance_estimation.setting import Setting, Summary
from empirical.readings.worst_case import WorstCase
from empirical.verdicts.applicability import missing_assumptions
from theory.bound import Bound
from theory.presentation.fitted_table import table
from theory.presentation.tables import number


def worst_case_row(asked: Asked, found: WorstCase, own: Sequence[Bound] = ()) -> Row:
    """A worst case with every bound on the method's report point beside it.

    Args:
        asked: the method and the class of functions.
        found: its worst case.
        own: bounds of one's own, beside those of the catalogue.
    """
    return {
        "settings": dict(asked.given),
        "step_size": float(asked.algorithm.step_size),
        "tuned": asked.tuned,
        "worst_case": found.value,
        "certificate": found.upper,
        "solver_gap": found.gap,
        "status": found.status,
        "workers": "every M >= 2" if found.num_workers is None else f"M = {found.num_workers}",
        "report_point": asked.algorithm.report_point.name,
        "bounds": [_beside(item, asked, found) for item in _comparable(asked, own)],
    }


def _comparable(asked: Asked, own: Sequence[Bound]) -> list[Bound]:
    """The bounds that speak of this measure, a time average, and assume no more of functions."""
    setting: Setting = asked.setting
    if setting.summary is not Summary.TIME_AVERAGE:
        return []
    same = asked.num_workers == 1 or setting.heterogeneity == 0
    facts = curved_from(setting.function_class.lowest) | alike(same)
    found = [
        item for item in bounds_on(asked.algorithm, own) if not missing_assumptions(item, facts)
    ]
    return [item for item in found if item.measure.quantity is setting.quantity]


def _beside(bound: Bound, asked: Asked, found: WorstCase) -> Row:
    values = {name: asked.values[name] for name in bound.parameters if name in asked.values}
    try:
        promised = float(bound.value(**values))
    except ValueError as error:  # a condition, or a constant that was not given
        return {"key": bound.key, "bound": None, "tightness": None, "reason": str(error)}
    return {"key": bound.key, "bound": promised, "tightness": promised / found.upper}


def worst_case_table(title: str, rows: Sequence[Row]) -> Any:
    """One worst case line by line; several, one line each."""
    noisy = any(float(row["settings"].get("gradient_noise", 0)) > 0 for row in rows)
    title += ", worst cases without noise" if noisy else ""
    if len(rows) > 1:
        return grid_table([_flat(row) for row in rows], title)
    [row] = rows
    solved = f"{row['status']}, gap {row['solver_gap']:.1e}, {row['workers']}"
    lines = [["exact worst case", number(row["worst_case"]), "", solved]]
    lines += [["step_size", number(row["step_size"]), "", "tuned"]] if row["tuned"] else []
    for item in row["bounds"]:
        value = "" if item["bound"] is None else number(item["bound"])
        tight = "" if item["tightness"] is None else number(item["tightness"])
        lines.append([item["key"], value, tight, item.get("reason", "")])
    return table(["", "value", "tightness", ""], lines, f"{title} at {row['report_point']}")


def _flat(row: Row) -> Row:
    shown = {name: row[name] for name in ("step_size", "worst_case")}
    flat = {**row["settings"], **shown}
    for item in row["bounds"]:
        flat |= {item["key"]: item["bound"], f"tightness of {item['key']}": item["tightness"]}
    return flat
