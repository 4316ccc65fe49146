import os
import re
import subprocess
import sys

import pytest

OWN = """
from dataclasses import dataclass
from empirical import LocalSGD
import helper_of_soft

@dataclass(frozen=True, kw_only=True)
class Soft(LocalSGD):
    \"\"\"Local SGD.\"\"\"

    def absorb(self, state, mean):
        return helper_of_soft.absorbed(super().absorb(state, mean))
"""
HELPER = "def absorbed(state):\n    return state\n"
RUN = ["problem=tilted", "num_workers=2", "local_steps=2", "num_rounds=2", "step_size=0.1"]
RUN += ["records=r.jsonl"]


@pytest.fixture
def soft(in_tmp):
    (in_tmp / "soft.py").write_text(OWN)
    (in_tmp / "helper_of_soft.py").write_text(HELPER)

    def call(command, *arguments):
        """A fresh process, as after an edit."""
        request = [sys.executable, "-m", "empirical", command, *arguments]
        # A runner of tests may set a width, at which keys would break.
        wide = {**os.environ, "COLUMNS": "200"}
        return subprocess.run(
            request, capture_output=True, text=True, cwd=in_tmp, check=False, env=wide
        )

    return call


def ran(done):
    """The runs that were done and those that were recorded before."""
    assert done.returncode == 0, done.stderr
    return tuple(map(int, re.search(r"(\d+) runs done, (\d+) were", done.stdout).groups()))


def test_runs_of_edited_code_are_repeated_and_told(soft, in_tmp):
    request = ("run", "algorithm=soft.py:Soft", *RUN)
    assert ran(soft(*request, "seeds=2")) == (2, 0)
    (in_tmp / "soft.py").write_text("# a remark\n" + OWN.replace("Local SGD.", "Other words."))
    assert ran(soft(*request, "seeds=2")) == (0, 2), "remarks and docstrings are no code"
    (in_tmp / "helper_of_soft.py").write_text(HELPER.replace("return state", "return state or 0"))
    again = soft(*request, "seeds=1")
    assert ran(again) == (1, 0)
    assert "1 of these runs were recorded before the code was edited" in again.stderr
    accepted = soft(*request, "seeds=3", "--accept-code")
    assert ran(accepted) == (1, 2), "seed 1 is of old code and counts; seed 0 is of new code"
    assert ran(soft(*request, "seeds=3")) == (0, 3)


def test_what_cannot_be_rebuilt_is_told_and_blocks_nothing(soft, in_tmp):
    ran(soft("run", "algorithm=soft.py:Soft", *RUN, "seeds=2"))
    ran(soft("run", "algorithm=local_sgd", *RUN, "seeds=2"))
    (in_tmp / "soft.py").unlink()
    judged = soft("judge", "r.jsonl")
    assert judged.returncode == 0
    assert "2 runs are left out, soft.py:Soft" in judged.stderr
    assert "soft.py is no file" in judged.stderr
    assert "local_sgd.nonconvex" in judged.stdout
    reported = soft("report", "r.jsonl", "--json")
    assert reported.returncode == 0
    assert "soft" not in reported.stdout
