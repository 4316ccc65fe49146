import os
import signal
import time
from pathlib import Path

import pytest
import torch
import torch.distributed as dist

from empirical.runtime.launch import RankError, agree, run_ranks
from empirical.runtime.process_group import Ranked

pytestmark = pytest.mark.ranks


def _number(place, factor):
    return place.rank * factor


def _fail_on_one(place):
    if place.rank == 1:
        raise ValueError("rank one has had enough")
    dist.barrier()


def _die_on_one(place):
    if place.rank == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    dist.barrier()


def _hang_on_one(place):
    if place.rank == 1:
        time.sleep(30)
    dist.all_reduce(torch.ones(3))


def _hang_before_a_post(place):
    if place.rank == 1:
        time.sleep(30)
    Ranked(2, timeout=place.timeout).post(torch.ones(1, 3)).wait()


def _open_and_close(place):
    counts = []
    for _ in range(12):
        transport = Ranked(place.num_ranks, timeout=place.timeout)
        transport.post(torch.ones(1, 3)).wait()
        transport.mean(torch.ones(1, 3))
        transport.close()
        counts.append(len(list(Path("/proc/self/fd").iterdir())))
    return counts


def _agree(place):
    return agree(place, lambda: f"decided on {place.rank}")


def _disagree(place):
    def decide():
        raise ValueError("no such thing")

    try:
        agree(place, decide)
    except ValueError as error:
        return str(error)


def test_every_rank_answers_in_its_place():
    assert run_ranks(_number, 3, 10) == [0, 10, 20]


def test_an_error_on_one_rank_ends_all_with_its_name():
    with pytest.raises(RankError, match=r"rank \d failed"):
        run_ranks(_fail_on_one, 2, timeout=20)


def test_a_killed_rank_is_an_error_in_bounded_time():
    start = time.monotonic()
    with pytest.raises(
        RankError, match=r"rank 1 failed: died without a word \(exit code -9|rank 0 failed"
    ):
        run_ranks(_die_on_one, 2, timeout=20)
    assert time.monotonic() - start < 25


def test_a_hanging_peer_is_an_error_within_the_timeout():
    start = time.monotonic()
    with pytest.raises(RankError, match="rank 0 failed"):
        run_ranks(_hang_on_one, 2, timeout=2)
    assert time.monotonic() - start < 15


def test_the_timeout_reaches_the_transport():
    start = time.monotonic()
    with pytest.raises(RankError, match="rank 0 failed"):
        run_ranks(_hang_before_a_post, 2, timeout=2)
    assert time.monotonic() - start < 15


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files through /proc")
def test_a_closed_transport_gives_back_its_sockets():
    for counts in run_ranks(_open_and_close, 2):
        assert counts[-1] <= counts[1] + 2


def test_ranks_agree_on_what_the_first_decides():
    assert run_ranks(_agree, 2) == ["decided on 0"] * 2
    assert run_ranks(_disagree, 2) == ["no such thing"] * 2
