"""The catalogue of algorithms, compressors and problems, found by walking their folders.

A file below empirical/algorithms, empirical/compressors or empirical/problems is in the catalogue
if it defines EXAMPLES, a tuple of instances. Its entry bears the name of the file.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from empirical.algorithm import Algorithm
from empirical.compressor import Compressor
from empirical.problem import Problem
from theory.discovery import imported, is_reference, modules


@cache
def algorithms() -> Mapping[str, tuple[Algorithm[Any], ...]]:
    """Returns the examples of every algorithm, wrappers included, by file name."""
    found = {**_examples("empirical.algorithms"), **_examples("empirical.algorithms.wrappers")}
    return MappingProxyType(found)


def examples_of(name: str) -> tuple[Algorithm[Any], ...]:
    """Returns the examples of one algorithm; empty where the algorithm is unknown or has none.

    Args:
        name: a name of the catalogue, or a reference to a class outside of it. The module of that
            class may define EXAMPLES, as files of the catalogue do; otherwise an instance with
            K = 1, eta = 1 and defaults elsewhere is the only example.

    Raises:
        ValueError: the module of a reference cannot be imported.
        FileNotFoundError: there is no such file.
    """
    if not is_reference(name):
        return algorithms().get(name, ())
    module, attribute = imported(name)
    made = getattr(module, attribute, None)
    given = tuple(item for item in getattr(module, "EXAMPLES", ()) if type(item) is made)
    return given or _by_defaults(made)


def _by_defaults(kind: Any) -> tuple[Algorithm[Any], ...]:
    try:
        return (kind(local_steps=1, step_size=1.0),)
    except (TypeError, ValueError):  # a field without a default is missing, or a range excludes 1
        return ()


@cache
def compressors() -> Mapping[str, tuple[Compressor, ...]]:
    """Returns the examples of every compressor, by file name."""
    return _examples("empirical.compressors")


@cache
def problems() -> Mapping[str, tuple[Problem, ...]]:
    """Returns the examples of every problem, by file name."""
    return _examples("empirical.problems")


def load() -> None:
    """Imports every file of the catalogue, so that a description may name any class in it.

    Names are resolved among the subclasses that Python knows (description.names), and a class is
    not known before its file is imported.
    """
    algorithms(), compressors(), problems()


def _examples(package: str) -> Mapping[str, Any]:
    found = modules(package, "EXAMPLES").items()
    return MappingProxyType({name: module.EXAMPLES for name, module in found})
