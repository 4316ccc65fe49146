"""A few hundred wrong inputs of every kind; `python -m tests.fuzz.many` tries any number of them.

No input may end in a traceback, in a wrong exit code, without an end, or in the silent acceptance
of what a published schema forbids.
"""

import json
import os

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import checks, inputs

EACH = settings(
    max_examples=int(os.environ.get("RATEBOUND_FUZZ", "50")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
"""Inputs of each kind; 50 with every run of the tests, 350 in all."""

FORMATS = st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64])


@EACH
@given(arguments=inputs.theory_requests())
def test_requests_of_the_theory(arguments):
    checks.check_request(arguments)


@EACH
@given(arguments=inputs.empirical_requests())
def test_requests_that_run_methods(arguments):
    checks.check_request(arguments)


@EACH
@given(data=inputs.toml_plans())
def test_plans_in_toml(data):
    checks.check_toml(data)


@EACH
@given(data=st.data())
def test_records(data):
    lines = [*checks.recorded()]
    for index in range(len(lines)):
        if data.draw(st.booleans()):
            row = inputs.altered(data.draw, json.loads(lines[index]))
            lines[index] = json.dumps(row).encode() + b"\n"
    checks.check_records(inputs.damaged(data.draw, b"".join(lines)))


@EACH
@given(key=st.sampled_from(inputs.KEYS), data=st.data())
def test_theorems_in_json(key, data):
    checks.check_theorem(inputs.altered(data.draw, checks.theorem(key)))


@EACH
@given(
    index=st.integers(0, 100),
    size=st.integers(0, 40),
    form=FORMATS,
    body=st.binary(max_size=200),
    damage=st.tuples(st.integers(0, 500), st.integers(0, 500)),
)
def test_payloads(index, size, form, body, damage):
    checks.check_payload(index, size, form, body, damage)


@EACH
@given(files=inputs.image_folders())
def test_image_folders(files):
    checks.check_images(files)
