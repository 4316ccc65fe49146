import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from empirical.cli.plan_request import plan
from empirical.experiments.append_only import writing
from empirical.experiments.execution import carry_out
from empirical.experiments.plan import missing_jobs
from empirical.experiments.records import read_records

REQUEST = ["algorithm=overlap_local_sgd", "problem=tilted", "num_workers=4", "local_steps=4"]
REQUEST += ["pullback=0.5", "step_size=0.05", "gradient_noise=1", "heterogeneity=1"]


def ratebound(*arguments, **settings):
    command = [sys.executable, "-m", "empirical", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings
    )


@pytest.mark.ranks
def test_ranks_started_here_record_the_simulators_numbers(in_tmp):
    carry_out(plan([*REQUEST, "num_rounds=10", "seeds=2", "records=alone"]))
    carry_out(plan([*REQUEST, "num_rounds=10", "seeds=2", "records=ranks", "ranks=2"]))
    alone, ranks = (read_records(in_tmp / name) for name in ("alone", "ranks"))
    for left, right in zip(alone, ranks, strict=True):
        assert (left.key, left.seed) == (right.key, right.seed)
        assert left.averages == pytest.approx(right.averages, rel=1e-12)
        assert left.wire_bytes == right.wire_bytes
        assert right.layout["num_ranks"] == 2


@pytest.mark.ranks
def test_torchrun_records_the_simulators_numbers(in_tmp):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += ["-m", "empirical", "run", *REQUEST, "num_rounds=10", "records=torchrun", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    [row] = json.loads(done.stdout[done.stdout.index("[") :])
    carry_out(plan([*REQUEST, "num_rounds=10", "records=alone"]))
    [found], [expected] = read_records(in_tmp / "torchrun"), read_records(in_tmp / "alone")
    assert found.averages == pytest.approx(expected.averages, rel=1e-12)
    assert row["experiment_key"] == found.key
    assert found.layout["num_ranks"] == 2


@pytest.mark.ranks
@pytest.mark.parametrize(("ranks", "after"), [(1, 2), (1, 23), (2, 1), (2, 6)])
def test_a_killed_run_keeps_what_is_finished_and_completes_the_rest(in_tmp, ranks, after):
    """SIGKILL soon after so many records; then the same request once more."""
    path = in_tmp / "records.jsonl"
    seeds = 40 // ranks
    request = [*REQUEST, "num_rounds=60", f"seeds={seeds}", "together=1", f"records={path}"]
    request += [f"ranks={ranks}", f"measure_every={1 if ranks == 1 else 40}"]
    process = ratebound("run", *request)
    while not path.is_file() or path.read_bytes().count(b"\n") < after:
        assert process.poll() is None, process.communicate()
        time.sleep(0.003)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    process.stdout.close()
    process.stderr.close()
    _wait_for_silence(path)
    intact = path.read_bytes()
    intact = intact[: intact.rfind(b"\n") + 1]
    survived = len(intact.splitlines())
    assert 0 < survived < seeds, "the kill must fall in the middle"
    assert carry_out(plan(request)) == seeds - survived
    assert path.read_bytes().startswith(intact)
    assert [item.seed for item in read_records(path)] == list(range(seeds))


def _wait_for_silence(path):
    """Ranks end with the process that started them: soon nobody writes any more."""
    for _ in range(50):
        size = path.stat().st_size
        time.sleep(0.2)
        try:
            with writing(path):
                assert path.stat().st_size == size
                return
        except ValueError:
            continue
    raise AssertionError("ranks outlived the process that started them")


def test_jobs_share_a_tensor_where_vectors_are_small():
    jobs = missing_jobs(plan([*REQUEST, "num_rounds=2", "seeds=100"]))
    assert [len(job.seeds) for job in jobs] == [64, 36]


def descendants(pid):
    """All processes below one, as the kernel lists them."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += [int(child), *descendants(int(child))]
    return found


def is_running(pid):
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.ranks
@pytest.mark.parametrize("whole_group", [True, False], ids=["ctrl-c", "parent alone"])
def test_an_interrupt_ends_all_processes_without_a_word(in_tmp, whole_group):
    request = [*REQUEST, "num_rounds=100000", "seeds=40", "together=1", "records=r.jsonl"]
    process = subprocess.Popen(
        [sys.executable, "-m", "empirical", "run", *request, "ranks=2", "measure_every=1000"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while len(below := descendants(process.pid)) < 4 and time.monotonic() < deadline:
        time.sleep(0.1)  # two ranks, their server and the tracker of resources
    time.sleep(1)
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
    while any(map(is_running, below)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in below if is_running(pid)]
