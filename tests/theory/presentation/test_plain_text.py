import os
import subprocess
import sys

import pytest

from theory.presentation.plain_text import HANDLER, degrade_output


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("8ζ²L²η²", "8zeta^2L^2eta^2"),
        ("E‖∇F(ȳ)‖² ≤ ε", "E||grad F(y_bar)||^2 <= epsilon"),
        ("x̄_t, ŷ_t", "x_bar_t, y_hat_t"),
        ("κ₁ ∈ [0, ∞)", "kappa_1 in [0, inf)"),
        ("Δ – 字", "Delta - ?"),
    ],
)
def test_letters_have_an_ascii_spelling(text, plain):
    degrade_output()
    assert text.encode("ascii", errors=HANDLER).decode() == plain


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize(
    "command", [["show", "local_sgd.nonconvex"], ["prove", "minibatch_sgd.nonconvex"], ["--help"]]
)
def test_commands_write_what_an_output_can_hold(encoding, command):
    done = subprocess.run(
        [sys.executable, "-m", "theory", *command],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert done.stderr == b""
    assert len(done.stdout.decode(encoding)) > 500
