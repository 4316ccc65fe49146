"""Completion in the shells that people use."""

import shutil
import subprocess

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_knows_the_commands_and_their_options(ratebound, shell):
    code, out, err = ratebound("completion", shell)
    assert (code, err) == (0, "")
    for word in ("evaluate", "worst-case", "most-local-steps"):
        assert word in out


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed here")
def test_bash_completes_a_command(ratebound, in_tmp):
    (in_tmp / "script").write_text(ratebound("completion", "bash")[1])
    typed = "COMP_WORDS=(ratebound eva); COMP_CWORD=1; COMP_LINE='ratebound eva'; COMP_POINT=13"
    code = f"source ./script; {typed}; _ratebound; echo ${{COMPREPLY[*]}}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["evaluate"]


def test_another_shell_is_refused(ratebound):
    code, _, err = ratebound("completion", "tcsh")
    assert code == 2
    assert "bash" in err
