"""The rules of the house that no import linter knows: they follow from the folders."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("theory/**/*.py"), *ROOT.glob("empirical/**/*.py")])
TESTS = sorted(
    [*ROOT.glob("tests/theory/**/test_*.py"), *ROOT.glob("tests/empirical/**/test_*.py")]
)

MIRROR_NO_FILE = {
    "tests/theory/proofs/test_proofs.py": "replays every file of its folder",
    "tests/empirical/testing/test_laws_catch_faults.py": "plants faults for the laws of its folder",
}
"""Tests of a folder as a whole, with what they do."""

SHELVES = {"theory/bounds": "BOUNDS"} | dict.fromkeys(
    ("empirical/algorithms", "empirical/compressors", "empirical/problems"), "EXAMPLES"
)
"""Folders whose files are the catalogue, and the name that such a file ends in."""


def name(path):
    return path.relative_to(ROOT).as_posix()


def code(path):
    """The source without docstrings and comments."""
    tree = ast.parse(path.read_text())
    for item in ast.walk(tree):
        if isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant):
            item.value = ast.Constant(None)
    return ast.unparse(tree)


def imported(path):
    """The modules that a file imports from, anywhere in it."""
    items = list(ast.walk(ast.parse(path.read_text())))
    found = {item.module for item in items if isinstance(item, ast.ImportFrom)}
    return found | {
        part.name for item in items if isinstance(item, ast.Import) for part in item.names
    }


def outside(*folders, found):
    """What was found elsewhere than in some folders or files."""
    return {path for path in found if not path.startswith(folders)}


def test_only_the_runtime_knows_torch_distributed():
    found = {name(path) for path in SOURCES if "torch.distributed" in code(path)}
    assert found
    assert not outside("empirical/runtime/", found=found)


def test_only_those_who_may_write_files():
    writing = re.compile(r"write_text|write_bytes|\.open\(.(w|ab)|savefig|np\.savez|os\.replace")
    found = {name(path) for path in SOURCES if writing.search(code(path))}
    assert found
    allowed = ("theory/cli/", "theory/presentation/", "empirical/cli/", "empirical/reports/")
    data = ("empirical/experiments/append_only.py", "empirical/problems/datasets/")
    assert not outside(*allowed, *data, found=found)


def test_only_the_command_knows_its_libraries():
    libraries = {"cyclopts", "rich"}
    found = {
        name(path)
        for path in SOURCES
        if libraries & {module.partition(".")[0] for module in imported(path) if module}
    }
    assert found
    assert not outside("theory/cli/", "theory/presentation/", "empirical/cli/", found=found)


@pytest.mark.parametrize("shelf", SHELVES)
def test_files_of_a_shelf_never_import_each_other(shelf):
    """But for wrappers, which may name the methods that they usually wrap."""
    ends = re.compile(rf"^{SHELVES[shelf]}\b", flags=re.MULTILINE)
    files = [path for path in ROOT.glob(f"{shelf}/**/*.py") if ends.search(path.read_text())]
    modules = {name(path).removesuffix(".py").replace("/", "."): path for path in files}
    assert len(modules) >= 10
    for module, path in modules.items():
        if ".wrappers." in module:
            own = {other for other in modules if ".wrappers." in other}
            assert not imported(path) & own, name(path)
        else:
            assert not imported(path) & modules.keys(), name(path)


def test_a_reading_never_imports_another():
    files = list(ROOT.glob("empirical/readings/*.py"))
    modules = {f"empirical.readings.{path.stem}" for path in files}
    assert len(modules) >= 7
    for path in files:
        assert not imported(path) & modules, name(path)


def test_no_module_bears_a_name_of_the_standard_library():
    assert not {path.stem for path in SOURCES} & (set(sys.stdlib_module_names) - {"__main__"})


def test_modules_and_functions_stay_short():
    long = [name(path) for path in SOURCES if len(path.read_text().splitlines()) > 300]
    assert not long
    for path in SOURCES:
        for item in ast.walk(ast.parse(path.read_text())):
            if isinstance(item, ast.FunctionDef):
                docstring = ast.get_docstring(item, clean=False) or ""
                length = item.end_lineno - item.lineno + 1 - len(docstring.splitlines())
                assert length <= 45, f"{name(path)}: {item.name} has {length} lines"


def test_tests_mirror_the_sources():
    """The test of theory/tuning/intervals.py is tests/theory/tuning/test_intervals.py."""
    sources = {name(path) for path in SOURCES}
    for path in TESTS:
        mirrored = name(path).removeprefix("tests/")
        folder, _, file = mirrored.rpartition("/")
        assert f"{folder}/{file.removeprefix('test_')}" in sources or name(path) in MIRROR_NO_FILE
    assert {name(path) for path in TESTS} >= MIRROR_NO_FILE.keys()


def test_every_folder_says_what_it_holds():
    for path in SOURCES:
        if path.name == "__init__.py":
            assert ast.get_docstring(ast.parse(path.read_text())), name(path)


def test_folders_stay_small():
    """At most fourteen files and fourteen folders in each."""
    for folder in {path.parent for path in SOURCES}:
        files = [path for path in folder.glob("*.py") if not path.name.startswith("__")]
        folders = [path for path in folder.iterdir() if (path / "__init__.py").exists()]
        assert max(len(files), len(folders)) <= 14, f"{name(folder)}: {len(files)}, {len(folders)}"


def test_a_module_outside_every_floor_and_a_circle_are_refused(tmp_path):
    """The floors are exhaustive, and circles are found however deep they lie."""
    for folder in ("theory", "empirical"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "empirical" / "stray.py").write_text("")
    (tmp_path / "theory" / "stray").mkdir()
    (tmp_path / "theory" / "stray" / "__init__.py").write_text("")
    linear = tmp_path / "empirical" / "readings" / "linear"
    (linear / "one.py").write_text("from empirical.readings.linear.other import x\n")
    (linear / "other.py").write_text("x = 1\nfrom empirical.readings.linear import one\n")
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    for name in ("floors of theory", "floors of empirical", "circles within a folder"):
        assert re.search(rf"{name} BROKEN", said), done.stdout
    assert "2 kept, 3 broken" in said
    for name in ("empirical.stray", "theory.stray", "empirical.readings.linear"):
        assert name in said


def test_the_source_package_holds_all_that_its_tests_read():
    """Tests read the recipes of experiments, the documents and the packages themselves."""
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packed = packed["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    kept = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    needed = {"theory", "empirical", "tests", "experiments"}
    needed |= {item for item in kept if item.endswith((".md", ".cff")) or item == "LICENSE"}
    assert set(packed) == needed
