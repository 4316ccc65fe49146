"""Execution of a plan: in this process, on ranks started here, or on the ranks of torchrun."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from typing import Literal

import torch

from empirical.experiments.append_only import writing
from empirical.experiments.code_digest import code_digest
from empirical.experiments.plan import Job, Plan, missing_jobs
from empirical.experiments.records import (
    Record,
    append_records,
    commit,
    finite,
    versions,
)
from empirical.progress import Progress
from empirical.runtime.launch import Place, agree, gather, joined, run_ranks
from empirical.runtime.launcher import is_launched
from empirical.runtime.placement import transport_at
from empirical.runtime.run import RunOutcome, run


def carry_out(plan: Plan, progress: Progress | None = None) -> int:
    """Runs what is missing of a plan, records it, and returns how many runs that were.

    Runs that are recorded already are not repeated: a plan that was interrupted is completed by
    carrying it out again.

    Args:
        plan: the experiments, seeds and settings.
        progress: receives the local steps that are done; None for no display.

    Raises:
        RankError: a rank failed, died or hung; what was recorded before stays.
        ValueError: the record file holds a line that is no record.
    """
    if is_launched():
        with joined(plan.device, plan.timeout) as place:
            agree(place, lambda: _prepare(plan, progress))
            return _carry_out_at(place, plan, progress)
    _prepare(plan, progress)
    if plan.num_ranks == 1:
        return _carry_out_at(Place(device=plan.device), plan, progress)
    with writing(plan.records):
        missing_jobs(plan)  # an unusable file is reported before ranks are started
    answers = run_ranks(_carry_out_at, plan.num_ranks, plan, progress, timeout=plan.timeout)
    return answers[0]


def _prepare(plan: Plan, progress: Progress | None) -> None:
    """Fetches what the problems need (data sets), each once, before any rank computes."""
    for problem in {item.problem for item in plan.experiments}:
        problem.prepare(progress)


def _carry_out_at(place: Place, plan: Plan, progress: Progress | None) -> int:
    """Carries out the missing runs on one rank among all; returns how many runs that were."""
    torch.set_num_threads(1)  # else every rank starts a thread a core, and ranks compete for cores
    first = place.rank == 0
    with ExitStack() as stack:

        def begin() -> list[Job]:  # called on the first rank only, which holds the lock and writes
            stack.enter_context(writing(plan.records))
            return missing_jobs(plan)

        # All ranks must run the same jobs in the same order, or their collectives would not match.
        jobs = agree(place, begin)
        total, done = sum(job.num_steps for job in jobs), 0
        for job in jobs:
            heard = partial(_report, progress, done, total) if first and progress else None
            records = _run_job(place, plan, job, heard)
            if first:
                append_records(plan.records, records)
            done += job.num_steps
        if first and progress is not None:
            progress.close()
    return sum(len(job.seeds) for job in jobs)


def _report(progress: Progress, start: int, total: int, text: str, steps: int) -> None:
    progress(start + steps, total, text)


def _run_job(
    place: Place, plan: Plan, job: Job, heard: Callable[[str, int], None] | None
) -> list[Record]:
    experiment = job.experiment
    num_workers, name = experiment.problem.num_workers, experiment.algorithm_name
    transport = transport_at(place, num_workers, experiment.link, ordered=plan.ordered)
    with closing(transport):
        outcome = run(
            experiment.algorithm,
            experiment.problem,
            transport,
            num_rounds=experiment.num_rounds,
            seeds=job.seeds,
            measure_every=experiment.measure_every,
            dtype=experiment.torch_dtype,
            device=place.device,
            progress=partial(heard, name) if heard else lambda steps: None,
        )
    # A run takes as long as its slowest rank; gather is collective, so that every rank calls it.
    seconds = max(gather(place, _seconds(outcome)), key=lambda each: sum(each.values()))
    layout = {"num_ranks": place.num_ranks, "device": place.device, "ordered": plan.ordered}
    return records_of(job, outcome, seconds, layout)


def _seconds(outcome: RunOutcome) -> dict[str, float]:
    return {
        "computed": outcome.computed_seconds,
        "hidden": outcome.ledger.hidden_seconds,
        "exposed": outcome.ledger.exposed_seconds,
        "measured": outcome.measured_seconds,
    }


def records_of(
    job: Job, outcome: RunOutcome, seconds: dict[str, float], layout: dict[str, object]
) -> list[Record]:
    """Returns one record for every seed of a job.

    Bytes and seconds that seeds shared are divided among them. The number of messages is not: a
    message carries the vectors of all seeds, and each seed alone would have posted as many.

    Args:
        job: the experiment and its seeds.
        outcome: what the run left behind, seeds on the last batch axis.
        seconds: seconds of the job by kind, on the slowest rank.
        layout: number of ranks, device and order of summation.
    """
    share, ledger = len(job.seeds), outcome.ledger
    return [
        Record(
            key=job.experiment.key,
            seed=seed,
            experiment=job.experiment.description,
            outcome=_outcome(outcome, index),
            report_point=job.experiment.algorithm.report_point.name,
            curve=_curve(outcome, index),
            averages=_numbers(outcome, index),
            wire_bytes=ledger.wire_bytes // share,
            received_bytes=ledger.received_bytes // share,
            messages=ledger.messages,
            seconds={name: value / share for name, value in seconds.items()},
            layout=dict(layout),
            versions=versions(),
            commit=commit(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            code=code_digest(job.experiment),
            accepted=list(job.accepted),
        )
        for index, seed in enumerate(job.seeds)
    ]


def _numbers(outcome: RunOutcome, index: int) -> dict[str, float | None]:
    averages = outcome.trajectory.final_averages
    return {name: finite(float(value[index])) for name, value in averages.items()}


def _outcome(outcome: RunOutcome, index: int) -> Literal["finished", "diverged"]:
    return "diverged" if None in _numbers(outcome, index).values() else "finished"


def _curve(outcome: RunOutcome, index: int) -> dict[str, list[float | None]]:
    trajectory = outcome.trajectory
    curve: dict[str, list[float | None]] = {"steps": [float(s) for s in trajectory.steps]}
    for prefix, columns in (("", trajectory.values), ("mean ", trajectory.averages)):
        for name, column in columns.items():
            curve[prefix + name] = [finite(value) for value in column[index].tolist()]
    return curve
