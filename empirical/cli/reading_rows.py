"""What the exact commands say: plain data first, tables of it second."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from empirical.algorithm import Algorithm
from empirical.cli.reading_request import Asked
from empirical.description import name_of
from empirical.experiments.experiment import Experiment
from empirical.falsification.exact_measures import MeasuredPoint, RunSummary, summaries
from empirical.falsification.search import Search
from empirical.falsification.tightness import bounds_on
from empirical.problem import ExactProblem
from empirical.problems.families.function_facts import alike, curved_from
from empirical.readings.linear.quadratics import NotQuadratic
from empirical.readings.mixing import Mixing
from empirical.readings.performance_estimation.setting import Setting, Summary
from empirical.readings.stability import Unstable, largest_stable_step_size, stationary
from empirical.readings.worst_case import WorstCase
from empirical.runtime.trajectory import Trajectory
from empirical.verdicts.applicability import (
    function_mismatch,
    known_constants,
    missing_assumptions,
)
from empirical.verdicts.level import judge_level
from theory.bound import Bound
from theory.bounds.theorem_g import MixingNumbers
from theory.presentation.tables import number, table
from theory.tuning.best_step_size import largest_step_size

Row = dict[str, Any]


def worst_case_row(asked: Asked, found: WorstCase) -> Row:
    """A worst case with every bound on the method's report point beside it."""
    return {
        **asked.given,
        "step_size": float(asked.algorithm.step_size),
        "tuned": asked.tuned,
        "worst_case": found.value,
        "certificate": found.upper,
        "gap": found.gap,
        "status": found.status,
        "workers": "every M >= 2" if found.num_workers is None else f"M = {found.num_workers}",
        "report_point": asked.algorithm.report_point.name,
        "bounds": [_beside(item, asked, found) for item in _comparable(asked)],
    }


def _comparable(asked: Asked) -> list[Bound]:
    """The bounds that speak of this measure, a time average, and assume no more of functions."""
    setting: Setting = asked.setting
    if setting.summary is not Summary.TIME_AVERAGE:
        return []
    same = asked.num_workers == 1 or setting.heterogeneity == 0
    facts = curved_from(setting.function_class.lowest) | alike(same)
    found = [item for item in bounds_on(asked.algorithm) if not missing_assumptions(item, facts)]
    return [item for item in found if item.measure.quantity is setting.quantity]


def _beside(bound: Bound, asked: Asked, found: WorstCase) -> Row:
    values = {name: asked.values[name] for name in bound.parameters if name in asked.values}
    try:
        promised = float(bound.value(**values))
    except ValueError as error:  # a condition, or a constant that was not given
        return {"key": bound.key, "value": None, "tightness": None, "reason": str(error)}
    return {"key": bound.key, "value": promised, "tightness": promised / found.upper}


def exact_problem(experiment: Experiment) -> ExactProblem:
    """The problem of an experiment, if it has exact gradients."""
    if not isinstance(experiment.problem, ExactProblem):
        name = name_of(type(experiment.problem))
        raise NotQuadratic(f"{name} has no exact gradient; choose quadratic or two_camps")
    return experiment.problem


def moments_row(
    experiment: Experiment, found: Trajectory, at: MeasuredPoint = MeasuredPoint.REPORT
) -> Row:
    """Exact expectations, the verdicts they give on every bound, and where the run settles."""
    averages = {n: float(v) for n, v in found.final_averages.items()}
    measures = {name: np.array([value]) for name, value in averages.items()}
    summarised = summaries(found, experiment.algorithm.local_steps)
    row: Row = {
        "algorithm": experiment.algorithm_name,
        "experiment": experiment.description,
        "num_rounds": experiment.num_rounds,
        "at": at.value,
        **{mean.value: summarised[mean] for mean in RunSummary},
        "average": averages,
        "bounds": [],
    }
    for bound in bounds_on(experiment.algorithm) if at is MeasuredPoint.REPORT else []:
        verdict = judge_level(bound, experiment, measures, exact=True)
        value = verdict.bound if math.isfinite(verdict.bound) else None
        row["bounds"].append(
            {
                "key": bound.key,
                "outcome": verdict.outcome.value,
                "value": value,
                "tightness": None if value is None else verdict.tightness,
                "reason": verdict.sentence,
            }
        )
    return {**row, "stationary": _settled(experiment)}


def _settled(experiment: Experiment) -> Row:
    try:
        found = stationary(experiment.algorithm, exact_problem(experiment))
    except (Unstable, ValueError) as error:
        return {"reason": str(error)}
    return {"contraction": found.contraction, "error": found.error, "bias": found.bias}


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


def stability_row(algorithm: Algorithm[Any], problem: ExactProblem) -> Row:
    """The largest stable step size and the largest that a bound admits, unit x^2/f."""
    admitted: dict[str, float | None] = {}
    known = known_constants(algorithm, problem)
    for bound in bounds_on(algorithm):
        if function_mismatch(bound, problem) is not None:
            continue
        values = {name: known.get(name, 1.0) for name in bound.parameters if name != "step_size"}
        try:
            admitted[bound.key] = largest_step_size(bound, values)
        except ValueError:  # a condition fails at every step size, or a number cannot be 1
            admitted[bound.key] = None
    return {"stable": largest_stable_step_size(algorithm, problem), "admitted": admitted}


def worst_case_table(title: str, rows: Sequence[Row]) -> Any:
    """One worst case line by line; several, one line each."""
    noisy = any(float(row.get("gradient_noise", 0)) > 0 for row in rows)
    title += ", worst cases without noise" if noisy else ""
    if len(rows) > 1:
        return grid_table([_flat(row) for row in rows], title)
    [row] = rows
    solved = f"{row['status']}, gap {row['gap']:.1e}, {row['workers']}"
    lines = [["exact worst case", number(row["worst_case"]), "", solved]]
    lines += [["step_size", number(row["step_size"]), "", "tuned"]] if row["tuned"] else []
    for item in row["bounds"]:
        value = "" if item["value"] is None else number(item["value"])
        tight = "" if item["tightness"] is None else number(item["tightness"])
        lines.append([item["key"], value, tight, item.get("reason", "")])
    return table(["", "value", "tightness", ""], lines, f"{title} at {row['report_point']}")


def _flat(row: Row) -> Row:
    hidden = ("tuned", "certificate", "gap", "status", "workers", "report_point", "bounds")
    flat = {name: value for name, value in row.items() if name not in hidden}
    for item in row["bounds"]:
        flat |= {item["key"]: item["value"], f"tightness of {item['key']}": item["tightness"]}
    return flat


def stability_table(title: str, rows: Sequence[Row]) -> Any:
    """One line a method, a column for every bound that speaks of any of them."""
    flat = [{**{n: row[n] for n in row if n != "admitted"}, **row["admitted"]} for row in rows]
    return grid_table(flat, title)


def grid_table(rows: Sequence[Row], title: str) -> Any:
    """What varies, or is a result, a column each."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [
        name for name in names if len(rows) == 1 or len({str(row.get(name)) for row in rows}) > 1
    ]
    return table(columns, [[_cell(row.get(name)) for name in columns] for row in rows], title)


def moments_tables(row: Row) -> list[Any]:
    """Measures, then bounds."""
    settled = row["stationary"].get("error", {})
    lines = [
        [name, number(value), number(row["end"][name]), number(settled.get(name, math.nan))]
        for name, value in row["average"].items()
    ]
    title = f"{row['algorithm']}, R = {row['num_rounds']}: exact expectations"
    title += "" if row["at"] == MeasuredPoint.REPORT.value else f" at {row['at']}"
    columns = ["measure", "average over t < T", "at the end", "when settled"]
    judged = [
        [item["key"], item["outcome"], _cell(item["value"]), _cell(item["tightness"])]
        for item in row["bounds"]
    ]
    return [
        table(columns, lines, title),
        table(["bound", "verdict", "promised", "tightness"], judged),
    ]


def mixing_table(row: Row) -> Any:
    """The four numbers, and the effective step."""
    exact = row["exact"]
    columns = ["number", "for every R"]
    columns += [] if exact is None else [f"exact at R = {row['num_rounds']}"]
    lines = [
        [name, f"{value:.6g}", *([] if exact is None else [_cell(exact.get(name))])]
        for name, value in row["certified"].items()
    ]
    point = "its report point" if row["reported"] else "not its report point"
    return table(columns, lines, f"{row['algorithm']}: the conserved average is {point}")


def search_table(key: str, found: Search) -> Any:
    """What a search for a counterexample came to."""
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


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return number(value) if isinstance(value, float) else str(value)


def varying(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """Those names whose values differ between rows."""
    return [name for name in names if len({row[name] for row in rows}) > 1]
