import re
import subprocess
import sys
from pathlib import Path

import pytest

from theory.presentation.faults import explained


def run(command, *, check):
    request = [sys.executable, "-m", "theory", *command]
    return subprocess.run(request, capture_output=True, text=True, check=check)


def test_a_fault_is_written_to_a_file_and_named(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    try:
        raise KeyError("sigma")
    except KeyError as error:
        code = explained(error)
    said = capsys.readouterr().err
    assert code == 4
    assert said.count("\n") == 1
    file = Path(re.search(r"see (\S+)", said)[1])
    assert "this is a fault of ratebound" in said
    assert "Traceback" in file.read_text()
    assert 'raise KeyError("sigma")' in file.read_text()


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ValueError("lr=3 is none"), 2, "lr=3 is none"),
        (FileNotFoundError("no file"), 2, "no file"),
        (ImportError("torch is missing"), 2, "torch is missing"),
        (
            ModuleNotFoundError("No module named 'torch'", name="torch"),
            2,
            r"torch is not installed, which this command needs \(`pip install torch`\)",
        ),
        (
            ValueError("a name\rwith\x1bcontrol\u2028characters"),
            2,
            r"a name with\\x1bcontrol characters",
        ),
        (OverflowError(34, "out of range"), 2, "too large or too small"),
        (MemoryError("of 9 GiB"), 2, "more memory than there is"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), 2, "more memory"),
        (ValueError("num_rounds=1" + "0" * 400), 2, r"num_rounds=1000000000\.\.\. \(401 digits\)"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_what_is_wrong_is_one_line_and_a_code(capsys, error, code, said):
    assert explained(error) == code
    line = capsys.readouterr().err
    assert re.search(said, line)
    assert line.count("\n") == (1 if said else 0)


def test_a_missing_word_is_called_by_its_name():
    done = run(["evaluate"], check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("ratebound: evaluate needs KEY; ")


def test_a_closed_output_and_a_reader_who_leaves_end_quietly():
    closed = subprocess.run(
        f"{sys.executable} -m theory bounds >&-", shell=True, capture_output=True, check=False
    )
    assert (closed.returncode, closed.stderr) == (0, b"")
    left = subprocess.run(
        [
            "bash",
            "-c",
            f"set -o pipefail; {sys.executable} -m theory export | head -c 1 > /dev/null",
        ],
        capture_output=True,
        check=False,
    )
    assert left.returncode in (0, 141)
    assert left.stderr == b""


def test_the_version_is_that_of_the_package():
    from importlib.metadata import version

    assert run(["--version"], check=True).stdout.strip() == version("ratebound")
