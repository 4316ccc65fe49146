"""Judgement of records: theorems on single experiments, and on series of growing horizons."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from empirical.experiments.experiment import Experiment
from empirical.experiments.records import Record
from empirical.verdicts.applicability import check_spoken_of, theorems_on
from empirical.verdicts.level import judge_level
from empirical.verdicts.rate import judge_rate
from empirical.verdicts.runs import Runs, grouped, sorted_out
from empirical.verdicts.verdict import Outcome, Verdict
from theory.bound import Bound


@dataclass(frozen=True)
class Judged:
    """A verdict with its bound and the runs that it rests on.

    Attributes:
        verdict: the verdict.
        bound: the theorem that was judged.
        runs: the runs, in the order of their budgets; one for a level.
    """

    verdict: Verdict
    bound: Bound
    runs: tuple[Runs, ...]


def judge(
    records: Iterable[Record], *, everything: bool = False, own: Sequence[Bound] = ()
) -> list[Judged]:
    """Judges the level of every theorem on every experiment, and the rate on every series.

    Records that do not count are left out with a warning: those of code that was edited before the
    last run of their experiment, and those whose experiment cannot be rebuilt.

    Args:
        records: records of any experiments.
        everything: whether theorems that do not apply are returned where another one applies.
        own: bounds from outside the catalogue, judged beside its own; they are always returned.

    Raises:
        ValueError: a bound from outside the catalogue is about no method that was recorded.
    """
    counting, left_out = sorted_out(records)
    for item in left_out:
        warnings.warn(str(item), stacklevel=2)
    groups = grouped(counting)
    check_spoken_of(own, [runs.experiment.algorithm for runs in groups])
    judged = []
    for runs in groups:
        for bound in _theorems(runs, own):
            verdict = judge_level(bound, runs.experiment, runs.measures)
            judged.append(Judged(verdict, bound, (runs,)))
    for series in _series(groups):
        for bound in _theorems(series[0], own):
            verdict = judge_rate(bound, [(runs.experiment, runs.measures) for runs in series])
            judged.append(Judged(verdict, bound, tuple(series)))
    return judged if everything else _applicable(judged, own)


def _applicable(judged: Sequence[Judged], own: Sequence[Bound]) -> list[Judged]:
    """Drops verdicts of theorems that do not apply to runs on which another theorem does.

    Where none applies, the verdicts of the main theorems remain, to say why.
    """
    about: dict[tuple[str, ...], list[Judged]] = {}
    for item in judged:
        about.setdefault(tuple(runs.experiment.key for runs in item.runs), []).append(item)
    kept = []
    for items in about.values():
        speaking = [
            item
            for item in items
            if item.verdict.outcome is not Outcome.INAPPLICABLE or item.bound in own
        ]
        # A key <algorithm>.<setting> is a main theorem; a third part marks a variant of it.
        main = [item for item in items if item.bound.key.count(".") == 1]
        kept += speaking or main or items
    return kept


def _theorems(runs: Runs, own: Sequence[Bound]) -> list[Bound]:
    """Returns the theorems on the algorithm of some runs that hold at whatever step size they took.

    A bound without the step size is stated for the best one, which a run need not have taken.
    """
    found = theorems_on(runs.experiment.algorithm, own)
    return [bound for bound in found if "step_size" in bound.parameters]


def _series(groups: Sequence[Runs]) -> list[list[Runs]]:
    """Returns the series: three or more experiments that differ in horizon and step size only.

    Each is in the order of its horizons. Where a horizon has several step sizes, each step size is
    a series of its own.
    """
    found: dict[str, list[Runs]] = {}
    for runs in groups:
        found.setdefault(_without_budget(runs.experiment), []).append(runs)
    series = [part for members in found.values() for part in _one_step_size_each(members)]
    return [part for part in series if len(part) >= 3]


def _one_step_size_each(members: Sequence[Runs]) -> list[list[Runs]]:
    ordered = sorted(members, key=lambda runs: runs.experiment.num_rounds)
    horizons = [runs.experiment.num_rounds for runs in ordered]
    if len(set(horizons)) == len(horizons):
        return [ordered]
    found: dict[float, list[Runs]] = {}
    for runs in ordered:
        found.setdefault(float(runs.experiment.algorithm.step_size), []).append(runs)
    return list(found.values())


def _without_budget(experiment: Experiment) -> str:
    """Returns all of an experiment but its horizon and step size, as a key for grouping."""
    description = experiment.description
    algorithm = {**description["algorithm"], "step_size": None}
    return json.dumps({**description, "num_rounds": None, "algorithm": algorithm}, sort_keys=True)
