"""A plan: which experiments are to run at which seeds, and which of these runs are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from empirical.experiments.code_digest import code_digest
from empirical.experiments.experiment import Experiment
from empirical.experiments.records import Record, read_records, recovered_records
from empirical.problem import ExactProblem
from empirical.runtime.launcher import is_launched
from empirical.transport import TIMEOUT, check_layout


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Experiments with their seeds, and the settings under which they are carried out.

    Attributes:
        experiments: the experiments to run.
        seeds: the seeds; every experiment is run once with each.
        records: the file that records are appended to.
        num_ranks: gloo ranks to start here; 1 under torchrun, whose ranks are used instead.
        device: "cpu" or "cuda" (one GPU a rank).
        ordered: sum in the order of the workers: the same to the bit for every number of ranks.
        together: seeds that share a tensor and are recorded together; 0 lets seeds_together choose.
        timeout: seconds that a collective may take, > 0.
        accept_code: take runs of other code than today's for the same, instead of repeating them.

    Raises:
        ValueError: an attribute is out of its range, no GPU is visible, or workers cannot be laid
            evenly over the ranks.
    """

    experiments: tuple[Experiment, ...]
    seeds: tuple[int, ...]
    records: Path
    num_ranks: int = 1
    device: str = "cpu"
    ordered: bool = False
    together: int = 0
    timeout: float = TIMEOUT
    accept_code: bool = False

    def __post_init__(self) -> None:
        if self.device not in ("cpu", "cuda"):
            raise ValueError(f"device={self.device} must be cpu or cuda")
        if self.device == "cuda" and not torch.cuda.is_available():
            raise ValueError("device=cuda needs a GPU that torch can see; use device=cpu")
        if self.num_ranks < 1:
            raise ValueError(f"ranks={self.num_ranks} must be a whole number >= 1")
        if self.num_ranks > 1 and (self.device == "cuda" or is_launched()):
            raise ValueError(
                f"ranks={self.num_ranks} starts gloo ranks on CPUs; under torchrun, and for "
                "device=cuda, leave ranks out and give torchrun --nproc-per-node"
            )
        if not 0 < self.timeout < float("inf"):
            raise ValueError(f"timeout={self.timeout} must be seconds > 0")
        for experiment in self.experiments:
            check_layout(experiment.problem.num_workers, self.num_ranks)


@dataclass(frozen=True)
class Job:
    """Some seeds of one experiment that run together as one batch.

    Attributes:
        experiment: the experiment.
        seeds: the seeds, which share tensors and messages.
        accepted: digests of the code of earlier runs that are taken for the same.
    """

    experiment: Experiment
    seeds: tuple[int, ...]
    accepted: tuple[str, ...] = ()

    @property
    def num_steps(self) -> int:
        """The number of local steps of a worker, T = K R."""
        return self.experiment.num_rounds * self.experiment.algorithm.local_steps


def missing_jobs(plan: Plan) -> list[Job]:
    """Returns the runs that the record file lacks, in batches of seeds that may share a tensor.

    A run that was recorded by other code than today's is missing, unless the plan accepts it. A
    last line that is cut short is moved out of the record file first, so that its run is missing.

    Raises:
        ValueError: the record file holds a line that is no record.
    """
    known = recovered_records(plan.records)
    jobs = []
    for experiment in plan.experiments:
        own = [item for item in known if item.key == experiment.key]
        same = _same_code(experiment, own)
        if plan.accept_code:
            same |= {item.code for item in own}
        accepted = sorted({code for code in same if code} - {code_digest(experiment)})
        done = {item.seed for item in own if item.code in same}
        seeds = [seed for seed in plan.seeds if seed not in done]
        size = plan.together or seeds_together(experiment)
        jobs += [
            Job(experiment, tuple(seeds[start : start + size]), tuple(accepted))
            for start in range(0, len(seeds), size)
        ]
    return jobs


def runs_of_other_code(plan: Plan) -> int:
    """Returns how many runs of a plan are recorded by code that has been edited since.

    Raises:
        ValueError: the record file holds a line that is no record.
    """
    known = read_records(plan.records) if plan.records.is_file() else []
    count = 0
    for experiment in plan.experiments:
        own = [item for item in known if item.key == experiment.key and item.seed in plan.seeds]
        same = _same_code(experiment, own)
        count += len({item.seed for item in own} - {item.seed for item in own if item.code in same})
    return count


def _same_code(experiment: Experiment, own: Sequence[Record]) -> set[str | None]:
    """Returns the digests that stand for today's code: its own, and those once accepted for it."""
    digest = code_digest(experiment)
    accepted = {code for item in own if item.code == digest for code in item.accepted}
    # Records from before digests were taken cannot be told apart, and count as they always did.
    return {None, digest} | accepted


def seeds_together(experiment: Experiment) -> int:
    """Returns how many seeds of an experiment share a tensor, which is faster for small vectors.

    Networks run one seed at a time, and so do methods that choose their schedule by the objective,
    since runs that share a tensor share a schedule.
    """
    if experiment.algorithm.objective_every or not isinstance(experiment.problem, ExactProblem):
        return 1
    # At most 2^21 numbers, 16 MiB in float64, in a tensor of all workers' iterates.
    return max(1, min(64, 2**21 // (experiment.problem.num_workers * experiment.problem.dimension)))
