"""Starting ranks: here, from a fork server, or joining those that torchrun has started."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.distributed as dist

T = TypeVar("T")

TIMEOUT = 60.0
"""Seconds after which a rank that hears nothing from its peers gives up."""


class RankError(RuntimeError):
    """A rank failed, died, or did not answer in time."""


@dataclass(frozen=True)
class Place:
    """Where this process stands among the ranks.

    Attributes:
        rank: its number, 0 to num_ranks - 1.
        num_ranks: P.
        device: where its tensors live.
    """

    rank: int = 0
    num_ranks: int = 1
    device: str = "cpu"


def under_torchrun() -> bool:
    """Whether torchrun (or a like launcher) has started this process as one of several ranks."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ


@contextmanager
def joined(device: str = "cpu", timeout: float = TIMEOUT) -> Iterator[Place]:
    """Joins the process group that torchrun's environment describes, and leaves it at the end.

    Args:
        device: "cpu" (gloo) or "cuda" (NCCL, one GPU a rank).
        timeout: seconds that a collective may take.
    """
    if device == "cuda":
        device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        torch.cuda.set_device(device)
    backend = "nccl" if device.startswith("cuda") else "gloo"
    torch.set_num_threads(1)
    dist.init_process_group(backend, timeout=timedelta(seconds=timeout))
    try:
        yield Place(dist.get_rank(), dist.get_world_size(), device)
    finally:
        dist.destroy_process_group()


def run_ranks(
    function: Callable[..., T], num_ranks: int, *arguments: Any, timeout: float = TIMEOUT
) -> list[T]:
    """Runs a function on gloo ranks of this machine and returns what each returned.

    Args:
        function: importable by name; called as function(place, *arguments) on every rank.
        num_ranks: P, >= 1.
        arguments: picklable.
        timeout: seconds that a collective may take before its rank gives up.

    Raises:
        RankError: a rank raised, died or hung; the others are ended.
    """
    context = multiprocessing.get_context("forkserver")
    _ensure_fork_server()
    with tempfile.TemporaryDirectory(prefix="ratebound-") as folder:
        store = str(Path(folder, "store"))
        ends: list[Connection] = []
        processes = []
        for rank in range(num_ranks):
            here, there = context.Pipe(duplex=False)
            process = context.Process(
                target=_rank_main,
                args=(there, store, Place(rank, num_ranks), timeout, function, arguments),
                daemon=True,
            )
            process.start()
            there.close()
            ends.append(here)
            processes.append(process)
        try:
            return _collect(ends)
        finally:
            for process in processes:
                process.join(timeout=0.0 if process.exitcode is not None else 5.0)
                if process.is_alive():
                    process.kill()
                    process.join()


def _ensure_fork_server() -> None:
    """Starts the server that ranks are forked from, with torch loaded and one BLAS thread.

    Ranks that each start a thread a core spin against each other; numpy reads the setting only
    once, when it is imported.
    """
    setting = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    before = dict(os.environ)
    os.environ.update(setting)
    try:
        forkserver.set_forkserver_preload(["torch", "torch.distributed", "empirical.launch"])
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _collect(ends: list[Connection]) -> list[Any]:
    """One answer a rank; the first failure ends the wait."""
    answers: dict[int, Any] = {}
    while len(answers) < len(ends):
        waiting = [end for rank, end in enumerate(ends) if rank not in answers]
        ready = wait(waiting)
        for rank, end in enumerate(ends):
            if end not in ready:
                continue
            try:
                finished, answer = pickle.loads(end.recv_bytes())
            except EOFError:
                raise RankError(f"rank {rank} died without a word") from None
            if not finished:
                raise RankError(f"rank {rank} failed: {answer}")
            answers[rank] = answer
    return [answers[rank] for rank in range(len(ends))]


def _rank_main(
    end: Connection,
    store: str,
    place: Place,
    timeout: float,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
) -> None:
    torch.set_num_threads(1)
    try:
        dist.init_process_group(
            "gloo",
            store=dist.FileStore(store, place.num_ranks),  # type: ignore[attr-defined]  # public, unlisted
            rank=place.rank,
            world_size=place.num_ranks,
            timeout=timedelta(seconds=timeout),
        )
        _send(end, (True, function(place, *arguments)))
    except Exception as error:
        _send(end, (False, _one_line(error)))
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


def _send(end: Connection, answer: tuple[bool, Any]) -> None:
    """By value: torch would share its tensors' memory, which dies with this process."""
    end.send_bytes(pickle.dumps(answer))


def _one_line(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"


def agree(place: Place, decide: Callable[[], T]) -> T:
    """What rank 0 decides, on every rank; an error there is an error everywhere."""
    if place.num_ranks == 1:
        return decide()
    answer: list[Any] = [None]
    if place.rank == 0:
        try:
            answer = [(True, decide())]
        except (ValueError, OSError, ImportError) as error:
            answer = [(False, str(error))]
    dist.broadcast_object_list(answer, src=0)
    finished, value = answer[0]
    if not finished:
        raise ValueError(value)
    return value  # type: ignore[no-any-return]


def is_first() -> bool:
    """Whether this process is the one that speaks: rank 0 under torchrun, or the only one."""
    return os.environ.get("RANK", "0") == "0"
