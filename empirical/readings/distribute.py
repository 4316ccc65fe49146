"""Reading two: the same algorithm on real ranks, its messages truly in flight while it computes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import torch

from empirical.algorithm import Algorithm
from empirical.problem import Problem
from empirical.runtime.launch import Place, run_ranks
from empirical.runtime.placement import transport_at
from empirical.runtime.run import RunOutcome, run
from empirical.runtime.slow_link import Link
from empirical.transport import TIMEOUT, check_layout


def distribute(
    algorithm: Algorithm[Any],
    problem: Problem,
    *,
    num_ranks: int,
    num_rounds: int,
    seeds: Sequence[int],
    link: Link | None = None,
    ordered: bool = False,
    measure_every: int = 1,
    dtype: torch.dtype = torch.float64,
    timeout: float = TIMEOUT,
) -> list[RunOutcome]:
    """Runs an algorithm on gloo ranks of this machine.

    Args:
        algorithm: what to run.
        problem: what to minimise; its workers are laid evenly over the ranks.
        num_ranks: P, a divisor of the number of workers.
        num_rounds: R, >= 1.
        seeds: one run each; they share messages.
        link: an emulated slow link.
        ordered: sum in the order of the workers: the same to the bit for every P.
        measure_every: steps between measurements.
        dtype: of all tensors.
        timeout: seconds that a collective may take.

    Returns:
        What each rank saw: the same numbers, its own seconds.

    Raises:
        ValueError: the workers cannot be laid evenly over the ranks.
        RankError: a rank failed, died or hung.
    """
    check_layout(problem.num_workers, num_ranks)
    arguments = (algorithm, problem, num_rounds, tuple(seeds), link, ordered, measure_every, dtype)
    return run_ranks(_on_rank, num_ranks, *arguments, timeout=timeout)


def _on_rank(
    place: Place,
    algorithm: Algorithm[Any],
    problem: Problem,
    num_rounds: int,
    seeds: tuple[int, ...],
    link: Link | None,
    ordered: bool,
    measure_every: int,
    dtype: torch.dtype,
) -> RunOutcome:
    with closing(transport_at(place, problem.num_workers, link, ordered=ordered)) as transport:
        return run(
            algorithm,
            problem,
            transport,
            num_rounds=num_rounds,
            seeds=seeds,
            measure_every=measure_every,
            dtype=dtype,
            device=place.device,
        )
