"""The recipes of CONTRIBUTING.md, written into a copy of the tree as a contributor would."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
RECIPE = re.compile(r"```python\n# (\S+), imports as in (\S+)\n(.*?)```", flags=re.DOTALL)
RECIPES = {path: (beside, body) for path, beside, body in RECIPE.findall(TEXT)}

CHECKS = """
import torch
from empirical import catalogue, moments, simulate, testing
from empirical.testing.report_laws import a_run_reports_its_start_first
from theory import lookup, prove
from theory import testing as bound_testing

[method] = catalogue.algorithms()["soft_averaging"]
[problem] = catalogue.problems()["pseudo_huber"]
[compressor] = catalogue.compressors()["first_entries"]
vectors = torch.linspace(-1, 1, 10, dtype=torch.float64).reshape(1, 2, 5)
start = vectors[:, :1]

assert simulate(method, problem, num_rounds=3, seeds=(0,)).values["objective"].shape[-1] == 13
a_run_reports_its_start_first(method, start)
for algorithms in catalogue.algorithms().values():
    a_run_reports_its_start_first(algorithms[0], start)
testing.a_batch_is_its_members(method, lambda x: x, vectors, 5)
point = torch.linspace(-1, 1, 6, dtype=torch.float64).reshape(3, 2)
testing.gradient_is_the_autograd_of_the_objective(problem, point[2])
testing.declared_constants_hold(problem, point[0], point[1])
testing.bytes_bring_everything_back(compressor, vectors)
testing.payload_has_declared_bits(compressor, vectors)
for key in ("minibatch_sgd.convex.one_gradient", "minibatch_sgd.convex.one_gradient.tuned"):
    bound_testing.units_balance(lookup(key))
    assert all(step.holds for step in prove(lookup(key)))
"""


def imports(path):
    """The import statements at the top of a file."""
    text = path.read_text()
    found = [item for item in ast.parse(text).body if isinstance(item, ast.Import | ast.ImportFrom)]
    return "".join(f"{ast.get_source_segment(text, item)}\n" for item in found)


def needed(path, beside, body):
    """What a recipe imports: as its neighbour, and a base's own words where it overrides them."""
    extra = ""
    if path.endswith("soft_averaging.py"):
        extra = "from torch import Tensor\nfrom empirical.algorithm import WorkerState\n"
    return imports((ROOT / path).parent / beside) + extra


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of both packages with the files of all recipes."""
    root = tmp_path_factory.mktemp("contributed")
    for folder in ("theory", "empirical"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, root / folder, ignore=skipped)
    for path, (beside, body) in RECIPES.items():
        text = f"from __future__ import annotations\n{needed(path, beside, body)}\n{body}"
        (root / path).write_text(text)
    return root


def test_there_is_a_recipe_for_each_kind_of_thing_and_each_is_short():
    folders = [path.split("/")[1] for path in RECIPES]
    assert sorted(folders) == sorted(
        ["algorithms", "bounds", "proofs", "problems", "compressors", "testing"]
    )
    for path, (_, body) in RECIPES.items():
        lines = [line for line in body.splitlines() if line.strip()]
        docstrings = body.count('"""')
        assert len(lines) - docstrings // 2 <= 15, f"{path}: {len(lines)} lines"


def test_every_recipe_works_in_a_copy_of_the_tree(tree):
    done = subprocess.run(
        [sys.executable, "-c", CHECKS], cwd=tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"])
def test_every_path_that_a_page_names_is_there(file):
    named = re.findall(r"`((?:theory|empirical|tests)/[\w./]+)`", (ROOT / file).read_text())
    assert named or file == "README.md"
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_architecture_names_every_folder():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for package in ("theory", "empirical"):
        for path in (ROOT / package).rglob("__init__.py"):
            folder = path.parent.name
            assert re.search(rf"\b{folder}\b", text), path.parent
