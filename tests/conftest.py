"""Shared by all tests: Hypothesis profiles, one thread, and the command in an empty folder."""

import os
import sys
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings

from empirical.cli.app import main

with suppress(ModuleNotFoundError):  # tests/theory runs without torch
    import torch

    torch.set_num_threads(1)

_calm = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=20, **_calm)
settings.register_profile("ci", max_examples=20, derandomize=True, **_calm)
settings.register_profile("thorough", max_examples=300, **_calm)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture
def in_tmp(tmp_path, monkeypatch):
    """A command runs in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ratebound(monkeypatch, capsys, in_tmp):
    """Calls the command in an empty folder; gives exit code, output and errors."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["ratebound", *arguments])
        monkeypatch.delenv("COLUMNS", raising=False)  # the width of whoever runs the tests
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return stop.value.code, said.out, said.err

    return call
