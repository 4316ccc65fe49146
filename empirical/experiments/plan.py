"""A plan: which experiments are to run at which seeds, and which of these runs are missing."""

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
    """Some seeds of one experiment that run together as one batch.

    Attributes:
        experiment: the experiment.
        seeds: the seeds, which share tensors and messages.
    """

    experiment: Experiment
    seeds: tuple[int, ...]

    @property
    def num_steps(self) -> int:
        """The number of local steps of a worker, T = K R."""
        return self.experiment.num_rounds * self.experiment.algorithm.local_steps


def missing_jobs(plan: Plan) -> list[Job]:
    """Returns the runs that the record file lacks, in batches of seeds that may share a tensor.

    A last line that is cut short is moved out of the record file first, so that its run is missing.
    """
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
    """Returns how many seeds of an experiment share a tensor, which is faster for small vectors.

    Networks run one seed at a time, and so do methods that choose their schedule by the objective,
    since runs that share a tensor share a schedule.
    """
    if experiment.algorithm.objective_every or not isinstance(experiment.problem, ExactProblem):
        return 1
    # At most 2^21 numbers, 16 MiB in float64, in a tensor of all workers' iterates.
    return max(1, min(64, 2**21 // (experiment.problem.num_workers * experiment.problem.dimension)))
