"""A plan: which experiments are to be run at which seeds, and which runs are missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from empirical.experiments.experiment import Experiment
from empirical.experiments.records import read_records, set_fragment_aside
from empirical.problem import ExactProblem
from empirical.runtime.launch import under_torchrun
from empirical.transport import TIMEOUT, check_layout


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Experiments, their seeds, and how to carry them out.

    Attributes:
        experiments: what to run.
        seeds: one run each, for every experiment.
        records: the file that runs are appended to.
        num_ranks: gloo ranks to start here; 1 under torchrun, whose ranks are used instead.
        device: "cpu" or "cuda" (one GPU a rank).
        ordered: sum in the order of the workers: the same to the bit for every number of ranks.
        together: seeds that share a tensor and are recorded together; chosen by the problem if 0.
        timeout: seconds that a collective may take.
    """

    experiments: tuple[Experiment, ...]
    seeds: tuple[int, ...]
    records: Path
    num_ranks: int = 1
    device: str = "cpu"
    ordered: bool = False
    together: int = 0
    timeout: float = TIMEOUT

    def __post_init__(self) -> None:
        if self.device not in ("cpu", "cuda"):
            raise ValueError(f"device={self.device} must be cpu or cuda")
        if self.device == "cuda" and not torch.cuda.is_available():
            raise ValueError("device=cuda needs a GPU that torch can see; use device=cpu")
        if self.num_ranks < 1:
            raise ValueError(f"ranks={self.num_ranks} must be a whole number >= 1")
        if self.num_ranks > 1 and (self.device == "cuda" or under_torchrun()):
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
    """Seeds of one experiment that run together."""

    experiment: Experiment
    seeds: tuple[int, ...]

    @property
    def num_steps(self) -> int:
        """Local steps of the job."""
        return self.experiment.num_rounds * self.experiment.algorithm.local_steps


def missing_jobs(plan: Plan) -> list[Job]:
    """The runs that the record file does not hold, seeds that can share a tensor together."""
    set_fragment_aside(plan.records)
    known = read_records(plan.records) if plan.records.is_file() else []
    done = {(item.key, item.seed) for item in known}
    jobs = []
    for experiment in plan.experiments:
        seeds = [seed for seed in plan.seeds if (experiment.key, seed) not in done]
        size = plan.together or seeds_together(experiment)
        jobs += [
            Job(experiment, tuple(seeds[start : start + size]))
            for start in range(0, len(seeds), size)
        ]
    return jobs


def seeds_together(experiment: Experiment) -> int:
    """How many seeds share a tensor: many small vectors are one large one.

    Networks go alone, and so do methods that choose their schedule by the objective.
    """
    if experiment.algorithm.objective_every or not isinstance(experiment.problem, ExactProblem):
        return 1
    return max(1, min(64, 2**21 // (experiment.problem.num_workers * experiment.problem.dimension)))
