"""Ranks: starting them on this machine from a fork server, or joining those of torchrun."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
import torch.distributed as dist

from empirical.transport import TIMEOUT

T = TypeVar("T")

_FAREWELL = 5.0
"""Seconds that a rank may take to exit after it has answered."""

_PATIENCE = timedelta(minutes=30)
"""How long ranks wait while the first one fetches or decodes data."""


_LONGEST_FOLDER = 70
"""Greatest length of TMPDIR: of the 107 bytes of a socket's path multiprocessing adds up to 37."""


class RankError(RuntimeError):
    """A rank raised an error, died, or did not answer in time."""


@dataclass(frozen=True)
class Place:
    """The place of this process among the ranks.

    Attributes:
        rank: number of the rank, 0 to num_ranks - 1.
        num_ranks: P, the number of ranks.
        device: device of its tensors.
        timeout: seconds that a collective may take before this rank gives up.
    """

    rank: int = 0
    num_ranks: int = 1
    device: str = "cpu"
    timeout: float = TIMEOUT


@contextmanager
def joined(device: str = "cpu", timeout: float = TIMEOUT) -> Iterator[Place]:
    """Joins the process group that torchrun's environment describes, and leaves it at the end.

    Args:
        device: "cpu" (gloo) or "cuda" (NCCL, one GPU a rank).
        timeout: seconds that a collective of the transport may take.

    Raises:
        RankError: a peer failed, died or hung.
    """
    if device == "cuda":
        device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        torch.cuda.set_device(device)
    torch.set_num_threads(1)
    try:
        dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=_PATIENCE)
        yield Place(dist.get_rank(), dist.get_world_size(), device, timeout)
        dist.destroy_process_group()
    except RuntimeError as error:  # no farewell: a collective would wait for the peer that is gone
        raise RankError(_one_line(error)) from error


def run_ranks(
    function: Callable[..., T], num_ranks: int, *arguments: Any, timeout: float = TIMEOUT
) -> list[T]:
    """Runs a function on gloo ranks of this machine and returns their results by rank.

    A script that calls this needs `if __name__ == "__main__":`, since the ranks import it.

    Args:
        function: function that is importable by name; called as function(place, *arguments) on
            every rank.
        num_ranks: P, >= 1.
        arguments: further arguments, picklable.
        timeout: seconds that a collective may take before its rank gives up.

    Raises:
        RankError: a rank raised, died or hung; the others are ended.
    """
    _check_socket_path()
    context = multiprocessing.get_context("forkserver")
    _ensure_fork_server()
    with tempfile.TemporaryDirectory(prefix="ratebound-") as folder:
        ranks: list[_Rank] = []
        try:
            for rank in range(num_ranks):
                here, there = context.Pipe(duplex=False)
                place = Place(rank, num_ranks, timeout=timeout)
                arguments_there = (there, str(Path(folder, "store")), place, function, arguments)
                process = context.Process(target=_rank_main, args=arguments_there, daemon=True)
                ranks.append(_Rank(process, here))
                process.start()
                there.close()  # with one writer left, the death of the rank ends the pipe
            answers = _collect(ranks)
            for item in ranks:
                item.process.join(_FAREWELL)
            return answers
        finally:
            for item in ranks:
                if item.process.pid is not None:  # else Ctrl-C came before it was started
                    item.process.kill()
                    item.process.join()
                item.end.close()


def _check_socket_path() -> None:
    """Refuses a folder for temporary files whose path leaves no room for that of a socket."""
    folder = tempfile.gettempdir()
    if len(folder) > _LONGEST_FOLDER:
        raise ValueError(
            f"TMPDIR={folder} has {len(folder)} characters, and ranks open sockets there, whose "
            f"folder may have {_LONGEST_FOLDER}; set TMPDIR to a shorter path"
        )


def _ensure_fork_server() -> None:
    """Starts the server that ranks are forked from, with one BLAS thread.

    The server preloads the modules of this project that are loaded here: the ranks need them, and
    each would import them again. Without the thread limit each rank would start one thread a core,
    and they would slow each other down. The limit must stand in the environment before the server
    starts, since numpy reads it only once, when it is imported.
    """
    setting = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    before = dict(os.environ)
    os.environ.update(setting)
    # Ranks inherit that Ctrl-C is ignored: a terminal sends it to all, and only this process acts.
    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        ours = [name for name in sys.modules if name.partition(".")[0] in ("theory", "empirical")]
        forkserver.set_forkserver_preload(["torch", "torch.distributed", *ours])
        forkserver.ensure_running()
    finally:
        if main:
            signal.signal(signal.SIGINT, handler)
        os.environ.clear()
        os.environ.update(before)


class _Rank(NamedTuple):
    """A rank that was started here, and the end of the pipe on which its answer comes."""

    process: BaseProcess
    end: Connection

    def answer(self) -> tuple[bool, Any]:
        """Returns whether the rank finished, and its result or the reason of its failure."""
        try:
            answer: tuple[bool, Any] = pickle.loads(self.end.recv_bytes())
        except EOFError:
            self.process.join(_FAREWELL)
            code = self.process.exitcode
            return False, f"died without a word (exit code {code}; -9 is a kill, 1 a failed start)"
        return answer


def _collect(ranks: list[_Rank]) -> list[Any]:
    """Returns the results of all ranks, in their order.

    The first failure ends the wait: the other ranks may be waiting for the one that failed, until
    their timeout.

    Raises:
        RankError: a rank failed; the text names all that had failed by then.
    """
    answers: dict[int, Any] = {}
    while len(answers) < len(ranks):
        waiting = {item.end: rank for rank, item in enumerate(ranks) if rank not in answers}
        failures = []
        for end in wait(list(waiting)):
            rank = next(rank for other, rank in waiting.items() if other is end)
            finished, answer = ranks[rank].answer()
            answers[rank] = answer
            if not finished:
                failures.append(f"rank {rank} failed: {answer}")
        if failures:
            raise RankError("; ".join(failures))
    return [answers[rank] for rank in range(len(ranks))]


def _rank_main(
    end: Connection,
    store: str,
    place: Place,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    torch.set_num_threads(1)
    try:
        dist.init_process_group(
            "gloo",
            store=dist.FileStore(store, place.num_ranks),  # type: ignore[attr-defined]  # unlisted
            rank=place.rank,
            world_size=place.num_ranks,
            timeout=timedelta(seconds=place.timeout),
        )
        _send(end, (True, function(place, *arguments)))
        dist.destroy_process_group()
    except Exception as error:
        _send(end, (False, _one_line(error)))


def _end_with_parent() -> None:
    """Starts a thread that ends this rank when its parent is gone, so that no orphan goes on."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _send(end: Connection, answer: tuple[bool, Any]) -> None:
    """Sends an answer by value.

    A plain Connection.send would share the memory of tensors, which ends with this process.
    """
    end.send_bytes(pickle.dumps(answer))


def _one_line(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {first} ({Path(where.filename).name}:{where.lineno})"


def gather(place: Place, value: T) -> list[T]:
    """Returns the values of all ranks, in their order; every rank must call it."""
    found: list[Any] = [value] * place.num_ranks
    if place.num_ranks > 1:
        dist.all_gather_object(found, value)
    return found


def agree(place: Place, decide: Callable[[], T]) -> T:
    """Lets rank 0 decide and returns its decision on every rank; every rank must call it.

    Args:
        place: this process among the ranks.
        decide: called on rank 0 only; its result must be picklable.

    Raises:
        ValueError: `decide` raised a ValueError, OSError or ImportError. All ranks raise it, so
            that none waits for a decision that does not come.
    """
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
    decided: T = value
    return decided
