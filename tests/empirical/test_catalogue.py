"""The catalogue is what stands in its folders, and what was recorded keeps its names and keys."""

import importlib
import inspect
import json
from pathlib import Path

import pytest

from empirical import catalogue
from empirical.algorithm import Algorithm
from empirical.compressor import Compressor
from empirical.description import name_of, names
from empirical.experiments.experiment import build_experiment
from empirical.experiments.records import read_records
from empirical.problem import Problem
from theory import catalogue as theorems
from theory.discovery import places

RECORDS = sorted((Path(__file__).parents[2] / "experiments").rglob("records.jsonl"))
KINDS = {
    Algorithm: catalogue.algorithms,
    Compressor: catalogue.compressors,
    Problem: catalogue.problems,
}


def concrete(kind):
    """Every class of the package that is of a kind and can be made."""
    for folder in ("algorithms", "compressors", "problems", "components"):
        for place in places(f"empirical.{folder}").values():
            importlib.import_module(place)
    return set(names(kind).values())


def test_the_counts_are_those_that_were():
    assert len(theorems.bounds()) == 164
    assert len(theorems.proofs()) == 77
    assert [len(find()) for find in KINDS.values()] == [25, 10, 15]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_class_that_can_be_made_is_an_example_of_its_own_file(kind):
    """So that nothing is lost silently: a file without EXAMPLES is in no catalogue."""
    found = concrete(kind)
    assert len(found) >= 10
    for item in found:
        examples = getattr(inspect.getmodule(item), "EXAMPLES", ())
        assert item in {type(example) for example in examples}, item


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_names_are_those_of_files_and_no_two_are_one(kind):
    for name, examples in KINDS[kind]().items():
        assert {name_of(type(example)) for example in examples} == {name}


def test_every_name_that_a_record_holds_builds_the_same_content_key():
    records = [item for file in RECORDS for item in read_records(file)]
    assert len(records) >= 37
    for record in records:
        data = json.loads(json.dumps(record.experiment))
        assert build_experiment(data).key == record.key
