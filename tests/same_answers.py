"""Compares what the command prints at two revisions: python tests/same_answers.py REVISION.

A change that only moves code prints the same. REVISION is checked out beside the working tree, and
both run the same requests with the packages of this environment: the catalogue, every theorem,
every evaluation, every proof, exact readings, recorded and fresh experiments, and verify. Exit code
1 where an answer differs; each difference is printed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

RENAMED = {
    "closer": "distance_descent",
    "strong_steps": "strongly_convex_descent",
    "residual": "error_feedback_memory",
    "difference_feedback": "ef21_descent",
    "estimated_descent": "ef21_potential",
    "estimated_contraction": "ef21_contraction",
    "fed_back_descent": "error_feedback_descent",
}
"""Proofs that bear another name since REVISION; the order of proofs is that of their names."""

PASSING = {"seconds", "created", "commit", "versions", "computed s", "hidden s", "exposed s"}
"""Fields that differ from run to run."""

RUN = """
import contextlib, io, json, runpy, sys
answers = []
for request in json.load(sys.stdin):
    out = io.StringIO()
    sys.argv = ["ratebound", *request]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            runpy.run_module("empirical", run_name="__main__")
        except SystemExit as stop:
            code = stop.code
    answers.append([code, out.getvalue()])
print(json.dumps(answers))
"""

VALUES = {
    "num_workers": 16, "local_steps": 8, "num_rounds": 1000, "num_steps": 8000, "smoothness": 1,
    "gradient_noise": 1, "heterogeneity": 0.5, "initial_gap": 1, "initial_distance": 1,
    "step_size": 0.001, "strong_convexity": 0.1, "contraction": 0.5, "mixing_rate": 0.5,
    "pullback": 0.6, "anchor_momentum": 0.5, "dimension": 100, "kept": 10, "batch_size": 4,
}  # fmt: skip
"""Numbers for parameters; 0.5 for every other."""

LOCAL = "problem=tilted num_workers=4 local_steps=2 heterogeneity=1 gradient_noise=1 step_size=0.05"
COMMANDS = (
    "bounds local_sgd proved",
    "crossover minibatch_sgd.convex.order single_machine_sgd.convex.order local_steps --json",
    "diff local_sgd.nonconvex local_sgd.nonconvex_homogeneous.wang2021 --json",
    "export local_sgd slowmo --latex --fragment",
    "mutate local_sgd.nonconvex --json",
    "mixing overlap_local_sgd local_steps=4 pullback=0.6 anchor_momentum=0.7 --json",
    "stability overlap_local_sgd local_steps=1,4 pullback=0.6 --json",
    "worst-case overlap_local_sgd local_steps=2 num_rounds=2 step_size=0.05 pullback=0.6 "
    "heterogeneity=1 --json",
    "moments algorithm=overlap_local_sgd local_steps=4 pullback=0.6 step_size=0.05 num_rounds=20 "
    "problem=quadratic num_workers=4 size=5 heterogeneity=1 gradient_noise=1 --json",
    f"run algorithm=local_sgd {LOCAL} num_rounds=8,16,32 seeds=8 records=a.jsonl --json",
    f"run algorithm=slowmo base=local_sgd {LOCAL} num_rounds=8 seeds=2 records=b.jsonl --json",
    f"run algorithm=compressed compressor=top_k compressor.kept=2 feedback=error {LOCAL} "
    "num_rounds=8 seeds=2 records=c.jsonl --json",
    "judge a.jsonl --all --json",
    "report {root}/experiments/cifar10/records.jsonl --json",
    "prove --json",
    "verify --folder verified --json",
)  # fmt: skip


def requests(catalogue: list[dict[str, Any]]) -> Iterator[list[str]]:
    """Every request, given the catalogue as `bounds --json` prints it."""
    for bound in catalogue:
        given = [
            f"{name}={VALUES.get(name, 0.5)}"
            for name in (item["name"] for item in bound["parameters"])
        ]
        yield ["show", bound["key"]]
        yield ["show", bound["key"], "--json"]
        yield ["exponents", bound["key"], "--json"]
        yield ["evaluate", bound["key"], *given, "--json"]
        yield ["tune", bound["key"], *(item for item in given if "step_size=" not in item)]
    yield from (command.split() for command in COMMANDS)


def answers(tree: Path, asked: list[list[str]]) -> list[list[Any]]:
    """What the command of a tree answers, exit codes first; it runs in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        here = [[word.replace("{root}", str(tree)) for word in request] for request in asked]
        environment = {**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "128"}
        done = subprocess.run(
            [sys.executable, "-c", RUN],
            input=json.dumps(here),
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment,
            check=False,
        )
    if done.returncode != 0:
        sys.exit(f"{tree}: {done.stderr}")
    found: list[list[Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def settled(text: str, *, old: bool) -> Any:
    """An answer without what passes, as data where it is JSON."""
    for before, after in RENAMED.items() if old else ():
        text = text.replace(f'"proof": "{before}"', f'"proof": "{after}"')
        if before != "closer":  # there the conclusion keeps its label
            text = text.replace(f"lemma {before}: {before}", f"lemma {before}: {after}")
        text = text.replace(f"lemma {before}:", f"lemma {after}:")
    try:
        return without_passing(json.loads(text))
    except ValueError:
        return text


def without_passing(value: Any) -> Any:
    """Plain data without the fields that differ from run to run; proofs by name."""
    if isinstance(value, dict):
        return {k: without_passing(item) for k, item in value.items() if k not in PASSING}
    if not isinstance(value, list):
        return value
    items = [without_passing(item) for item in value]
    proofs = all(isinstance(item, dict) and {"proof", "steps"} <= item.keys() for item in items)
    return sorted(items, key=lambda item: item["proof"]) if proofs else items


def main(revision: str) -> int:
    """Compares a revision with the working tree; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder) / "old"
        subprocess.run(
            ["git", "-C", str(ROOT), "worktree", "add", "-q", str(old), revision], check=True
        )
        try:
            [[_, text]] = answers(old, [["bounds", "--json"]])
            asked = [["bounds", "--json"], *requests(json.loads(text))]
            before, after = answers(old, asked), answers(ROOT, asked)
        finally:
            subprocess.run(
                ["git", "-C", str(ROOT), "worktree", "remove", "--force", str(old)], check=True
            )
    differ = 0
    for request, was, now in zip(asked, before, after, strict=True):
        if was[0] != now[0] or settled(was[1], old=True) != settled(now[1], old=False):
            differ += 1
            print(f"--- {' '.join(request)}\n{was[0]}: {was[1]}\n+++\n{now[0]}: {now[1]}")
    print(f"{len(asked)} answers compared with {revision}, {differ} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tests/same_answers.py REVISION")
    sys.exit(main(sys.argv[1]))
