"""What `ratebound moments` prints: rows as plain data, and their tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from empirical.cli.readings.table import Row, cell
from empirical.description import name_of
from empirical.experiments.experiment import Experiment
from empirical.falsification.exact_measures import MeasuredPoint, RunSummary, summaries
from empirical.falsification.tightness import bounds_on
from empirical.problem import ExactProblem
from empirical.readings.linear.quadratics import NotQuadratic
from empirical.readings.stability import Unstable, stationary
from empirical.runtime.trajectory import Trajectory
from empirical.verdicts.level import judge_level
from theory.bound import Bound
from theory.presentation.fitted_table import table
from theory.presentation.tables import number


def exact_problem(experiment: Experiment) -> ExactProblem:
    """The problem of an experiment, if it has exact gradients."""
    if not isinstance(experiment.problem, ExactProblem):
        name = name_of(type(experiment.problem))
        raise NotQuadratic(f"{name} has no exact gradient; choose quadratic or two_camps")
    return experiment.problem


def moments_row(
    experiment: Experiment,
    found: Trajectory,
    at: MeasuredPoint = MeasuredPoint.REPORT,
    own: Sequence[Bound] = (),
) -> Row:
    """Exact expectations, the verdicts they give on every bound, and where the run settles.

    Args:
        experiment: what was read.
        found: its exact expectations.
        at: where they were taken; bounds speak of the report point only.
        own: bounds of one's own, beside those of the catalogue.
    """
    averages = {n: float(v) for n, v in found.final_averages.items()}
    measures = {name: np.array([value]) for name, value in averages.items()}
    summarised = summaries(found, experiment.algorithm.local_steps)
    row: Row = {
        "algorithm": experiment.algorithm_name,
        "experiment": experiment.description,
        "num_rounds": experiment.num_rounds,
        "measured_at": at.value,
        **{mean.value: summarised[mean] for mean in RunSummary},
        "average": averages,
        "bounds": [],
    }
    for bound in bounds_on(experiment.algorithm, own) if at is MeasuredPoint.REPORT else []:
        verdict = judge_level(bound, experiment, measures, exact=True)
        value = verdict.bound if math.isfinite(verdict.bound) else None
        row["bounds"].append(
            {
                "key": bound.key,
                "outcome": verdict.outcome.value,
                "bound": value,
                "tightness": None if value is None else verdict.tightness,
                "sentence": verdict.sentence,
            }
        )
    return {**row, "stationary": _settled(experiment)}


def _settled(experiment: Experiment) -> Row:
    try:
        found = stationary(experiment.algorithm, exact_problem(experiment))
    except (Unstable, ValueError) as error:
        return {"reason": str(error)}
    return {"contraction": found.contraction, "error": found.error, "bias": found.bias}


def moments_tables(row: Row) -> list[Any]:
    """Returns the tables of one row: exact measures, then the bounds beside them."""
    settled, reason = row["stationary"].get("error", {}), row["stationary"].get("reason")
    lines = [
        [
            name,
            _size(value),
            _size(row["end"][name]),
            _size(settled[name]) if name in settled else "",
        ]
        for name, value in row["average"].items()
    ]
    title = f"{row['algorithm']}, R = {row['num_rounds']}: exact expectations"
    title += "" if row["measured_at"] == MeasuredPoint.REPORT.value else f" at {row['measured_at']}"
    columns = ["measure", "average over t < T", "at the end", "when settled"]
    judged = [
        [item["key"], item["outcome"], cell(item["bound"]), cell(item["tightness"])]
        for item in row["bounds"]
    ]
    return [
        table(columns, lines, title),
        *([f"when settled: {reason}"] if reason else []),
        table(["bound", "verdict", "promised", "tightness"], judged),
    ]


def _size(value: float) -> str:
    """Returns a number for a table, or says that it has grown beyond what floats hold."""
    return number(value) if math.isfinite(value) else "beyond 1e308"
