"""The verification of the whole package, which ends in one table after less than two minutes.

It replays every proof, simulates three algorithms within the conditions of their theorems, compares
a run on real ranks with a simulation, checks the exact readings, and judges the theorems.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from empirical.algorithm import Algorithm
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.experiments.execution import carry_out
from empirical.experiments.experiment import Experiment
from empirical.experiments.plan import Plan
from empirical.experiments.records import read_records
from empirical.problems.synthetic.tilted import Tilted
from empirical.progress import Progress
from empirical.readings.distribute import distribute
from empirical.readings.simulate import simulate
from empirical.reports import page, verdict_table
from empirical.reports.exact_checks import ExactCheck, exact_checks
from empirical.verdicts.applicability import at_best_step_size
from empirical.verdicts.judge import Judged, judge
from empirical.verdicts.verdict import Claim, Outcome
from theory import catalogue
from theory.proving.proof import replay

NUM_RANKS = 2
"""Number of gloo ranks on which a run is repeated."""

LAYOUT_TOLERANCE = 1e-12
"""Relative difference that rounding may cause between numbers of ranks, in float64."""

PROBLEM = Tilted(
    num_workers=8, size=10, smoothness=1.0, heterogeneity=1.0, gradient_noise=2.0, start=1.0
)
BUDGETS = (32, 64, 128, 256, 512, 1024)
SEEDS = tuple(range(64))
ALGORITHMS: tuple[Algorithm[Any], ...] = (
    MinibatchSGD(local_steps=4, step_size=1.0),
    LocalSGD(local_steps=4, step_size=1.0),
    OverlapLocalSGD(local_steps=4, step_size=1.0, pullback=0.6),
)
"""Algorithms that are verified; each budget replaces eta by the step size best for the bound."""


@dataclass(frozen=True)
class Layout:
    """The difference between a run on gloo ranks and the same run in one process.

    Attributes:
        algorithm: name of the algorithm that ran.
        num_ranks: P, the number of ranks.
        difference: the largest difference of the running mean of any measure, relative to the
            largest value of that mean.
    """

    algorithm: str
    num_ranks: int
    difference: float

    @property
    def holds(self) -> bool:
        """Whether the difference is small enough to be rounding."""
        return self.difference <= LAYOUT_TOLERANCE


@dataclass(frozen=True)
class Verification:
    """The results of a verification.

    Attributes:
        proofs: whether each derivation replays, by name.
        judged: all verdicts on the simulated runs.
        layout: the comparison of real ranks with simulation.
        exact: the checks of the exact readings.
        folder: the folder of the report.
    """

    proofs: dict[str, bool]
    judged: tuple[Judged, ...]
    layout: Layout
    exact: tuple[ExactCheck, ...]
    folder: Path

    @property
    def holds(self) -> bool:
        """Whether every proof, verdict and check holds, and each of the three bounds was judged.

        INCONCLUSIVE counts as a failure: with these seeds and budgets true bounds are seen to hold.
        """
        spoken = {item.bound.key for item in self.judged} >= set(_keys())
        holding = spoken and all(item.verdict.outcome is Outcome.HOLDS for item in self.judged)
        exact = all(check.holds for check in self.exact)
        return all(self.proofs.values()) and holding and exact and self.layout.holds

    @property
    def summary(self) -> list[Judged]:
        """The level of every bound at the budget where it is tightest, then the bound's rate."""
        levels: dict[str, Judged] = {}
        for item in self.judged:
            if item.verdict.claim is Claim.LEVEL:
                best = levels.get(item.bound.key)
                if best is None or item.verdict.tightness < best.verdict.tightness:
                    levels[item.bound.key] = item
        rates = [item for item in self.judged if item.verdict.claim is Claim.RATE]
        return [found for rate in rates for found in (levels[rate.bound.key], rate)]


def verify(
    folder: Path, say: Callable[[str], None], progress: Progress | None = None
) -> Verification:
    """Replays proofs, simulates, runs real ranks, judges and writes the report.

    Args:
        folder: an empty or new folder for page, figure, verdicts and records.
        say: called with a line of text when a part of the verification begins.
        progress: receives the progress of the simulation; None for no display.
    """
    folder.mkdir(parents=True, exist_ok=True)
    say("replaying the proofs")
    proofs = {
        name: all(outcome.holds for outcome in replay(proof))
        for name, proof in catalogue.proofs().items()
    }
    say(f"simulating {len(ALGORITHMS)} algorithms, {len(BUDGETS)} budgets, {len(SEEDS)} seeds")
    records = folder / "records.jsonl"
    carry_out(Plan(experiments=experiments(), seeds=SEEDS, records=records), progress)
    say(f"running overlap_local_sgd on {NUM_RANKS} gloo ranks")
    layout = check_layout()
    say("reading exact moments and worst cases")
    bounds = [catalogue.lookup(key) for key in _keys()]
    exact = exact_checks(list(zip(bounds, ALGORITHMS, strict=True)))
    say("judging")
    found = Verification(proofs, tuple(judge(read_records(records))), layout, exact, folder)
    _write(found)
    return found


def experiments() -> tuple[Experiment, ...]:
    """Returns every algorithm at every budget, at the step size at which its bound is least."""
    return tuple(
        at_best_step_size(
            Experiment(algorithm=algorithm, problem=PROBLEM, num_rounds=num_rounds),
            catalogue.lookup(key),
        )
        for algorithm, key in zip(ALGORITHMS, _keys(), strict=True)
        for num_rounds in BUDGETS
    )


def check_layout() -> Layout:
    """Runs the same seeds of the same experiment in one process and on ranks, and compares them.

    Overlap-Local-SGD is taken because its messages are in flight while it computes.
    """
    experiment = [item for item in experiments() if item.algorithm_name == "overlap_local_sgd"][1]
    arguments = (experiment.algorithm, experiment.problem)
    settings: dict[str, Any] = {"num_rounds": experiment.num_rounds, "seeds": (0, 1)}
    alone = simulate(*arguments, **settings)
    ranked = distribute(*arguments, num_ranks=NUM_RANKS, **settings)[0].trajectory
    differences = [
        float(((ranked.averages[name] - values).abs() / values.abs().max()).max())
        for name, values in alone.averages.items()
    ]
    return Layout(experiment.algorithm_name, NUM_RANKS, max(differences))


def table_rows(found: Verification) -> list[list[str]]:
    """Returns the rows of the verdict table: bounds, exact readings, then proofs and ranks."""
    rows = [verdict_table.verdict_row(item) for item in found.summary]
    rows += [check.row for check in found.exact]
    proved = sum(found.proofs.values())
    proofs = "PROVED" if proved == len(found.proofs) else "VIOLATED"
    rows.append(["theory/proofs", f"{proved} of {len(found.proofs)} replay", proofs] + [""] * 4)
    layout = found.layout
    outcome = Outcome.HOLDS if layout.holds else Outcome.VIOLATED
    claim = f"same numbers on {layout.num_ranks} gloo ranks"
    numbers = [f"{LAYOUT_TOLERANCE:g}", f"{layout.difference:.2g}"]
    rows.append([layout.algorithm, claim, outcome.value, *numbers, "", "exact"])
    return rows


def _keys() -> list[str]:
    return ["minibatch_sgd.nonconvex", "local_sgd.nonconvex", "overlap_local_sgd.nonconvex"]


def _write(found: Verification) -> None:
    rates = [item for item in found.judged if item.verdict.claim is Claim.RATE]
    verdicts = [verdict_table.verdict_json(item.verdict) for item in found.judged]
    page.write_json(found.folder / "verdicts.json", verdicts)
    levels = [
        verdict_table.verdict_row(item)
        for item in found.judged
        if item.verdict.claim is Claim.LEVEL
    ]
    caption = "Measured time average of E|grad F|^2 under each bound, by rounds."
    page.write_page(
        found.folder,
        title="ratebound verify",
        lead=[
            f"{PROBLEM.num_workers} workers minimise a smooth non-convex function of "
            f"{PROBLEM.size} parameters, tilted per worker: L = {PROBLEM.smoothness:g}, sigma = "
            f"{PROBLEM.gradient_noise:g}, zeta = {PROBLEM.heterogeneity:g}, all exact; K = "
            f"{ALGORITHMS[0].local_steps}, {len(SEEDS)} seeds a budget, step sizes tuned on each "
            "bound. A level is judged by an e-process and a one-sided interval, a rate by "
            "bootstrap over seeds; tightness is bound / measured.",
            "Records: records.jsonl. Verdicts: verdicts.json. Again: ratebound verify.",
        ],
        tables=[
            ("Verdicts", verdict_table.COLUMNS, table_rows(found)),
            ("Levels at every budget", verdict_table.COLUMNS, levels),
        ],
        figures=[("rates", verdict_table.rates_figure(rates), caption)],
    )
