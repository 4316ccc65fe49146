import json
import os
import socket
import subprocess
import sys

import pytest

from empirical.experiments.records import read_records
from empirical.runtime.launcher import is_first, is_launched

REQUEST = ["run", "algorithm=local_sgd", "problem=tilted", "num_workers=2", "local_steps=2"]
REQUEST += ["num_rounds=3", "step_size=0.1", "seeds=2", "records=r.jsonl", "--json"]
SRUN = {"SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2", "SLURM_LOCALID": "1"}
MPIRUN = {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"}
MEETING = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}


@pytest.fixture
def environment(monkeypatch):
    """Sets variables; all that a launcher sets is gone before and after."""
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", *SRUN, *MPIRUN, *MEETING):
        monkeypatch.setenv(name, "")  # so that what is_launched sets is taken back
        monkeypatch.delenv(name)
    return lambda given: [monkeypatch.setenv(*item) for item in given.items()]


@pytest.mark.parametrize(
    ("given", "launched", "first"),
    [
        ({}, False, True),
        ({"RANK": "0", "WORLD_SIZE": "1", **MEETING}, True, True),
        ({"RANK": "1", "WORLD_SIZE": "2", **MEETING}, True, False),
        ({**SRUN, **MEETING}, True, False),
        ({**SRUN, **MEETING, "SLURM_PROCID": "0"}, True, True),
        ({**MPIRUN, **MEETING}, True, False),
        ({**SRUN, "SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"}, False, True),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "4"}, False, True),
    ],
)
def test_launchers_are_known_by_their_variables(environment, given, launched, first):
    environment(given)
    assert is_launched() == launched
    assert is_first() == first
    assert ("RANK" in os.environ) == launched


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (SRUN, "srun has started 2 copies of this command .* MASTER_ADDR and MASTER_PORT are not"),
        (MPIRUN, "mpirun has started 2 copies"),
        ({"RANK": "0", "WORLD_SIZE": "1"}, "RANK and WORLD_SIZE are set, .* unset what is set"),
        ({**SRUN, "MASTER_ADDR": "a"}, "but MASTER_PORT are not"),
    ],
)
def test_ranks_that_cannot_meet_are_refused(environment, given, said):
    environment(given)
    with pytest.raises(ValueError, match=said):
        is_launched()


@pytest.mark.ranks
def test_copies_that_srun_starts_are_ranks_of_one_run(in_tmp):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    copies = [
        subprocess.Popen(
            [sys.executable, "-m", "empirical", *REQUEST],
            env={**os.environ, **SRUN, **MEETING, "MASTER_PORT": port, "SLURM_PROCID": rank},
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in ("0", "1")
    ]
    said = [copy.communicate(timeout=120)[0] for copy in copies]
    assert [copy.returncode for copy in copies] == [0, 0]
    assert json.loads(said[0])[0]["num_seeds"] == 2
    assert said[1] == ""
    assert [item.layout["num_ranks"] for item in read_records(in_tmp / "r.jsonl")] == [2, 2]


@pytest.mark.ranks
def test_a_folder_without_room_for_a_socket_is_refused(in_tmp):
    folder = in_tmp / ("long" * 40)
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "empirical", *REQUEST, "ranks=2"],
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "set TMPDIR to a shorter path" in done.stderr
