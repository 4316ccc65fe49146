"""What the faces export: every name is there, and nothing is loaded before it is used."""

import importlib
import inspect
import json
import subprocess
import sys

import pytest

from empirical import catalogue
from theory import discovery

FACES = (
    "theory",
    "theory.proving",
    "theory.testing",
    "empirical",
    "empirical.testing",
    "empirical.wire",
)


def exported(face):
    """The objects of a face by name; each is loaded."""
    package = importlib.import_module(face)
    return {name: getattr(package, name) for name in package.__all__}


def line(item):
    """The line that a face lacks."""
    return f"from .{item.__module__.partition('.')[2]} import {item.__name__} as {item.__name__}"


def missing(items, face):
    """What to add to a face."""
    there = list(exported(face).values())
    return sorted({line(item) for item in items if item not in there})


def arguments(kind):
    """Own classes that the parameters of a class's constructor name, bases and enums included."""
    classes = {
        item.__name__: item
        for package in ("empirical.components", "empirical.compressors", "empirical.problems")
        for place in discovery.places(package).values()
        for item in vars(importlib.import_module(place)).values()
        if inspect.isclass(item) and item.__module__ == place
    }
    types = " ".join(str(item.annotation) for item in inspect.signature(kind).parameters.values())
    named = [item for name, item in classes.items() if name in types.replace("|", " ").split()]
    return [item for base in named for item in classes.values() if issubclass(item, base)]


@pytest.mark.parametrize("face", FACES)
def test_every_name_of_a_face_is_there(face):
    found = exported(face)
    assert found
    assert sorted(found) == sorted(set(found))
    assert set(found) <= set(dir(importlib.import_module(face)))


def test_every_catalogued_class_and_its_arguments_are_exported():
    examples = {
        type(item)
        for found in (catalogue.algorithms(), catalogue.compressors(), catalogue.problems())
        for items in found.values()
        for item in items
    }
    assert len(examples) >= 50
    public = {kind for kind in examples if not kind.__name__.startswith("_")}
    needed = public | {item for kind in public for item in arguments(kind)}
    lacking = missing([item for item in needed if not item.__name__.startswith("_")], "empirical")
    assert not lacking, "add to empirical/__init__.pyi:\n" + "\n".join(lacking)


@pytest.mark.parametrize("package", ["theory", "empirical"])
def test_every_law_is_exported(package):
    laws = [
        item
        for stem, place in discovery.places(f"{package}.testing").items()
        if stem.endswith("_laws")
        for name, item in vars(importlib.import_module(place)).items()
        if inspect.isfunction(item) and item.__module__ == place and not name.startswith("_")
    ]
    helpers = {"same_numbers", "encoded", "noise_of"}  # what laws of two files share
    lacking = missing([item for item in laws if item.__name__ not in helpers], f"{package}.testing")
    assert not lacking, f"add to {package}/testing/__init__.pyi:\n" + "\n".join(lacking)


def loaded_by(statement):
    """The modules that a statement loads in an interpreter of its own."""
    code = f"{statement}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("face", FACES)
def test_a_face_loads_nothing_before_a_name_is_used(face):
    heavy = {"numpy", "scipy", "sympy", "torch", "matplotlib", "PIL", "rich", "hypothesis"}
    assert not loaded_by(f"import {face}") & heavy


def test_one_bound_is_one_file():
    loaded = loaded_by("from theory import lookup; lookup('local_sgd.nonconvex')")
    bounds = {name for name in loaded if name in discovery.places("theory.bounds").values()}
    shared = {"theory.bounds.theorem_g", "theory.bounds.mixing_methods", "theory.bounds.rates"}
    assert bounds - shared == {"theory.bounds.local_sgd.local_sgd_nonconvex"}
    assert not loaded & {"torch", "matplotlib", "PIL", "rich", "cyclopts", "hypothesis"}


@pytest.mark.parametrize("name", ["simulate", "LocalSGD", "Experiment", "judge", "worst_case"])
def test_no_picture_library_is_loaded_before_a_picture_is_drawn(name):
    heavy = {"matplotlib", "PIL", "hypothesis", "clarabel", "rich", "cyclopts"}
    assert not loaded_by(f"from empirical import {name}") & heavy


def test_strategies_without_hypothesis_say_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "empirical.testing.compressor_strategies", raising=False)
    with pytest.raises(ImportError, match=r'extra testing: pip install "ratebound\[testing'):
        importlib.import_module("empirical.testing.compressor_strategies")


def test_laws_need_no_hypothesis():
    statement = "from empirical.testing import a_batch_is_its_members, is_unbiased"
    assert "hypothesis" not in loaded_by(statement)
