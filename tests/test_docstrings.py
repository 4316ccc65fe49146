"""Docstrings say something, examples in them run, and files of the catalogue state their source."""

import ast
import doctest
import importlib
import re
from pathlib import Path

import pytest

from empirical import catalogue
from theory.export.bibliography import entries

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("theory/**/*.py"), *ROOT.glob("empirical/**/*.py")])
WITH_EXAMPLES = [path for path in SOURCES if ">>> " in path.read_text()]
LEANING = re.compile(r"(Of|Its|Theirs|The same as|The same,|As within|As given|Likewise)\b")
DOCUMENTED = ast.FunctionDef | ast.ClassDef | ast.Module


def place(path):
    return path.relative_to(ROOT).as_posix()


def docstrings(path):
    """Names and docstrings of a module and of all that it defines."""
    for item in ast.walk(ast.parse(path.read_text())):
        if isinstance(item, DOCUMENTED) and (text := ast.get_docstring(item)):
            yield getattr(item, "name", "the module"), text


def file_of(example):
    return Path(importlib.import_module(type(example).__module__).__file__)


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=place)
def test_examples_run(path):
    module = importlib.import_module(place(path).removesuffix(".py").replace("/", "."))
    found = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert found.attempted > 0
    assert found.failed == 0


def test_what_is_subclassed_carries_a_worked_example():
    for path, name in (
        ("empirical/algorithm.py", "Algorithm"),
        ("empirical/problem.py", "Problem"),
        ("empirical/compressor.py", "Compressor"),
        ("theory/bound.py", "Bound"),
    ):
        assert ">>> " in dict(docstrings(ROOT / path))[name], name


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_docstrings_are_sentences(path):
    assert ast.get_docstring(ast.parse(path.read_text())), "a file says what it holds"
    for name, text in docstrings(path):
        first = text.partition("\n\n")[0].strip()
        assert len(first.split()) > 3, f"{name}: {first!r} says too little"
        assert first[-1] in ".:?", f"{name}: {first!r} is cut off"
        assert not LEANING.match(first), f"{name}: {first!r} leans on what stands elsewhere"


@pytest.mark.parametrize(
    "example",
    [
        examples[0]
        for found in (catalogue.algorithms(), catalogue.compressors(), catalogue.problems())
        for examples in found.values()
    ],
    ids=lambda example: file_of(example).stem,
)
def test_files_of_the_catalogue_state_what_they_do_and_where_it_is_from(example):
    """The update rule, the map or the functions, and a source that the bibliography knows."""
    text = ast.get_docstring(ast.parse(file_of(example).read_text()))
    assert re.search(r"<-|=|->|f_m|cross-entropy", text), "a formula"
    source = text[text.index("Source:") :]
    assert any(key in source for key in entries()), source
