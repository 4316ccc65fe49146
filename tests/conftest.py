"""Shared by all tests: Hypothesis profiles and one thread, so that runs repeat and do not crowd."""

import os

import pytest
import torch
from hypothesis import HealthCheck, settings

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
