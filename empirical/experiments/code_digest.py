"""A digest of the code that an experiment runs, so that edited code does not pass for what was run.

The code is that of the loop and of the classes of the experiment, with all that they import,
directly or not: modules of this project, files of the user, and the installed packages that a class
comes from. Comments, docstrings and layout do not count. The packages beneath (torch, NumPy) are
named by their versions in every record.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import importlib.util
import sys
import sysconfig
from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from empirical.experiments.experiment import Experiment

_LOOP = "empirical.runtime.run"
"""The module that carries out every run; loop and transport are imported by it."""

_WORDS = "theory.notation"
"""What names and describes numbers and makes none; its texts may change with every version."""


def code_digest(experiment: Experiment) -> str:
    """Returns 16 hexadecimal digits of a digest of all code that an experiment runs.

    It does not depend on the version of Python, nor on where files lie.
    """
    kinds = set(_kinds(experiment.algorithm)) | set(_kinds(experiment.problem))
    return _digest(frozenset({_LOOP, *(kind.__module__ for kind in kinds)}))


def _kinds(value: Any) -> Iterator[type]:
    """Yields the classes of a value and of everything within it; their files import their bases."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _kinds(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield type(value)
        for item in dataclasses.fields(value):
            yield from _kinds(getattr(value, item.name))


@cache
def _digest(roots: frozenset[str]) -> str:
    own = {"empirical", "theory", *(root.partition(".")[0] for root in roots)}
    found: dict[str, str] = {}
    waiting = [part for root in roots for part in _with_parents(root)]
    while waiting:
        name = waiting.pop()
        file = _file_of(name)
        if name in found or file is None or not _counts(name, file, own):
            continue
        tree = ast.parse(file.read_bytes())
        found[name] = hashlib.sha256(repr(_plain(tree)).encode()).hexdigest()
        waiting += (part for item in _imports(name, tree) for part in _with_parents(item))
    # Names of files of the user are stems: they do not depend on the folder that is worked in.
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()[:16]


def _counts(name: str, file: Path, own: Set[str]) -> bool:
    """Whether a module is of this project, of a class's own package, or a user's file."""
    top = name.partition(".")[0]
    if name == _WORDS or name.startswith(f"{_WORDS}.") or top in sys.stdlib_module_names - own:
        return False
    return top in own or not _is_installed(file)


def _is_installed(file: Path) -> bool:
    return any(file.is_relative_to(sysconfig.get_path(place)) for place in ("purelib", "platlib"))


def _file_of(name: str) -> Path | None:
    """Returns the source file of a module; None where it has none, or is no module."""
    file = getattr(sys.modules.get(name), "__file__", None)
    if file is None and name not in sys.modules:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError, AttributeError):  # a name within a module, not a module
            return None
        file = spec.origin if spec else None
    return Path(file) if file is not None and file.endswith(".py") else None


def _imports(name: str, tree: ast.AST) -> Iterator[str]:
    """Yields the modules that a module imports, at its top or within a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (item.name for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                source = importlib.util.resolve_name("." * node.level + source, _package_of(name))
            yield source
            for item in node.names:
                yield f"{source}.{item.name}"
                yield from _behind_a_face(source, item.name)


def _with_parents(name: str) -> list[str]:
    """Returns a module and the packages that it lies in, whose __init__.py runs as well."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _package_of(name: str) -> str:
    return str(getattr(sys.modules.get(name), "__package__", "") or name.rpartition(".")[0])


def _behind_a_face(source: str, name: str) -> Iterator[str]:
    """Yields the module of what a package loads lazily, as in `from empirical import TopK`."""
    package = sys.modules.get(source)
    if package is not None and "__getattr__" in vars(package) and name in dir(package):
        home = getattr(getattr(package, name), "__module__", None)
        if isinstance(home, str):
            yield home


def _plain(node: Any) -> Any:
    """Returns a syntax tree as nested tuples, without docstrings and in no version's own form."""
    if isinstance(node, list):
        return tuple(_plain(item) for item in node if not _is_text(item))
    if not isinstance(node, ast.AST):
        return repr(node)
    parts = ((name, value) for name, value in ast.iter_fields(node) if value not in (None, []))
    skipped = ("ctx", "kind", "type_comment", "type_ignores")
    fields = tuple((name, _plain(value)) for name, value in parts if name not in skipped)
    return (type(node).__name__, fields)


def _is_text(node: Any) -> bool:
    """Whether a statement is a string alone: a docstring, or the text below a constant."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
