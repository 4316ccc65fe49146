"""What README.md shows is true: its Python runs, and its commands for files of one's own do."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
SHELL = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
OWN = re.search(r"<!-- own -->\n```sh\n(.*?)```", README, flags=re.DOTALL).group(1)


def files():
    """The blocks that begin with a comment of their file's name, by that name."""
    named = [(re.match(r"# (\w+\.py):", block), block) for block in PYTHON]
    return {match.group(1): block for match, block in named if match}


def commands(block):
    """The commands of a block of shell, without comments and with lines joined."""
    joined = block.replace("\\\n", " ")
    lines = [shlex.split(line, comments=True) for line in joined.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("block", [block for block in PYTHON if not block.startswith("# ")])
def test_every_python_example_runs(block, tmp_path):
    file = tmp_path / "example.py"
    file.write_text(block)
    command = [sys.executable, file]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for value in re.findall(r"print\(.*\)  # ([\d.]+)", block):
        assert value in done.stdout


def test_python_examples_use_public_names_only():
    for block in PYTHON:
        deep = re.findall(r"^(?:from|import) ((?:theory|empirical)\.\w+(?:\.\w+)*)", block, re.M)
        assert not deep


@pytest.mark.ranks
def test_files_of_ones_own_run_are_judged_and_read_exactly(ratebound, in_tmp):
    assert files().keys() == {"soft.py", "parts.py"}
    for name, block in files().items():
        (in_tmp / name).write_text(block)
    said = {}
    for program, *arguments in commands(OWN):
        assert program == "ratebound"
        code, out, err = ratebound(*arguments)
        assert code == 0, err or out
        said[arguments[0]] = out
    assert said["judge"].count("HOLDS") >= 6  # five levels and their rate
    assert "VIOLATED" not in said["judge"]
    assert "soft_averaging.nonconvex.mixing" in said["moments"]
    assert "soft_averaging.nonconvex " in said["worst-case"]
    assert "not refuted" in said["falsify"]


def test_every_command_of_the_readme_exists(ratebound):
    known = ratebound("--help")[1]
    asked = [line for block in SHELL for line in commands(block) if line[0] == "ratebound"]
    assert len(asked) >= 30
    assert not {line[1] for line in asked if not re.search(rf"\b{line[1]}\b", known)}
