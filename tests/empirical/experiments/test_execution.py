import json
import os
import signal
import subprocess
import sys
import time

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
    assert row["key"] == found.key
    assert found.layout["num_ranks"] == 2


@pytest.mark.ranks
@pytest.mark.parametrize(("ranks", "after"), [(1, 2), (1, 11), (1, 23), (2, 1), (2, 6)])
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
