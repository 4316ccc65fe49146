"""The seams that no import linter sees."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("theory/**/*.py"), *ROOT.glob("empirical/**/*.py")])


def names(path):
    return str(path.relative_to(ROOT))


def test_only_the_seam_knows_torch_distributed():
    found = {names(path) for path in SOURCES if "torch.distributed" in _code(path)}
    assert found == {"empirical/launch.py", "empirical/ranked.py"}


def test_only_those_who_may_write_files():
    writing = re.compile(r"write_text|write_bytes|\.open\(.(w|ab)|savefig|np\.savez|os\.replace")
    found = {names(path) for path in SOURCES if writing.search(_code(path))}
    assert found == {
        "empirical/cifar10_files.py",  # the decoded images and the download
        "empirical/exact_figures.py",  # --figure
        "empirical/record.py",
        "empirical/report.py",
        "theory/cli/app.py",  # --csv
        "theory/cli/export_commands.py",  # export --folder
        "theory/presentation/figures.py",  # --figure
    }


def test_no_module_bears_a_name_of_the_standard_library():
    import sys

    assert not {path.stem for path in SOURCES} & (set(sys.stdlib_module_names) - {"__main__"})


def test_modules_and_functions_stay_short():
    long = [names(path) for path in SOURCES if len(path.read_text().splitlines()) > 300]
    assert not long
    for path in SOURCES:
        for item in ast.walk(ast.parse(path.read_text())):
            if isinstance(item, ast.FunctionDef):
                docstring = ast.get_docstring(item, clean=False) or ""
                length = item.end_lineno - item.lineno + 1 - len(docstring.splitlines())
                assert length <= 45, f"{names(path)}: {item.name} has {length} lines"


def test_tests_mirror_the_sources():
    """Every test file below the two trees has the name of a source file."""
    stems = {path.stem for path in SOURCES}
    for path in [
        *ROOT.glob("tests/theory/**/test_*.py"),
        *ROOT.glob("tests/empirical/**/test_*.py"),
    ]:
        stem = path.stem.removeprefix("test_")
        assert stem in stems or stem in {"proofs", "laws_catch_faults"}, names(path)


def _code(path):
    """The source without docstrings and comments."""
    tree = ast.parse(path.read_text())
    for item in ast.walk(tree):
        if isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant):
            item.value = ast.Constant(None)
    return ast.unparse(tree)
