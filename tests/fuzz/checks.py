"""What must hold of every input: a right answer, or a line and the right exit code."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path

import jsonschema
import msgspec
import numpy as np
import torch
from PIL import Image

from empirical import catalogue as empirical_catalogue
from empirical.cli.app import main
from empirical.experiments.records import Record, read_records
from empirical.problems.datasets.image_folder import load_images
from empirical.wire.envelope import CorruptMessage, Header, open_first, seal
from theory import catalogue
from theory.export import answers, json_export

SECONDS = 30
"""Seconds after which an input counts as one that never ends."""


def call(*arguments):
    """Calls the command in this process; returns the exit code, the output and the errors."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = ["ratebound", *arguments]
    try:
        with limited(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as stop:
        return stop.code, out.getvalue(), err.getvalue()
    finally:
        sys.argv = before
    raise AssertionError("the command did not exit")


@contextlib.contextmanager
def limited():
    """Fails what does not end in time."""

    def ring(*_):
        raise AssertionError(f"no end after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def empty_folder():
    """Works in an empty folder, which is gone afterwards."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def check_request(arguments):
    """A request is answered, or refused in one line with exit code 2; 1 means what it says."""
    with empty_folder():
        return judge_answer(arguments, *call(*arguments))


def judge_answer(arguments, code, out, err):
    """Fails if an exit code, an error or an answer is not what it must be; returns the code."""
    where = f"{arguments}: {code}, {err[:500]}"
    assert code in (0, 1, 2), where
    assert "Traceback" not in err, where
    assert "fault of ratebound" not in err, where
    if code == 2:
        # Each group of records that does not count has a line of its own before the reason.
        lines = err.splitlines()
        assert lines, where
        assert all(len(line) > len("ratebound: ") for line in lines), where
        assert all(line.startswith("ratebound: ") for line in lines), where
        assert len(lines) == 1 or arguments[0] in ("judge", "run"), where
    if code == 1:
        assert any(word in out for word in ("VIOLATED", "REFUTED", "NOT PROVED", "survives")), where
    helped = {"-h", "--help", "--version"} & set(arguments)
    if code == 0 and "--json" in arguments and arguments[0] != "export" and not helped:
        check_answer(arguments[0], out)
    return code


@cache
def _validator(command):
    return jsonschema.Draft202012Validator({**answers.schema(), "$ref": f"#/$defs/{command}"})


def check_answer(command, out):
    """Fails if an answer is not as the published schema says."""
    answer = json.loads(out, parse_constant=_no_constant)
    found = jsonschema.exceptions.best_match(_validator(command).iter_errors(answer))
    assert found is None, f"{command}: {found.json_path}: {found.message[:300]}"


def _no_constant(name):
    raise AssertionError(f"{name} is no JSON")


def check_toml(data):
    """A plan runs, or is refused in one line."""
    with empty_folder() as folder:
        (folder / "plan.toml").write_bytes(data)
        arguments = ["run", "plan.toml", "records=records.jsonl"]
        return judge_answer(arguments, *call(*arguments))


@cache
def recorded():
    """Lines of records, as `run` writes them."""
    with empty_folder() as folder:
        request = "algorithm=local_sgd local_steps=2 step_size=0.1 problem=tilted num_workers=2 "
        request += "size=3 gradient_noise=1 heterogeneity=1 num_rounds=2 seeds=2 records=r.jsonl"
        assert call("run", *request.split())[0] == 0
        return (folder / "r.jsonl").read_bytes().splitlines(keepends=True)


@cache
def _record_schema():
    return jsonschema.Draft202012Validator(msgspec.json.schema(Record))


def check_records(data):
    """Records are judged or refused, the file is left to the byte, the schema is kept to."""
    with empty_folder() as folder:
        file = folder / "r.jsonl"
        file.write_bytes(data)
        code = judge_answer(["judge"], *call("judge", "r.jsonl", "--all"))
        assert file.read_bytes() == data, "a reader changed the file"
        if code in (0, 1):
            for line in data.splitlines():
                row = json.loads(line, parse_constant=_no_constant)
                assert _record_schema().is_valid(row), f"accepted in silence: {row}"
            assert len(read_records(file)) == len(data.splitlines())
        return code


@cache
def theorem(key):
    """A theorem as it is exported."""
    return json_export.bound_as_json(catalogue.lookup(key))


@cache
def _theorem_schema():
    return jsonschema.Draft202012Validator(json_export.schema())


def check_theorem(document):
    """A theorem that is read is as the schema says; any other is refused by a ValueError."""
    document = json.loads(json.dumps(document))
    with limited():
        try:
            json_export.bounds_from_json(document)
        except ValueError:
            return 2
    assert _theorem_schema().is_valid(document), f"accepted in silence: {document}"
    return 0


@cache
def _compressors():
    return [item for several in empirical_catalogue.compressors().values() for item in several]


def check_payload(index, size, form, body, damage):
    """A body is read and has meaning, or is refused; damage to a message is always noticed."""
    compressor = _compressors()[index % len(_compressors())]
    data = torch.tensor(list(body), dtype=torch.uint8)
    with limited():
        try:
            payload = compressor.read(data, size, form)
        except CorruptMessage:
            pass
        else:
            vector = compressor.decode(payload, size)
            assert vector.shape == (size,)
            assert bool(vector.isfinite().all())
        header = Header(compressor.code, form, size, compressor.parameters)
        message = seal(header, data)
        place, flip = damage[0] % len(message), damage[1] % 255 + 1
        message[place] = int(message[place]) ^ flip
        try:
            open_first(message)
        except CorruptMessage:
            return 2
    raise AssertionError("damage was not noticed")


def check_images(files):
    """Images are loaded whole, or a ValueError names the folder and what is wrong."""
    with empty_folder() as folder, limited():
        for split in ("train", "test"):
            (folder / split).mkdir()
        for split, name, file, size, mode in files:
            path = folder / split / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            if mode == "bytes" or not path.suffix or path.suffix == ".txt":
                path.write_bytes(b"no image")
            else:
                kind = {".jpg": "JPEG", ".webp": "WEBP", ".bmp": "BMP"}.get(path.suffix.lower())
                safe = mode if kind in (None, "WEBP") or mode != "RGBA" else "RGB"
                Image.new(safe, size).save(path, kind or "PNG")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            refusal = None
            try:
                images, labels, tests, test_labels = load_images(folder, 10)
            except ValueError as error:
                refusal = str(error)
        if refusal is not None:
            assert str(folder) in refusal
            return 2
        assert images.shape == (len(labels), 3, 32, 32)
        assert tests.shape == (len(test_labels), 3, 32, 32)
        assert set(np.unique(labels)) == set(np.unique(test_labels)) == set(range(labels.max() + 1))
        return 0
